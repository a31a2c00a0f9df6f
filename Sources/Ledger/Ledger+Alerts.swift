public import Domain

/// What an admin was told, or will be told once it has lasted. It holds no name, address or DN of a person.
public struct AlertRecord: Hashable, Sendable {
  /// A decision of an admin that ends what is told.
  public enum Decision: String, Hashable, Sendable { case approved, rejected, thawed }

  public let key: String
  /// Tells it from another one of its key.
  public var detail: String
  public var title: String
  public let since: Timestamp
  /// nil until it was told.
  public var toldAt: Timestamp?
  /// When it was over, of which an admin knows; it lasts again if it began later.
  public var overAt: Timestamp?
  /// The admin's decision on it; nil without one.
  public var decision: Decision?

  public init(
    _ key: String, detail: String = "", title: String, since: Timestamp, toldAt: Timestamp? = nil,
    overAt: Timestamp? = nil, decision: Decision? = nil
  ) {
    self.key = key
    self.detail = detail
    self.title = title
    self.since = since
    self.toldAt = toldAt
    self.overAt = overAt
    self.decision = decision
  }

  /// Whether it lasts, or lasts again.
  public var lasts: Bool { overAt.map { since > $0 } ?? true }

  /// The key of held sets.
  public static func key(ofHeld action: HeldSet.Action, _ kind: ObjectKind, _ cause: HeldSet.Cause) -> String {
    Family.held.key(of: "\(action.rawValue) \(kind.rawValue) \(cause.rawValue)")
  }

  /// The key of an incomplete read.
  public static let incompleteRead = "incomplete read"
  /// The key of a read with far fewer entries than before.
  public static let drop = "drop"
  /// The key of a freeze.
  public static let freeze = "freeze"
  /// A phonebook that is full.
  public static let phonebook = "phonebook"
  /// Numbers that can't be written to the directory.
  public static let writeBack = "write-back"
  /// Objects that the PBX lost. It happens at one moment: nobody is told that it is over.
  public static let lost = "lost"
  /// Changes that the PBX fails to make.
  public static let failing = "failing changes"
  /// Calls whose result is unknown.
  public static let inDoubt = "calls in doubt"
  /// Objects of which nothing shows whether they are managed.
  public static let unproven = "unproven objects"
  /// A configuration that the service refused.
  public static let configuration = "configuration"

  /// The kinds of alert with a key for each of several subjects.
  public enum Family: String, Sendable {
    case held, pool
    /// Of pending removals that will be held.
    case due
    /// Of a run as a whole.
    case failure

    public func key(of subject: String) -> String { "\(rawValue) \(subject)" }

    public func has(_ key: String) -> Bool { key.hasPrefix("\(rawValue) ") }
  }
}

/// A way to tell an admin that failed: how often in a row, and when it is tried again.
public struct AlertFailures: Hashable, Sendable {
  public let count: Int
  public let nextAt: Timestamp

  public init(count: Int, nextAt: Timestamp) {
    self.count = count
    self.nextAt = nextAt
  }
}

extension Ledger {
  /// What was told by this way, in the order of the keys.
  public func alerts(by way: String) throws(LedgerError) -> (records: [AlertRecord], failures: AlertFailures?) {
    try database.read("reading what was told") { () throws(LedgerError) in
      let records = try database.rows(
        "SELECT key, detail, title, since, told_at, over_at, decision FROM alerts WHERE way = ? ORDER BY key",
        [.text(way)]
      ) { row throws(LedgerError) in
        AlertRecord(
          try row.next(), detail: try row.next(), title: try row.next(), since: try row.nextTime(),
          toldAt: try row.nextTime(), overAt: try row.nextTime(),
          decision: AlertRecord.Decision(rawValue: try row.next()))
      }
      let failures = try database.rows("SELECT failures, next_at FROM alert_failures WHERE way = ?", [.text(way)]) {
        row throws(LedgerError) in AlertFailures(count: try row.next(), nextAt: try row.nextTime())
      }
      return (records, failures.first)
    }
  }

  /// Replaces what was told by this way.
  public func store(_ records: [AlertRecord], _ failures: AlertFailures?, by way: String) throws(LedgerError) {
    try database.write("noting what was told") { () throws(LedgerError) in
      try database.run("DELETE FROM alerts WHERE way = ?", [.text(way)])
      try database.run("DELETE FROM alert_failures WHERE way = ?", [.text(way)])
      for record in records {
        try database.run(
          """
          INSERT INTO alerts (way, key, detail, title, since, told_at, over_at, decision)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """,
          [
            .text(way), .text(record.key), .text(record.detail), .text(record.title), .time(record.since),
            record.toldAt.map(SQLiteValue.time) ?? .null, record.overAt.map(SQLiteValue.time) ?? .null,
            .text(record.decision?.rawValue ?? ""),
          ])
      }
      if let failures {
        try database.run(
          "INSERT INTO alert_failures (way, failures, next_at) VALUES (?, ?, ?)",
          [.text(way), failures.count.stored, .time(failures.nextAt)])
      }
    }
  }
}

extension Database {
  /// Remembers an admin's decision for the message that what was told is over.
  ///
  /// - Parameter decision: nil if an earlier one no longer counts.
  func record(_ decision: AlertRecord.Decision?, onAlert key: String) throws(LedgerError) {
    try run("UPDATE alerts SET decision = ? WHERE key = ?", [.text(decision?.rawValue ?? ""), .text(key)])
  }

  /// The same for a held set.
  func record(_ decision: AlertRecord.Decision?, onHold name: String) throws(LedgerError) {
    let keys = try rows("SELECT action, kind, cause FROM holds WHERE name = ?", [.text(name)]) {
      row throws(LedgerError) in
      AlertRecord.key(ofHeld: try row.next(), try row.next(), try row.next())
    }
    for key in keys { try record(decision, onAlert: key) }
  }
}
