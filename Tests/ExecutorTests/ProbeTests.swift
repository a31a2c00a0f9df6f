import Domain
import Ledger
import Testing

@testable import Executor

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
      #expect(try await run.ledger.presence() == run.memory.learned, "later runs know it")
    }
  }

  @Test func `teaches nothing by an add that failed, and proves nothing if its form shows a taken number as free`()
    async throws
  {
    let failed = try TestRun(.free, .free, .failed, isProbing: true)
    #expect(try await execute(failed) == "in-doubt")
    #expect(failed.pbx.requests == ["probe name 101", "probe email 101", "add 101"])
    let run = try TestRun(.free, .free, .lost, .taken, .free, .free, isProbing: true)
    #expect(try await execute(run, retries: 1) == "unproven")
    #expect(
      run.pbx.requests == [
        "probe name 101", "probe email 101", "add 101", "add 101", "probe name 101", "probe email 101",
      ])
    #expect(try await run.ledger.pastCalls(for: EntryID("101")).map(\.intent.seenAbsent) == [false])
    #expect(run.memory.state == .revealsNothing)
  }

  @Test func `after which the run is stopped leaves the change unmade, and nothing in doubt`() async throws {
    let run = try TestRun(.free, isProbing: true)
    let result = try await run.execute(adds(101...101), stoppingAfter: 1)
    #expect(run.pbx.requests == ["probe name 101"] && result.words == [] && result.untouched == 1)
    #expect(try await run.ledger.state().inDoubt.isEmpty)
    let lost = try TestRun(.page, isProbing: true)
    #expect(try await lost.execute(adds(101...101), stoppingAfter: 1).words == ["in-doubt"])
    #expect(try await lost.ledger.state().inDoubt.count == 1)
  }

  @Test func `isn't made of a number that is to be adopted, is unproven, or was freed by the run itself`() async throws
  {
    for (adopts, isFreed, isUnproven) in [(true, false, false), (false, true, false), (false, false, true)] {
      let run = try TestRun(isProbing: true, knowing: .name)
      let unproven = isUnproven ? object(person("101")).unproven(.answerLost, since: 1) : nil
      _ = try await run.execute([
        Change(
          .add(person("101")), entry: EntryID("101"), dn: "uid=101", cause: .new, adopts: adopts, unproven: unproven,
          isNumberFreed: isFreed)
      ])
      #expect(run.pbx.requests == ["add 101"])
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
    #expect(try await off.ledger.presence() == nil)
  }
}
