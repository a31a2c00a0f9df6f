import Foundation
import TestSupport

/// A mount namespace with a `/run` of its own, in which no journal listens but one that is started there.
enum Hidden {
  /// Whether this machine lets a process have one; a container often doesn't.
  static func isPossible() async -> Bool { await (try? launch("true"))?.waitUntilExit() == 0 }

  /// Whether a journal can be started in one: it must be root's, and it ends at once where there are no control groups.
  static func mayHoldJournal() async -> Bool {
    let files = FileManager.default
    guard geteuid() == 0, [journald, "/usr/bin/journalctl"].allSatisfy(files.isExecutableFile(atPath:)),
      (try? files.contentsOfDirectory(atPath: "/sys/fs/cgroup").isEmpty) == false
    else { return false }
    return await isPossible()
  }

  static let journald = "/lib/systemd/systemd-journald"

  /// Starts a script of sh(1).
  static func launch(_ script: String) throws -> ChildProcess {
    let mapping = geteuid() == 0 ? [] : ["--map-root-user"]
    return try ChildProcess(
      launching: "/usr/bin/unshare",
      arguments: mapping + ["--mount", "/bin/sh", "-euc", "mount -t tmpfs tmpfs /run; \(script)"],
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PBXSYNCD_LOG": "journal"])
  }
}
