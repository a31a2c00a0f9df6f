public import Domain

/// The daemon's progress in probing all managed extensions.
public struct AuditWalk: Hashable, Sendable {
  /// The last probed number, in the order of the walk; empty at its beginning.
  public var last: String
  /// When that number was probed.
  public var at: Timestamp
  /// Whether the walk goes on without a pause because the PBX has lost an object.
  public var isForLoss: Bool

  public init(last: String = "", at time: Timestamp, isForLoss: Bool = false) {
    self.last = last
    at = time
    self.isForLoss = isForLoss
  }
}

extension Ledger {
  /// The progress of the walk; nil before the first one.
  public func auditWalk() throws(LedgerError) -> AuditWalk? {
    try database.read("reading how far the audit has come") { () throws(LedgerError) in
      try database.rows("SELECT last, at, is_for_loss FROM audit_walk") { row throws(LedgerError) in
        AuditWalk(last: try row.next(), at: try row.nextTime(), isForLoss: try row.next() as Int == 1)
      }.first
    }
  }

  /// Stores the progress of the walk.
  public func store(_ walk: AuditWalk) throws(LedgerError) {
    try database.write("noting how far the audit has come") { () throws(LedgerError) in
      try database.run(
        "INSERT OR REPLACE INTO audit_walk (id, last, at, is_for_loss) VALUES (1, ?, ?, ?)",
        [.text(walk.last), .time(walk.at), .integer(walk.isForLoss ? 1 : 0)])
    }
  }

  /// Managed extensions without a call in doubt, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - number: only extensions after this number; empty for all.
  ///   - count: the largest number of extensions.
  public func extensions(after number: String, atMost count: Int) throws(LedgerError) -> [ManagedObject] {
    try database.read("reading extensions to ask for") { () throws(LedgerError) in
      try database.rows(
        """
        SELECT {ManagedObject} FROM objects WHERE kind = 'extension' AND number > ? AND unproven_reason IS NULL
          AND number NOT IN (SELECT number FROM intents WHERE state = 'open' AND kind = 'extension')
        ORDER BY number LIMIT ?
        """, [.text(number), count.stored], as: ManagedObject.init)
    }
  }
}
