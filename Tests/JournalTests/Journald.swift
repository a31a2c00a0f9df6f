import Foundation
import TestSupport
import Testing

@testable import Journal

/// The machine's journal, started for one suite where none runs.
struct Journald: SuiteTrait, TestScoping {
  private static let program = "/lib/systemd/systemd-journald"

  /// Whether there is a journal to read back from, or one can be started.
  static var isAvailable: Bool {
    let files = FileManager.default
    guard geteuid() == 0, files.isExecutableFile(atPath: "/usr/bin/journalctl") else { return false }
    // journald ends at once where it finds no control groups, as in a bare chroot.
    return files.fileExists(atPath: "/run/systemd/system")
      || files.isExecutableFile(atPath: program)
        && (try? files.contentsOfDirectory(atPath: "/sys/fs/cgroup").isEmpty) == false
  }

  /// Once around the whole suite. A second test run on the same machine waits for the first.
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let files = FileManager.default
    let lock = unsafe open("/run/pbxsyncd-tests.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    defer { close(lock) }
    while flock(lock, LOCK_EX | LOCK_NB) != 0 { try await Task.sleep(for: .milliseconds(50)) }
    if JournaldSink() != nil { return try await function() }

    let made = ["/run/systemd", "/run/systemd/journal", "/run/log/journal"].filter { !files.fileExists(atPath: $0) }
    defer { for path in made { try? files.removeItem(atPath: path) } }
    try files.createDirectory(atPath: "/run/systemd/journal", withIntermediateDirectories: true)
    let daemon = try ChildProcess(launching: Self.program)
    while JournaldSink() == nil && daemon.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    try await function()
    daemon.send(SIGTERM)
    await daemon.waitUntilExit()
  }

  /// The entries that `match` selects, as `journalctl -o json` prints them, once there are `count`.
  static func entries(_ match: String, count: Int) async throws -> [[String: Any]] {
    var entries: [[String: Any]] = []
    try await eventually("\(count) entries with \(match)") {
      let reader = try await ChildProcess.run(
        "/usr/bin/journalctl", ["--all", "--no-pager", "--output=json", match])
      entries = try Data(reader.output.utf8).split(separator: 0x0A).compactMap {
        try JSONSerialization.jsonObject(with: $0) as? [String: Any]
      }
      return entries.count >= count
    }
    return entries
  }
}
