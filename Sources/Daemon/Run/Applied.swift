import Domain
import Ledger

/// What became of a plan.
struct Applied: Sendable {
  enum Stop: Sendable, Hashable {
    /// The PBX refused the key.
    case badKey(Answer)
    /// The ledger couldn't be written, so nothing may be sent.
    case ledger(LedgerError)
  }

  /// How many changes the plan has.
  let count: Int
  var tally = Tally()
  var endings: [Int: Ending] = [:]
  var stop: Stop?

  init(of count: Int) { self.count = count }

  /// Changes that were never begun: the run was stopped, or what they require failed.
  var untouched: Int { count - endings.count }

  /// What the transport said, where not one request reached the PBX.
  var unreachable: String? {
    let answers = endings.values.map(\.answer)
    guard let first = answers.first, answers.allSatisfy({ $0.verdict == .notSent }) else { return nil }
    return first.message
  }

  /// What the PBX had lost, by the numbers that it was known by.
  func losses(_ changes: [Change]) -> Set<Key> {
    Set(endings.filter { $0.value.wasLost }.compactMap { changes[$0.key].before?.key })
  }

  /// The changes that the PBX itself failed at, each with what it said. Where many fail and none is done it is the
  /// PBX that is ill, not the objects.
  func setbacks(_ changes: [Change]) -> [Key: String] {
    let failed = endings.filter { [.failed, .notUnderstood, .tooLong].contains($0.value.answer.verdict) }
    if failed.count > 3 && !endings.values.contains(where: \.isDone) { return [:] }
    return Dictionary(
      failed.map { (changes[$0].call.key, $1.answer.text) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What became of one job.
struct Finished: Sendable {
  var endings: [(index: Int, change: Change, ending: Ending)] = []
  /// Why the ledger couldn't be written.
  var refusal: LedgerError?
}
