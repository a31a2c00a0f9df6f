import Foundation
import Synchronization
import TestSupport
import Testing

/// A PBX that takes its time from some request on until it has been left alone with one at a time, and keeps how many were there
/// when each came.
private final class TiredPBX: Sendable {
  private struct Requests {
    var now = 0
    var counts: [Int] = []
    /// How many came in a row, of those that it is tired with, when there was no other.
    var alone = 0
  }

  /// Guards how many requests are being answered, and how many there were with each that came.
  private let requests = Mutex(Requests())
  private let first: Int

  /// - Parameter first: the request from which on it is tired.
  init(tiredFrom first: Int) { self.first = first }

  /// With each request, how many there were.
  var counts: [Int] { requests.withLock { $0.counts } }

  /// Whether it was left alone for long enough.
  var isRested: Bool { requests.withLock { $0.alone >= 3 } }

  func answer() -> ScriptedServer.Answer {
    let isTired = requests.withLock { requests in
      requests.now += 1
      requests.counts.append(requests.now)
      if requests.counts.count < first || requests.alone >= 3 { return false }
      requests.alone = requests.now == 1 ? requests.alone + 1 : 0
      return true
    }
    // Far more than a busy machine adds to the others.
    usleep(isTired ? 500_000 : 5_000)
    requests.withLock { $0.now -= 1 }
    return .status("Contact Created")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A PBX that is slow for a while` {
  @Test func `has fewer requests to answer until it is quick again, and never more than allowed`() async throws {
    let it = try await Installation((0..<150).map { partner("X\($0)", "+49 30 227 \(100 + $0)") }.joined())
    let pbx = TiredPBX(tiredFrom: 31)
    let server = try ScriptedServer { _ in pbx.answer() }
    defer { server.stop() }
    try it.write("pbxsyncd.toml", it.configuration().replacing(it.pbx.url, with: server.url))
    try await it.sync()
    let counts = pbx.counts
    #expect(counts.count == 150)
    #expect(counts.max() == 4)
    #expect(pbx.isRested, "\(counts)")
    #expect(counts.suffix(20).contains { $0 > 1 }, "\(counts)")
  }

  @Test func `has half as many requests to answer after a fault`() async throws {
    let it = try await Installation((0..<40).map { partner("X\($0)", "+49 30 227 \(100 + $0)") }.joined())
    try it.configure(pbx: "retries = 0")
    let requests = Mutex(0)
    let pbx = TiredPBX(tiredFrom: .max)
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
