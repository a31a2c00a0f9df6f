public import Domain

/// A run's number, as the log's `PBX_RUN` and `pbxsyncd history` print it. Rises, and is never given twice.
public struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let number: Int64

  public init(_ number: Int64) { self.number = number }

  public var description: String { String(number) }

  public static func < (left: RunID, right: RunID) -> Bool { left.number < right.number }
}

/// The data of a run at its start.
public struct RunStart: Hashable, Sendable {
  /// What started it: "sync-now", "poll".
  public var trigger: String
  /// The process on this host.
  public var pid: Int32
  public var at: Timestamp

  public init(trigger: String, pid: Int32, at: Timestamp) {
    self.trigger = trigger
    self.pid = pid
    self.at = at
  }
}

/// The data of a run at its end.
public struct RunEnd: Hashable, Sendable {
  /// The numbers of objects; each object counts once.
  public struct Counts: Hashable, Sendable {
    public var added = 0
    public var updated = 0
    public var deleted = 0
    public var failed = 0
    public var conflict = 0
    public var held = 0
    public var inDoubt = 0

    public init(
      added: Int = 0, updated: Int = 0, deleted: Int = 0, failed: Int = 0, conflict: Int = 0, held: Int = 0,
      inDoubt: Int = 0
    ) {
      self.added = added
      self.updated = updated
      self.deleted = deleted
      self.failed = failed
      self.conflict = conflict
      self.held = held
      self.inDoubt = inDoubt
    }
  }

  public var at: Timestamp
  public var exitStatus: Int
  public var counts: Counts
  /// Requests sent to the PBX.
  public var requests: Int
  /// The summary line, as logged.
  public var summary: String

  public init(at: Timestamp, exitStatus: Int, counts: Counts, requests: Int, summary: String) {
    self.at = at
    self.exitStatus = exitStatus
    self.counts = counts
    self.requests = requests
    self.summary = summary
  }
}

/// A run of the past.
public struct Run: Hashable, Sendable {
  public let id: RunID
  public let start: RunStart
  /// nil while the run is under way, or if its process was killed.
  public let end: RunEnd?
  public let reads: [ReadReport]
}

extension RunID: Storable {
  var stored: SQLiteValue { .integer(number) }

  init?(_ stored: SQLiteValue) {
    guard let number = Int64(stored) else { return nil }
    self.init(number)
  }
}
