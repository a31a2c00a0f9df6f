public import Domain

/// A call that is about to be made.
public struct Intent: Hashable, Sendable {
  public var call: Call
  /// The directory entry that it is made for.
  public var entry: EntryID
  public var dn: String
  /// The PBX's object before the call, as far as known: an undo restores it.
  public var before: ManagedObject?
  public var at: Timestamp
  /// Whether the number was seen to be free right before, so that any object there since then is managed.
  public var seenAbsent: Bool

  public init(
    _ call: Call, entry: EntryID, dn: String, before: ManagedObject? = nil, at: Timestamp, seenAbsent: Bool = false
  ) {
    self.call = call
    self.entry = entry
    self.dn = dn
    self.before = before
    self.at = at
    self.seenAbsent = seenAbsent
  }
}

/// The outcome of one or more intents.
public struct RecordedOutcome: Hashable, Sendable {
  /// The intents that end with it: this run's own, and earlier calls in doubt that it settles. At least one.
  public var intents: [Int64]
  public var answer: CallResult
  public var outcome: Outcome
  public var at: Timestamp

  public init(of intents: [Int64], answer: CallResult, outcome: Outcome, at: Timestamp) {
    self.intents = intents
    self.answer = answer
    self.outcome = outcome
    self.at = at
  }
}

/// A past intent with its outcome.
public struct PastCall: Hashable, Sendable {
  /// Only the name of the outcome; its values are those of the call.
  public enum OutcomeName: String, Hashable, Sendable {
    case holds, gone, refused, undone, unproven
    case inDoubt = "in doubt"
  }

  /// The intent's row.
  public let id: Int64
  public let run: RunID
  public internal(set) var intent: Intent
  /// nil if the process ended before it recorded an answer.
  public let outcomeName: OutcomeName?
  public let answer: CallResult?
  public let endedAt: Timestamp?
  /// The later run that recorded the outcome, as that of a call in doubt; nil if the call's own run did.
  public let settledBy: RunID?

  init(
    id: Int64, run: RunID, intent: Intent, outcomeName: OutcomeName?, answer: CallResult?, endedAt: Timestamp?,
    settledBy: RunID? = nil
  ) {
    self.id = id
    self.run = run
    self.intent = intent
    self.outcomeName = outcomeName
    self.answer = answer
    self.endedAt = endedAt
    self.settledBy = settledBy
  }

  /// Whether the next run still has to settle it.
  public var isOpen: Bool { outcomeName == nil || outcomeName == .inDoubt }
}

/// The number of calls with the same action, kind and outcome.
public struct OutcomeCount: Hashable, Sendable {
  public let action: Call.Action
  public let kind: ObjectKind
  public let outcomeName: PastCall.OutcomeName
  public let count: Int
}

extension PastCall.OutcomeName: Storable {
  init(_ outcome: Outcome) {
    self =
      switch outcome {
      case .holds: .holds
      case .gone: .gone
      case .refused: .refused
      case .undone: .undone
      case .unproven: .unproven
      case .inDoubt: .inDoubt
      }
  }

  /// state, outcome, unproven
  var values: [SQLiteValue] {
    [
      .text(self == .inDoubt ? "open" : "settled"), (self == .unproven ? .undone : self).stored,
      .integer(self == .unproven ? 1 : 0),
    ]
  }
}
