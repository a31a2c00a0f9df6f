import Domain
import Testing

@testable import Executor

@Suite(.timeLimit(.minutes(15))) struct `What is set back after a run` {
  private static func person(_ number: String) -> Extension {
    Extension(number: number, firstName: "Ada", email: "ada@example.com")
  }

  private static func change(_ call: Call, settles: Bool = false, adopts: Bool = false) -> Change {
    let entry = EntryID(call.key.number)
    return Change(
      call, entry: entry, dn: "uid=a", cause: .new,
      settles: settles ? [InDoubtCall(intent: 1, call: call, entry: entry, dn: "uid=a")] : [], adopts: adopts)
  }

  private func backoffs(
    _ changes: [Change], _ verdict: CallResult.Status = .unanswered, _ outcome: Outcome = .inDoubt,
    isStopped: Bool = false
  ) -> Set<String> {
    var result = ExecutionResult(of: changes.count)
    for index in changes.indices {
      result.changeResults[index] = ChangeResult(outcome: outcome, answer: CallResult(verdict))
    }
    return Set(result.backoffs(changes, isStopped: isStopped).keys.map(\.number))
  }

  @Test func `is an update whose answer was lost`() {
    let changes = [Self.change(.updateExtension(Self.person("1")))]
    #expect(backoffs(changes) == ["1"])
    #expect(backoffs(changes, .notSent) == ["1"], "lost before, and then the PBX was unreachable")
    #expect(backoffs(changes, .notSent, .undone) == [])
    #expect(backoffs(changes, .failed) == ["1"])
  }

  @Test func `is no update that a stopped run left in doubt`() {
    #expect(backoffs([Self.change(.updateExtension(Self.person("1")))], isStopped: true) == [])
  }

  @Test func `is an add or a delete only after a second run with it`() {
    let add = Call.addExtension(Self.person("1"))
    #expect(backoffs([Self.change(add), Self.change(.deleteExtension(number: "2"))]) == [])
    #expect(
      backoffs([Self.change(add, settles: true), Self.change(.deleteExtension(number: "2"), settles: true)]) == [
        "1", "2",
      ])
    #expect(backoffs([Self.change(add, adopts: true)]) == ["1"], "it may go on with an update")
    #expect(backoffs([Self.change(add)], .failed) == ["1"])
  }

  @Test func `is at most three mails on the first day and one a day, if all answers to an update stay lost`() {
    let change = Self.change(.updateExtension(Self.person("1")))
    var (time, total, mails) = (Timestamp(0), nil as Int?, [] as [Timestamp])
    // The first run repeats the update once, a later one doesn't.
    for requests in [2] + Array(repeating: 1, count: 9) {
      var result = ExecutionResult(of: 1)
      result.changeResults[0] = ChangeResult(
        outcome: .inDoubt, answer: CallResult(.unanswered), possibleMails: requests, updatesInDoubt: requests)
      guard let failure = result.backoffs([change], isStopped: false).values.first else { continue }
      mails += Array(repeating: time, count: requests)
      total = failure.total(after: total)
      time += failure.schedule.pause(after: total ?? 0)
    }
    #expect(mails.prefix(4) == [0, 0, 3600, 90_000])
    for (mail, next) in zip(mails.dropFirst(2), mails.dropFirst(3)) { #expect(next - mail == 86_400) }
  }

  @Test func `counts other values on, and a try that mailed nobody not at all`() {
    func failure(settling earlier: String, updates: Int) -> ChangeFailure? {
      let call = Call.updateExtension(Self.person("1"))
      let before = Call.updateExtension(Extension(number: "1", firstName: earlier, email: "ada@example.com"))
      let settles = [InDoubtCall(intent: 1, call: before, entry: EntryID("1"), dn: "uid=a")]
      let change = Change(call, entry: EntryID("1"), dn: "uid=a", cause: .new, settles: settles)
      var result = ExecutionResult(of: 1)
      result.changeResults[0] = ChangeResult(
        outcome: .inDoubt, answer: CallResult(.unanswered), updatesInDoubt: updates)
      return result.backoffs([change], isStopped: false).values.first
    }
    #expect(failure(settling: "Ada", updates: 1)?.total(after: 2) == 3)
    #expect(failure(settling: "Ada", updates: 0)?.total(after: 2) == 2)
    #expect(failure(settling: "Eva", updates: 1)?.total(after: 2) == 3, "nothing has succeeded")
  }

  @Test func `is nothing but what mails each time where the PBX answers to nothing`() {
    let contacts = (1...4).map {
      Self.change(.updateContact(Contact(number: "\($0)", firstName: "A", lastName: "B"), registeredNumber: "\($0)"))
    }
    let updates = (5...8).map { Self.change(.updateExtension(Self.person("\($0)"))) }
    #expect(backoffs(contacts) == [])
    #expect(backoffs(contacts + updates) == ["5", "6", "7", "8"])
    #expect(backoffs(contacts + updates, .failed) == ["5", "6", "7", "8"])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Mails that may have been sent` {
  private static let ada = Extension(number: "1", firstName: "Ada", email: "ada@example.com")
  private static let held = Outcome.holds(
    ManagedObject(.extension(ada), entry: EntryID("a"), dn: "uid=a"), replacing: nil)

  private func count(_ calls: [(Call, CallResult.Status)], _ outcome: Outcome) -> Int {
    var mails = PossibleMails()
    for (call, verdict) in calls { mails.add(call, CallResult(verdict)) }
    return mails.count(after: outcome, by: calls.last?.0)
  }

  @Test func `are one for each update whose result is unknown`() {
    let update = Call.updateExtension(Self.ada)
    #expect(count([(update, .unanswered), (update, .unanswered)], .inDoubt) == 2)
    #expect(count([(update, .unanswered), (update, .accepted)], Self.held) == 1)
    #expect(count([(update, .notSent), (update, .failed)], .inDoubt) == 1, "a proxy may say so of what is done")
  }

  @Test func `are one for an add, however often it was sent, and none once that turns out to be done`() {
    let add = Call.addExtension(Self.ada)
    #expect(count([(add, .unanswered), (add, .unanswered)], .inDoubt) == 1)
    #expect(count([(add, .unanswered), (add, .taken)], Self.held) == 0)
    #expect(count([(add, .unanswered), (add, .accepted)], Self.held) == 0)
    #expect(count([(add, .unanswered), (add, .taken), (.updateExtension(Self.ada), .accepted)], Self.held) == 1)
  }

  @Test func `are none to people without an address`() {
    #expect(count([(.updateExtension(Extension(number: "1", firstName: "Ada")), .unanswered)], .inDoubt) == 0)
  }
}
