import Domain
import Journal
import Ledger
import Testing

@testable import Executor

@Suite(.timeLimit(.minutes(15))) struct `An executed change` {
  @Test func `is recorded with its object, and with nothing in doubt`() async throws {
    let run = try TestRun()
    let result = try await run.execute(adds(101...101))
    #expect(run.pbx.requests == ["add 101"] && result.words == ["done"])
    let state = try await run.ledger.state()
    #expect(state.objects == [object(person("101"))] && state.inDoubt.isEmpty)
    #expect(run.events.map(\.id) == [.added])
  }

  @Test func `without an answer stays in doubt with the one call that was made, and is logged later`() async throws {
    let run = try TestRun(.lost, .failed)
    let result = try await run.execute(adds(101...101), retries: 1)
    #expect(run.pbx.requests == ["add 101", "add 101"] && result.words == ["in-doubt"])
    #expect(try await run.ledger.state().inDoubt.map(\.call) == [.add(person("101"))])
    #expect(result.callCounts.inDoubt == 1 && result.callCounts.requests == 2 && run.events.isEmpty)
  }

  @Test func `that was never sent isn't in doubt`() async throws {
    let run = try TestRun(.unreachable)
    let result = try await run.execute(adds(101...101))
    #expect(result.words == ["failed"] && result.unreachable != nil)
    #expect(try await run.ledger.state().inDoubt.isEmpty)
  }

  @Test func `ends the calls in doubt that it settles, and doesn't record them again`() async throws {
    let run = try TestRun(.taken, isProbing: true, knowing: .name)
    let call = Call.add(person("101"))
    let result = try await run.execute([change(call, settles: [run.leaveInDoubt(call)])])
    #expect(run.pbx.requests == ["add 101"] && result.words == ["unproven"])
    #expect(try await run.ledger.state().inDoubt.isEmpty)
    #expect(try await run.ledger.pastCalls(for: EntryID("101")).count == 1)
  }

  @Test func `adds an object again that the PBX has lost, and says so`() async throws {
    let run = try TestRun(.absent)
    let result = try await run.execute([update("101")])
    #expect(run.pbx.requests == ["update 101", "add 101"])
    #expect(result.changeResults[0]?.wasLost == true && result.callCounts.lost == 1 && result.callCounts.added == 1)
    #expect(run.events.map(\.id) == [.pbxLostObject])
    // Somebody who creates the number by hand now can't, as it was free right before.
    #expect(try await run.ledger.pastCalls(for: EntryID("101")).map(\.intent.seenAbsent) == [false, true])
  }

  @Test func `is no loss if a call in doubt may have removed the object`() async throws {
    let run = try TestRun(.absent)
    let inDoubt = try await run.leaveInDoubt(.update(person("101"), knownAs: "101"))
    let settling = change(
      .update(person("101"), knownAs: "101"), before: object(person("101", "Eva")), settles: [inDoubt])
    #expect(try await run.execute([settling]).changeResults[0]?.wasLost == false)
  }

  @Test func `is a loss if a delete finds nothing, unless an earlier one may have removed it`() async throws {
    let lost = try TestRun(.absent)
    let result = try await lost.execute([delete("101")])
    #expect(result.words == ["done"] && result.changeResults[0]?.wasLost == true)
    let repeated = try TestRun(.lost, .absent)
    let second = try await repeated.execute([delete("101")], retries: 1)
    #expect(second.words == ["done"] && second.changeResults[0]?.wasLost == false)
    let made = try TestRun(.accepted)
    #expect(try await made.execute([delete("101")]).changeResults[0]?.wasLost == false)
  }

  @Test func `that deletes again in a later run is unproven without a probe, and done if the number is free`()
    async throws
  {
    let unknown = try TestRun()
    let first = try await unknown.execute([delete("101", settles: [unknown.leaveInDoubt(delete("101").call)])])
    #expect(unknown.pbx.requests.isEmpty && first.words == ["unproven"])
    #expect(first.changeResults[0]?.answer.status == .unanswered)
    let known = try TestRun(.free, isProbing: true, knowing: .email)
    let second = try await known.execute([delete("101", settles: [known.leaveInDoubt(delete("101").call)])])
    #expect(known.pbx.requests == ["probe email 101"] && second.words == ["done"])
    #expect(second.changeResults[0]?.answer.errorCode == "INVALID_EMAIL")
  }

  @Test func `counts the mails of which no answer tells`() async throws {
    let run = try TestRun(.lost)
    let result = try await run.execute([update("101", email: "ada@example.com")], retries: 1)
    #expect(run.pbx.requests == ["update 101", "update 101"] && result.words == ["done"])
    #expect(result.changeResults[0]?.possibleMails == 1 && result.changeResults[0]?.updatesInDoubt == 1)
    #expect(result.callCounts.mails == 1 && result.callCounts.possibleMails == 1)
  }

  @Test func `waits for those that it requires, and isn't made if one fails`() async throws {
    let run = try TestRun(.absent, .failed)
    let second = change(.update(person("102"), knownAs: "102"), before: object(person("102", "Eva")), requires: [0])
    let result = try await run.execute([update("101"), second])
    #expect(run.pbx.requests == ["update 101", "add 101"] && result.words == ["in-doubt"] && result.untouched == 1)
  }

  @Test func `with a refused key ends the run`() async throws {
    let run = try TestRun(.badKey)
    let result = try await run.execute([update("101"), update("102")])
    #expect(run.pbx.requests == ["update 101"] && result.words == ["failed"] && run.events.isEmpty)
    #expect(result.stop == .badKey(CallResult(.badKey, errorCode: "INVALID_AUTH_ID")))
    #expect(try await run.ledger.state().inDoubt.isEmpty)
  }

  @Test func `waits before it is tried again, and is tried as often as the settings say`() async throws {
    let run = try TestRun(.unreachable, .unreachable, .unreachable)
    var result: ExecutionResult?
    let time = try await ContinuousClock().measure { result = try await run.execute([update("101")], retries: 2) }
    #expect(run.pbx.requests == Array(repeating: "update 101", count: 3) && result?.words == ["failed"])
    #expect(time >= .milliseconds(250) + .milliseconds(500), "half of what it is on average, and twice that")
    let settings = PlanExecutor.ExecutionSettings(maxInFlight: 1, retries: 1, deadline: .now)
    #expect(await !settings.pause(before: 1), "nothing is sent after the deadline")
  }

  @Test func `that is stopped between two calls ends as it is, with its result`() async throws {
    let missing = try TestRun(.absent)
    let result = try await missing.execute([update("101")], stoppingAfter: 1)
    #expect(missing.pbx.requests == ["update 101"] && result.words == ["in-doubt"] && result.untouched == 0)
    #expect(try await missing.ledger.state().inDoubt.count == 1, "the ledger has an object that the PBX hasn't")
    let lost = try TestRun(.lost)
    #expect(try await lost.execute([update("101")], retries: 9, stoppingAfter: 1).words == ["in-doubt"])
    #expect(lost.pbx.requests == ["update 101"])
    #expect(try await lost.ledger.state().inDoubt.count == 1)
  }

  @Test func `that is sent again leaves later adds their batch`() async throws {
    let run = try TestRun(.lost)
    let first = try await run.execute(adds(101...101), retries: 1)
    #expect(try await run.execute(adds(102...103), after: first.learned).words == ["done", "done"])
    #expect(run.pbx.requests == ["add 101", "add 101", "add 102 103"])
  }

  @Test func `of several has the one that adopts by itself, and later adds too once it finds a foreign number`()
    async throws
  {
    let run = try TestRun(.taken, .accepted)
    let adopting = Change(
      .add(person("101")), entry: EntryID("101"), dn: "uid=101", cause: .new, adopts: true)
    let result = try await run.execute([adopting] + adds(102...104))
    #expect(run.pbx.requests == ["add 101", "add 102", "update 101", "add 103", "add 104"])
    #expect(result.words == ["done", "done", "done", "done"] && result.callCounts.adopted == 1)
    #expect(run.events.count { $0.id == .adopted } == 1 && run.events.count { $0.id == .added } == 3)
  }

  @Test func `in doubt is logged with its next try, and nothing else is logged again`() async throws {
    let run = try TestRun(.lost, .failed, .accepted)
    let changes = [update("101"), update("102"), update("103")]
    let result = try await run.execute(changes)
    #expect(result.words == ["in-doubt", "in-doubt", "done"] && run.events.map(\.id) == [.updated])
    run.logInDoubt(changes, in: result, nextTries: [changes[1].call.key: 86_400])
    #expect(run.events.dropFirst().map(\.id) == [.changeInDoubt, .changeInDoubt])
    #expect(run.events.dropFirst().map { $0.message.hasSuffix("the next run settles it") } == [true, false])
  }

  @Test func `isn't begun after the deadline`() async throws {
    let run = try TestRun()
    let result = try await run.execute(adds(101...102), until: .now)
    #expect(run.pbx.requests.isEmpty && result.untouched == 2)
    #expect(try await run.ledger.pastCalls(for: EntryID("101")).isEmpty)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A batch of adds` {
  @Test func `follows the first add, and is recorded with its objects`() async throws {
    let run = try TestRun()
    let result = try await run.execute(adds(101...104))
    #expect(run.pbx.requests == ["add 101", "add 102 103", "add 104"])
    #expect(result.callCounts.added == 4 && result.callCounts.requests == 3)
    let state = try await run.ledger.state()
    #expect(state.objects.map(\.key.number) == ["101", "102", "103", "104"] && state.inDoubt.isEmpty)
    #expect(try await run.ledger.pastCalls(for: EntryID("103")).count == 1)
  }

  @Test func `with a taken number is settled one by one, and proves none that is taken then`() async throws {
    let run = try TestRun(.accepted, .taken, .taken, .accepted)
    let result = try await run.execute(adds(101...103))
    #expect(run.pbx.requests == ["add 101", "add 102 103", "add 102", "add 103"])
    #expect(result.words == ["done", "unproven", "done"])
    #expect(try await run.ledger.pastCalls(for: EntryID("102")).count == 1)
  }

  @Test func `without an answer is settled one by one, with a mail for each that it may have made`() async throws {
    let run = try TestRun(.accepted, .lost, .taken, .unreachable)
    let result = try await run.execute(adds(101...103, email: "ada@example.com"))
    #expect(run.pbx.requests == ["add 101", "add 102 103", "add 102", "add 103"])
    #expect(result.words == ["done", "unproven", "in-doubt"])
    #expect((0...2).map { result.changeResults[$0]?.possibleMails } == [0, 1, 1])
    #expect(try await run.ledger.state().inDoubt.map(\.call.key.number) == ["103"])
  }

  @Test func `that was never sent is sent again, and none of it is in doubt`() async throws {
    let run = try TestRun(.accepted, .unreachable)
    #expect(try await run.execute(adds(101...103), retries: 1).words == ["done", "done", "done"])
    #expect(run.pbx.requests == ["add 101", "add 102 103", "add 102 103"])
    let other = try TestRun(.accepted, .unreachable)
    #expect(try await other.execute(adds(101...103)).words == ["done", "failed", "failed"])
    #expect(other.pbx.requests == ["add 101", "add 102 103"])
    #expect(try await other.ledger.state().inDoubt.isEmpty)
  }

  @Test func `that was never sent is sent as often as the settings say`() async throws {
    let run = try TestRun(.accepted, .unreachable, .unreachable)
    #expect(try await run.execute(adds(101...103), retries: 2).words == ["done", "done", "done"])
    #expect(run.pbx.requests == ["add 101"] + Array(repeating: "add 102 103", count: 3))
  }

  @Test func `may have numbers that the run itself has freed, without a probe of them`() async throws {
    let run = try TestRun(.free, .accepted, .free, isProbing: true, knowing: .name)
    let first = try await run.execute(adds(101...101))
    let freed = Change(.add(person("103")), entry: EntryID("103"), dn: "uid=103", cause: .new, isNumberFreed: true)
    let result = try await run.execute(adds(102...102) + [freed], after: first.learned)
    #expect(run.pbx.requests == ["probe name 101", "add 101", "probe name 102", "add 102 103"])
    #expect(result.words == ["done", "done"])
    #expect(try await run.ledger.pastCalls(for: EntryID("103")).count == 1)
  }

  @Test func `whose probes end with a refused key leaves nothing in doubt`() async throws {
    let run = try TestRun(.free, .accepted, .free, .badKey, isProbing: true, knowing: .name)
    let first = try await run.execute(adds(101...101))
    let result = try await run.execute(adds(102...103), after: first.learned)
    #expect(run.pbx.requests == ["probe name 101", "add 101", "probe name 102", "probe name 103"])
    #expect(result.words == ["failed"] && result.untouched == 1)
    #expect(try await run.ledger.state().inDoubt.isEmpty)
  }

  @Test func `with a refused key ends the run with nothing in doubt`() async throws {
    let run = try TestRun(.accepted, .badKey)
    let result = try await run.execute(adds(101...104))
    #expect(run.pbx.requests == ["add 101", "add 102 103"] && result.words == ["done", "failed", "failed"])
    #expect(try await run.ledger.state().inDoubt.isEmpty)
  }

  @Test func `has only numbers that probes showed as free`() async throws {
    let run = try TestRun(.free, .accepted, .free, .taken, .accepted, isProbing: true, knowing: .name)
    let first = try await run.execute(adds(101...101))
    let result = try await run.execute(adds(102...103), after: first.learned)
    #expect(
      run.pbx.requests == ["probe name 101", "add 101", "probe name 102", "probe name 103", "add 102"])
    #expect(result.words == ["done", "foreign"])
    #expect(try await run.ledger.pastCalls(for: EntryID("102")).count == 1)
  }

  @Test func `without an answer proves what probes showed as free and show as taken now`() async throws {
    let run = try TestRun(
      .free, .accepted, .free, .free, .lost, .taken, .taken, .accepted, isProbing: true, knowing: .name)
    let first = try await run.execute(adds(101...101))
    let result = try await run.execute(adds(102...103), after: first.learned)
    #expect(
      run.pbx.requests == [
        "probe name 101", "add 101", "probe name 102", "probe name 103", "add 102 103", "add 102", "probe name 102",
        "add 103",
      ])
    #expect(result.words == ["done", "done"])
    #expect(try await run.ledger.pastCalls(for: EntryID("102")).map(\.intent.seenAbsent) == [true])
  }
}
