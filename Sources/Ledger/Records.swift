public import Domain

/// A run's number in the ledger, counted from one.
public struct RunID: Hashable, Sendable {
  public let rawValue: Int64
}

/// How a run began.
public struct RunStart: Hashable, Sendable {
  public var trigger: String
  public var pid: Int32
  public var at: Seconds

  public init(trigger: String, pid: Int32, at: Seconds) {
    self.trigger = trigger
    self.pid = pid
    self.at = at
  }
}

/// How a run ended.
public struct RunEnd: Hashable, Sendable {
  public var at: Seconds
  public var exitStatus: Int
  public var added = 0, updated = 0, deleted = 0, failed = 0, parked = 0, held = 0, inDoubt = 0, requests = 0
  public var summary: String

  public init(at: Seconds, exitStatus: Int, summary: String) {
    self.at = at
    self.exitStatus = exitStatus
    self.summary = summary
  }
}

/// One read of the directory: from whom, as whom, how much, and why it isn't complete where it isn't.
public struct ReadRecord: Hashable, Sendable {
  public var server: String
  public var vendor: String
  public var bindDN: String
  public var startedAt: Seconds
  public var endedAt: Seconds
  public var entries = 0
  public var pages = 0
  public var referrals: [String] = []
  public var canariesSeen: [String] = []
  /// nil for a complete read.
  public var incomplete: String?

  public init(server: String, vendor: String, bindDN: String, startedAt: Seconds) {
    self.server = server
    self.vendor = vendor
    self.bindDN = bindDN
    self.startedAt = startedAt
    endedAt = startedAt
  }
}

/// A call that is about to be made.
public struct Intent: Hashable, Sendable {
  public var call: Call
  public var entry: EntryID
  public var dn: String
  public var at: Seconds

  public init(call: Call, entry: EntryID, dn: String, at: Seconds) {
    self.call = call
    self.entry = entry
    self.dn = dn
    self.at = at
  }
}

/// How some intents ended: those of one change, with the earlier ones in doubt that it settled.
public struct Conclusion: Hashable, Sendable {
  public var intents: [Int64]
  public var answer: Answer
  public var outcome: Outcome
  public var at: Seconds

  public init(intents: [Int64], answer: Answer, outcome: Outcome, at: Seconds) {
    self.intents = intents
    self.answer = answer
    self.outcome = outcome
    self.at = at
  }
}
