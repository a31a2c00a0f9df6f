import Foundation
import TestSupport
import Testing
import Text

@testable import Journal

@Suite(
  .enabled(if: Journald.isAvailable, "needs root, and systemd-journald with journalctl, to read back what was written"),
  .serialized, Journald())
struct `The journal` {
  @Test func `receives an event with all its fields`() async throws {
    let run = UUID().uuidString
    let sink = try #require(JournaldSink())
    sink.write(Event(.changeFailed, "Couldn't add extension 1000", [.run: run, .dn: "cn=Ä b,dc=x", .number: "1000"]))
    let entry = try #require(try await Journald.entries("PBX_RUN=\(run)", count: 1).first)
    #expect(entry["MESSAGE"] as? String == "Couldn't add extension 1000")
    #expect(entry["MESSAGE_ID"] as? String == MessageID.changeFailed.text)
    #expect(entry["PRIORITY"] as? String == "4")
    #expect(entry["SYSLOG_IDENTIFIER"] as? String == "pbxsyncd")
    #expect(entry["PBX_DN"] as? String == "cn=Ä b,dc=x")
    #expect(entry["PBX_NUMBER"] as? String == "1000")
    // Ours, not the place in the source that sd-journal.h adds by itself.
    #expect(entry["CODE_FILE"] == nil)
  }

  @Test(arguments: ["one\ntwo\nPBX_NUMBER=666\n", "a=b=c", "nul\0in it", String(repeating: "long ", count: 40_000)])
  func `receives values of any content`(value: String) async throws {
    let run = UUID().uuidString
    try #require(JournaldSink()).write(Event(.entryUnmappable, value, [.run: run, .value: value]))
    let entry = try #require(try await Journald.entries("PBX_RUN=\(run)", count: 1).first)
    #expect(text(entry["PBX_VALUE"]) == value)
    #expect(text(entry["MESSAGE"]) == visible(value))
    #expect(entry["PBX_NUMBER"] == nil)
  }

  @Test func `keeps the order of events`() async throws {
    let run = UUID().uuidString
    let log = Log(sink: try #require(JournaldSink()))
    for number in 0..<200 { log.write(Event(.added, "\(number)", [.run: run])) }
    let entries = try await Journald.entries("PBX_RUN=\(run)", count: 200)
    #expect(entries.map { $0["MESSAGE"] as? String } == (0..<200).map { "\($0)" })
  }

  @Test func `is the standard place to write to`() {
    #expect(Log.standard() is JournaldSink)
  }

  /// A string, or the bytes of one, as journalctl prints what isn't printable.
  private func text(_ value: Any?) -> String? {
    if let bytes = value as? [Int] { return String(decoding: bytes.map { UInt8($0) }, as: UTF8.self) }
    return value as? String
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Without a journal` {
  @Test(arguments: ["/nonexistent/socket", "/", "/dev/null"])
  func `there is no sink that would lose events`(path: String) {
    #expect(JournaldSink(socket: path) == nil)
  }

  @Test func `the socket that a dead journal left behind doesn't count`() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let descriptor = try bound(to: path)
    #expect(JournaldSink(socket: path) != nil)
    close(descriptor)
    #expect(FileManager.default.fileExists(atPath: path))
    // A child that another test starts keeps the socket until its exec(2).
    try await eventually("the end of \(path)") { JournaldSink(socket: path) == nil }
  }

  private func bound(to path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(result == 0)
    return descriptor
  }
}
