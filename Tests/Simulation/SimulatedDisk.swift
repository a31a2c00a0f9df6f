import CSimulatedDisk

/// The disk of this process, in memory, under SQLite: there is one.
enum SimulatedDisk {
  /// Puts SQLite on it. Before any ledger is opened.
  static func register() {
    let code = simulated_disk_register()
    precondition(code == 0, "SQLite takes no disk in memory: result code \(code)")
  }

  /// Removes all files, and begins all random numbers at `seed`.
  static func format(_ seed: UInt64) { simulated_disk_format(seed) }

  /// Whether the process has lost it.
  static var hasFailed: Bool { simulated_disk_has_failed() != 0 }

  /// Lets so many writes and flushes succeed; then the process is as good as killed.
  static func fail(after operations: Int) { simulated_disk_fail_after(Int64(operations)) }

  /// Lets so many writes succeed; then no file gets longer.
  static func fill(after writes: Int) { simulated_disk_fill_after(Int64(writes)) }

  /// Begins again after a kill or a loss of power.
  static func restart(losingPower: Bool) { simulated_disk_restart(losingPower ? 1 : 0) }
}
