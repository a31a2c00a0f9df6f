import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A conclusion` {
  /// A ledger that owns Ada and Bob, and remembers that both were refused once.
  private func ledger(in folder: borrowing TemporaryFolder) async throws -> (Ledger, RunID) {
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    for item in [ada, bob] {
      try await ledger.settle(.add(item), .holds(item.owned(), replacing: nil), in: run)
      try await ledger.settle(.add(item), .refused(item.refusal), in: run)
    }
    return (ledger, run)
  }

  static let absent = bob.owned(absence: Absence(.missing, since: 5, reads: 2))
  static let married = PBXObject.extension(Extension(number: "1815", firstName: "Ada", lastName: "King"))

  struct Case {
    let outcome: Outcome
    let owned: [ManagedObject]
    let refusals: [Refusal]
    var open = 0
  }

  @Test(arguments: [
    Case(
      outcome: .holds(married.owned(ownership: .adopted), replacing: nil),
      owned: [married.owned(ownership: .adopted), bob.owned()], refusals: [bob.refusal]),
    Case(outcome: .holds(absent, replacing: bob.key), owned: [ada.owned(), absent], refusals: [ada.refusal]),
    Case(
      outcome: .holds(bobMoved.owned(), replacing: bob.key),
      owned: [ada.owned(), bobMoved.owned()], refusals: [ada.refusal, bob.refusal]),
    Case(
      outcome: .holds(bobMoved.owned(), replacing: nil),
      owned: [ada.owned(), bob.owned(), bobMoved.owned()], refusals: [ada.refusal, bob.refusal]),
    Case(outcome: .gone(ada.key), owned: [bob.owned()], refusals: [ada.refusal, bob.refusal]),
    Case(
      outcome: .gone(bobMoved.key), owned: [ada.owned(), bob.owned()], refusals: [ada.refusal, bob.refusal]),
    Case(
      outcome: .refused(married.refusal), owned: [ada.owned(), bob.owned()],
      refusals: [married.refusal, bob.refusal]),
    Case(
      outcome: .unproven(ada.owned().unproven(.answerLost, since: 4)),
      owned: [ada.owned().unproven(.answerLost, since: 4), bob.owned()], refusals: [bob.refusal]),
    Case(outcome: .undone, owned: [ada.owned(), bob.owned()], refusals: [ada.refusal, bob.refusal]),
    Case(outcome: .inDoubt, owned: [ada.owned(), bob.owned()], refusals: [ada.refusal, bob.refusal], open: 1),
  ])
  func `leaves in the ledger what its outcome says`(expected: Case) async throws {
    let folder = try TemporaryFolder()
    let (ledger, run) = try await ledger(in: folder)
    try await ledger.settle(.add(ada), expected.outcome, in: run)
    let state = try await ledger.state()
    #expect(state.objects == expected.owned)
    #expect(state.refusals == expected.refusals)
    #expect(state.inDoubt.count == expected.open)
  }

  @Test(arguments: [
    CallResult.Status.accepted, .absent, .taken, .refused, .badKey, .failed, .notUnderstood, .unanswered, .notSent,
    .tooLong,
  ])
  func `keeps the answer as it was`(verdict: CallResult.Status) async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let answer = CallResult(verdict, errorCode: "WEBSERVICE_ERROR", message: "Extension number does not exit")
    let intent = try await ledger.settle(.add(ada), .inDoubt, answer: answer, in: run, at: 30)
    #expect(
      try await ledger.outcomes(of: run) == [
        PastCall(id: intent, run: run, intent: Call.add(ada).intent, outcomeName: .inDoubt, answer: answer, endedAt: 30)
      ])
  }

  @Test func `settles earlier calls in doubt with the intent that found out`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let first = try await ledger.beginRun()
    let inDoubtCall = try await ledger.settle(.add(ada), .inDoubt, answer: CallResult(.unanswered), in: first)
    let second = try await ledger.beginRun()
    let intent = try await ledger.recordIntents([Call.update(ada, knownAs: ada.number).intent], in: second)[0]
    try await ledger.recordOutcomes([
      RecordedOutcome(
        of: [intent, inDoubtCall], answer: CallResult(.accepted), outcome: .holds(ada.owned(), replacing: nil), at: 50)
    ])
    #expect(try await ledger.state() == LedgerState(owned: [ada.owned()]))
    #expect(try await ledger.outcomes(of: first).map(\.outcomeName) == [.holds])
    #expect(try await ledger.outcomes(of: second).map(\.outcomeName) == [.holds])
  }

  @Test func `may come again while it is in doubt, and only once for good`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let intent = try await ledger.settle(.add(ada), .inDoubt, in: ledger.beginRun())
    let again = RecordedOutcome(of: [intent], answer: CallResult(.unanswered), outcome: .inDoubt, at: 21)
    try await ledger.recordOutcomes([again])
    try await ledger.recordOutcomes([
      RecordedOutcome(of: [intent], answer: CallResult(.notSent), outcome: .undone, at: 22)
    ])
    let error = await #expect(throws: LedgerError.self) { try await ledger.recordOutcomes([again]) }
    #expect(error?.kind == .contradiction)
    #expect(error?.detail.contains("intent \(intent)") == true)
  }

  @Test func `of nothing, of the unknown or of one intent twice takes back all that came with it`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let intent = try await ledger.recordIntents([Call.add(ada).intent], in: ledger.beginRun())[0]
    for wrong in [[], [intent + 1], [intent]] {
      let error = await #expect(throws: LedgerError.self) {
        try await ledger.recordOutcomes(
          [[intent], wrong].map {
            RecordedOutcome(of: $0, answer: CallResult(.accepted), outcome: .holds(ada.owned(), replacing: nil), at: 9)
          })
      }
      #expect(error?.kind == .contradiction)
      #expect(try await ledger.state().objects == [])
      #expect(try await ledger.state().inDoubt.map(\.intent) == [intent])
    }
  }

  @Test func `keeps an object's age over updates and another number`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(bob), .holds(bob.owned(), replacing: nil), in: run, at: 100)
    try await ledger.settle(
      .update(bobMoved, knownAs: bob.number), .holds(bobMoved.owned(), replacing: bob.key), in: run, at: 200)
    let times = try Database(folder.ledger, for: .reading).rows(
      "SELECT created_at, updated_at FROM objects"
    ) { row throws(LedgerError) in [try row.next() as Int, try row.next() as Int] }
    #expect(times == [[100, 200]])
  }

  @Test func `raises the generation where it changes an object, and only there`() async throws {
    let folder = try TemporaryFolder()
    let (ledger, run) = try await ledger(in: folder)
    let before = try await ledger.generation()
    for outcome in [Outcome.undone, .inDoubt, .refused(ada.refusal), .gone(bobMoved.key)] {
      try await ledger.settle(.add(ada), outcome, in: run)
      #expect(try await ledger.generation() == before)
    }
    var last = before
    for outcome in [
      Outcome.holds(Self.married.owned(), replacing: nil), .holds(bobMoved.owned(), replacing: bob.key),
      .gone(ada.key),
    ] {
      try await ledger.settle(.add(ada), outcome, in: run)
      #expect(try await ledger.generation() > last)
      last = try await ledger.generation()
    }
  }
}
