import Foundation
import Synchronization
import TestSupport
import Testing

/// A PBX that takes its time with some requests, and keeps how many were there when each came.
private final class TiredPBX: Sendable {
  /// Guards how many requests are being answered, and how many there were with each that came.
  private let requests = Mutex((now: 0, counts: [Int]()))
  private let tired: Range<Int>

  init(tired: Range<Int>) { self.tired = tired }

  /// With each request, how many there were.
  var counts: [Int] { requests.withLock { $0.counts } }

  func answer() -> ScriptedServer.Answer {
    let number = requests.withLock {
      $0.now += 1
      $0.counts.append($0.now)
      return $0.counts.count
    }
    usleep(tired.contains(number) ? 150_000 : 5_000)
    requests.withLock { $0.now -= 1 }
    return .status("Contact Created")
  }
}

@Suite struct `A PBX that is slow for a while` {
  @Test func `has fewer requests to answer until it is quick again, and never more than allowed`() async throws {
    let it = try await Installation((0..<90).map { partner("X\($0)", "+49 30 227 \(100 + $0)") }.joined())
    let pbx = TiredPBX(tired: 11..<40)
    let server = try ScriptedServer { _ in pbx.answer() }
    defer { server.stop() }
    try it.write("pbxsyncd.toml", it.configuration().replacing(it.pbx.url, with: server.url))
    try await it.sync()
    let counts = pbx.counts
    #expect(counts.count == 90)
    #expect(counts.max() == 4)
    // Those that left before it was known to be slow are back by then.
    #expect(counts[30..<40].allSatisfy { $0 == 1 }, "\(counts)")
    #expect(counts[60...].contains { $0 > 1 }, "\(counts)")
  }

  @Test func `has half as many requests to answer after a fault`() async throws {
    let it = try await Installation((0..<40).map { partner("X\($0)", "+49 30 227 \(100 + $0)") }.joined())
    try it.configure(pbx: "retries = 0")
    let requests = Mutex(0)
    let pbx = TiredPBX(tired: 0..<0)
    let server = try ScriptedServer { _ in
      let number = requests.withLock {
        $0 += 1
        return $0
      }
      let answer = pbx.answer()
      return 9..<25 ~= number ? .failure("500", "busy") : answer
    }
    defer { server.stop() }
    try it.write("pbxsyncd.toml", it.configuration().replacing(it.pbx.url, with: server.url))
    try await it.sync(expecting: 3)
    #expect(pbx.counts[15..<25].allSatisfy { $0 == 1 }, "\(pbx.counts)")
  }
}
