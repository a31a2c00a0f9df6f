import Domain
import Journal
import Ledger
import Testing

@testable import Executor

private func person(_ number: String, _ name: String = "Ada", email: String = "") -> PBXObject {
  .extension(Extension(number: number, firstName: name, email: email))
}

private func object(_ item: PBXObject) -> ManagedObject {
  ManagedObject(item, entry: EntryID(item.number), dn: "uid=\(item.number)")
}

private func change(
  _ call: Call, before: ManagedObject? = nil, settles: [InDoubtCall] = [], requires: [Int] = []
) -> Change {
  let number = call.key.number
  return Change(
    call, before: before, entry: EntryID(number), dn: "uid=\(number)", cause: before == nil ? .new : .changed,
    settles: settles, requires: requires)
}

private func adds(_ numbers: ClosedRange<Int>, email: String = "") -> [Change] {
  numbers.map { change(.add(person("\($0)", email: email))) }
}

private func update(_ number: String, email: String = "") -> Change {
  change(
    .update(person(number, email: email), knownAs: number), before: object(person(number, "Eva", email: email)))
}

private func delete(_ number: String, settles: [InDoubtCall] = []) -> Change {
  change(.deleteExtension(number: number), before: object(person(number)), settles: settles)
}

/// The outcomes of the changes in a word each.
extension ExecutionResult {
  fileprivate var words: [String] { changeResults.sorted { $0.key < $1.key }.map(\.value.word) }
}

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

@Suite(.timeLimit(.minutes(15))) struct `A probe before an add` {
  private func execute(_ run: TestRun, retries: Int = 0) async throws -> String? {
    try await run.execute(adds(101...101), retries: retries).words.first
  }

  @Test func `is made in each form until one is known to reveal taken numbers`() async throws {
    let probes = ["probe name 101", "probe email 101"]
    for (name, email, state) in [
      (ScriptedPBX.Answer.taken, ScriptedPBX.Answer.taken, PresenceMemory.State.reveals(.name)),
      (.free, .taken, .reveals(.email)), (.free, .free, .revealsNothing), (.lost, .free, .unknown),
    ] {
      let run = try TestRun(.free, .free, .accepted, name, email, isProbing: true)
      #expect(try await execute(run) == "done")
      #expect(run.pbx.requests == probes + ["add 101"] + probes)
      #expect(run.memory.state == state && run.memory.learned?.form == state.forms.first)
    }
  }

  @Test func `of which one form tells nothing leaves the other`() async throws {
    let run = try TestRun(.code("NEW"), .free, .accepted, .taken, isProbing: true)
    #expect(try await execute(run) == "done")
    #expect(run.pbx.requests == ["probe name 101", "probe email 101", "add 101", "probe email 101"])
    #expect(run.memory.state == .reveals(.email))
  }

  @Test func `in the known form is followed by the add if the number is free`() async throws {
    let run = try TestRun(.free, isProbing: true, knowing: .name)
    #expect(try await execute(run) == "done")
    #expect(run.pbx.requests == ["probe name 101", "add 101"])
    #expect(try await run.ledger.pastCalls(for: EntryID("101")).count == 1)
  }

  @Test func `of a taken number ends the change, and nothing is sent`() async throws {
    let run = try TestRun(.taken, isProbing: true, knowing: .name)
    #expect(try await execute(run) == "foreign")
    #expect(run.pbx.requests == ["probe name 101"])
    let state = try await run.ledger.state()
    #expect(state.refusals.map(\.item) == [person("101")] && state.objects.isEmpty && state.inDoubt.isEmpty)
  }

  @Test func `that lost an answer before may have created the extension`() async throws {
    for (answers, retries, word) in [
      ([ScriptedPBX.Answer.lost], 0, "in-doubt"), ([.failed], 0, "in-doubt"), ([.unreachable], 0, "failed"),
      ([.lost, .taken], 1, "unproven"), ([.lost, .unreachable], 1, "in-doubt"), ([.lost, .badKey], 1, "in-doubt"),
      ([.lost, .free], 1, "done"), ([.code("NEW")], 0, "failed"), ([.badKey], 0, "failed"),
    ] as [([ScriptedPBX.Answer], Int, String)] {
      let run = try TestRun(isProbing: true, knowing: .name, script: answers)
      #expect(try await execute(run, retries: retries) == word, "\(answers)")
      let isOpen = try await !run.ledger.state().inDoubt.isEmpty
      #expect(isOpen == (word == "in-doubt"), "\(answers)")
    }
  }

  @Test func `that tells nothing may have created the extension with its own values`() async throws {
    // The first form got a page that isn't the API's; the second was refused in another way.
    let run = try TestRun(.page, .code("NEW"), .taken, isProbing: true)
    #expect(try await execute(run) == "unproven")
    #expect(run.pbx.requests == ["probe name 101", "probe email 101", "add 101"])
    let free = try TestRun(.page, .free, .taken, isProbing: true)
    #expect(try await execute(free) == "foreign")
  }

  @Test func `that creates the extension is followed by an update, and no other is made`() async throws {
    let run = try TestRun(.accepted, .accepted, isProbing: true, knowing: .name)
    #expect(try await execute(run) == "done")
    #expect(run.pbx.requests == ["probe name 101", "update 101"])
    #expect(run.memory.state == .revealsNothing)
    #expect(try await run.ledger.state().objects == [object(person("101"))])
    let lost = try TestRun(.accepted, .lost, isProbing: true, knowing: .name)
    #expect(try await execute(lost) == "in-doubt")
    #expect(try await lost.ledger.state().objects.map(\.item) == [.extension(ProbeForm.name.item("101"))])
  }

  @Test func `is learned again once the PBX names another server`() async throws {
    let run = try TestRun(isProbing: true, knowing: .name)
    #expect(run.memory.state(under: nil) == .reveals(.name) && run.memory.state(under: "IIS") == .reveals(.name))
    #expect(run.memory.state(under: "other") == .unknown)
    try await run.memory.learn(.email, under: "other")
    #expect(run.memory.state(under: "third") == .reveals(.email), "it was learned in this run")
    let off = try TestRun(isProbing: false, knowing: .name)
    #expect(off.memory.state(under: "other") == .off)
    try await off.memory.learn(.email, under: "other")
    #expect(off.memory.state == .off && off.memory.learned == nil)
  }
}
