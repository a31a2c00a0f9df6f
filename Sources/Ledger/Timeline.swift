public import Domain
import Platform

/// The ledger's own time, which can't be set: it begins with the wall clock at which the ledger was created, and advances
/// by the elapsed time. All deadlines are kept in it, such as a grace period or the next try.
///
/// Within one boot CLOCK_BOOTTIME counts the elapsed time. Across boots it is the time since the present boot, and never more than the
/// wall clock's advance: how long the host was off can't be proved, and a ledger that moves to a host that has been up for a year isn't
/// a year older.
///
/// Outside the ledger all times are seconds since 1970 as the wall clock shows them when the ledger is opened. `shift` converts between
/// the two.
struct Timeline: Sendable {
  private let clock: Clock
  private let opening: Clock.Reading
  /// The ledger's time at the opening, in milliseconds.
  private let start: Int64
  /// The wall clock's time minus the ledger's own, in seconds.
  let shift: Timestamp
  /// Whether the ledger has no time yet, because it is new or older than this.
  let isNew: Bool

  init(of database: borrowing Database, _ clock: Clock) throws(LedgerError) {
    let reading = clock.read()
    let stored = try database.rows("SELECT time, wall, boottime, boot FROM meta") { row throws(LedgerError) in
      (
        time: try row.next() as Int64?,
        reading: Clock.Reading(wall: try row.next(), boottime: try row.next(), boot: try row.next())
      )
    }
    self.clock = clock
    opening = reading
    if let (time, last) = stored.first, let time {
      guard [time, last.wall, last.boottime].allSatisfy(\.isReachable) else {
        throw LedgerError(.corrupt, path: database.path, detail: "it has no time of a ledger")
      }
      start = time &+ last.elapsed(until: reading)
      isNew = false
    } else {
      start = reading.wall
      isNew = true
    }
    // To the nearest second: the two are read to the millisecond and drift apart a little.
    shift = ((reading.wall &- start) &+ 500).flooredQuotient(by: 1000)
  }

  /// Seconds since 1970 by the wall clock of the opening and by what has passed since: a step of the wall clock doesn't change it.
  var now: Timestamp { (opening.wall &+ opening.elapsed(until: clock.read())) / 1000 }

  /// The ledger's own time now, with the clock's reading.
  fileprivate var current: (time: Int64, reading: Clock.Reading) {
    let reading = clock.read()
    return (start &+ opening.elapsed(until: reading), reading)
  }
}

extension Ledger {
  /// The time for all decisions and records of this ledger, in seconds since 1970. While the ledger is open, it advances by
  /// the elapsed time, even if the wall clock is changed.
  public nonisolated func now() -> Timestamp { timeline.now }

  /// The ledger's own time, which a step of the wall clock doesn't change, in seconds: to compare with an earlier one.
  public nonisolated var ownTime: Timestamp { timeline.now - timeline.shift }

  /// Stores the present time, so that no elapsed time is lost by a reboot.
  public func recordTime() throws(LedgerError) {
    try database.write("noting the time") { () throws(LedgerError) in try database.record(timeline) }
  }
}

extension Database {
  /// Stores the ledger's time. A ledger without a time begins with it, and times in the future, from a clock that was ahead, are set to
  /// the present.
  func record(_ timeline: Timeline) throws(LedgerError) {
    let (time, reading) = timeline.current
    if timeline.isNew, try value(of: "SELECT time IS NULL FROM meta") { try adjustTimes(at: time / 1000) }
    try run(
      "UPDATE meta SET time = ?1, wall = ?, boottime = ?, boot = ? WHERE time IS NULL OR time <= ?1",
      [time.stored, reading.wall.stored, reading.boottime.stored, .text(reading.boot)])
  }

  private func adjustTimes(at now: Timestamp) throws(LedgerError) {
    try run(
      "UPDATE objects SET absence_since = ?1 WHERE absence_since > ?1 OR absence_since < created_at", [now.stored])
    try run("UPDATE setbacks SET next_at = ?1 WHERE next_at > ?1 + 86400", [now.stored])
    try run("UPDATE freed SET at = ?1 WHERE at > ?1", [now.stored])
    try run("UPDATE removals SET at = ?1 WHERE at > ?1", [now.stored])
    try run("UPDATE adoptions SET at = ?1 WHERE at > ?1", [now.stored])
    try run("UPDATE allocations SET at = ?1 WHERE at > ?1", [now.stored])
    try run("UPDATE refusals SET since = min(since, ?1), asked_at = min(asked_at, ?1)", [now.stored])
    try run("UPDATE holds SET since = ?1 WHERE since > ?1", [now.stored])
    try run("UPDATE runs SET began_at = min(started_at, ?)", [now.stored])
    try run("DELETE FROM bookmarks")
  }
}

extension Clock.Reading {
  /// The milliseconds that certainly passed until a later one.
  fileprivate func elapsed(until later: Clock.Reading) -> Int64 {
    if boot == later.boot && !boot.isEmpty { return max(0, later.boottime &- boottime) }
    return max(0, min(later.boottime, later.wall &- wall))
  }
}

extension Int64 {
  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : (self - divisor + 1) / divisor
  }
}
