import Foundation
import TestSupport
import Testing

/// A PBX that does what it is asked for and whose answers are lost, for as long as one likes.
@Suite(.timeLimit(.minutes(15))) struct `An answer that stays lost` {
  @Test(
    arguments: [.init("cut-after", action: "updateExt"), .init("http-500", action: "updateExt", processed: true)]
      as [Simulator.Fault])
  func `is no reason to mail a person at each poll`(fault: Simulator.Fault) async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: "poll = \"1s\"")
    let service = try Service(it)
    try await service.runs(1)
    try await it.pbx.setFaults([fault])
    let before = try await it.pbx.state().mails.count
    let begun = ContinuousClock.now
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await eventually("a call in doubt") { service.said("may have sent 2 mails") == 1 }
    // Each is a complete read, as long as a call is in doubt.
    try await service.runs(3)
    // The pause is an hour after two mails; a PBX that accepts no connection for the second is tried again after a minute.
    let pauses = begun.pauses
    #expect(try await it.pbx.state().mails.count <= before + 2 + 2 * pauses, "\(service.process.errors)")
    #expect((1...1 + pauses).contains(service.said("each try may mail the person, so runs wait until")))
    try await it.command(
      "status", saying: "Result unknown: update extension 1001, a Neu; each try may mail the person, so runs wait until"
    )

    try await it.pbx.clearFaults()
    let mails = try await it.pbx.state().mails.count
    try await it.command("sync", "1001", saying: "1 updated")
    #expect(try await it.pbx.state().mails.count <= mails + 1 + begun.pauses)
    #expect(await service.stop() == 0)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `delays no other values of the directory`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: "poll = \"1s\"")
    let service = try Service(it)
    try await service.runs(1)
    try await it.pbx.setFaults([.init("cut-after", action: "updateExt")])
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await eventually("a call in doubt") { service.said("so runs wait until") == 1 }
    try await it.pbx.clearFaults()
    try await it.slapd.modify(replace(uid("a"), "sn", "Anders"))
    try await service.pbx("the last name") { $0.extensions.map(\.lastName) == ["Anders"] }
    #expect(await service.stop() == 0)
  }

  @Test func `makes each run wait but that for the person`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    try await it.pbx.setFaults([.init("cut-after", action: "updateExt")])
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    let begun = ContinuousClock.now
    #expect(try await it.calls { try await it.sync(expecting: 3) }.count == 2)
    let calls = try await it.calls {
      try await it.command("plan", expecting: 2, saying: "Skipped (1): in back-off")
      try await it.command("status", "--check", expecting: 1, saying: "1 call in doubt | ")
      try await it.sync(expecting: 3)
      try await it.command("--sync-now", expecting: 3, saying: " sync \(uid("a")) sends it now")
    }
    #expect(calls == [] || begun.pauses > 0, "the pause isn't over")
    #expect(try await it.calls { try await it.command("sync", "1001", expecting: 3) }.count == 1)
    try await it.slapd.modify(replace(uid("a"), "sn", "Anders"))
    #expect(try await it.calls { try await it.sync(expecting: 3) }.count == 1, "other values are sent at once")
    let status = try await it.command("status")
    #expect(status.matches(of: #/Result unknown/#).count == 1, "once, whatever the values: \(status)")
    #expect(status.contains("a Anders"))
  }

  /// What an undo reverts is what the history lists.
  @Test func `is in the history of the run that got it done, and of the one that began it`() async throws {
    let it = try await Installation(partner("X", "+49 30 227 1") + partner("Y", "+49 30 227 2"))
    try it.configure(pbx: "retries = 0")
    try await it.sync()
    try await it.slapd.modify("dn: \(cn("X"))\nchangetype: delete\n\n")
    try await it.pbx.setFaults([.init("cut-before", action: "deletePhonebook")])
    try await it.sync(expecting: 3)
    try await it.pbx.clearFaults()
    #expect(try await it.calls { try await it.sync() } == ["deletePhonebook 49302271"])
    try await it.command("history", "3", saying: "no source finds the entry: done")
    try await it.command("history", "3", saying: "; begun by run 2")
    try await it.command("history", "2", saying: "; settled by run 3")
    #expect(try await it.calls { try await it.command("undo", "2", "--yes") } == [])
    // An update that finds none is followed by an add.
    let calls = try await it.calls { try await it.command("undo", "3", "--yes") }
    #expect(calls == ["addPhonebook 49302271", "updatePhonebook 49302271"])
  }

  @Test func `delays no proof that mails nobody`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "retries = 0", schedule: "poll = \"1s\"")
    try await it.pbx.setFaults([.init("cut-after", action: "addPhonebook", times: 1)])
    try await it.slapd.modify(partner("X", "+49 30 227 1").ldapAdd)
    let service = try Service(it)
    try await service.pbx("the contact") { $0.contacts.count == 1 }
    try await eventually("the proof") { service.said("Updated contact") + service.said("Added contact") == 1 }
    #expect(await service.stop() == 0)
    #expect(service.said("the next run settles it") == 1)
  }
}

extension ContinuousClock.Instant {
  /// How many of the first pauses, of a minute each, can have ended since then.
  fileprivate var pauses: Int { Int(duration(to: .now).components.seconds / 60) }
}

/// Values that the PBX refused or an admin rejected, and that the directory takes back while the daemon runs.
@Suite(.timeLimit(.minutes(15))) struct `A value that the directory took back` {
  private static let watched = "overlay syncprov\nsyncprov-sessionlog 1000\nindex entryUUID eq"

  @Test func `is sent when it is wanted again, though an admin had rejected it`() async throws {
    let it = try await Installation((0..<4).map { person("p\($0)", "100\($0)") }.joined(), slapd: Self.watched)
    try it.configure(schedule: "poll = \"1s\"", limits: "[update]\nmax_count = 3")
    let service = try Service(it)
    try await service.runs(1)
    func modify(_ name: String) async throws {
      try await it.slapd.modify((0..<4).map { replace(uid("p\($0)"), "sn", name) }.joined())
    }
    try await modify("Neu")
    try await eventually("a held set of four") { try await it.command("status").contains("4 updates") }
    let status = try await it.command("status")
    let name = try #require(status.firstMatch(of: #/extensions-update-[0-9a-f]{8}/#).map { String($0.output) })
    try await it.command("reject", name)
    try await modify("Muster")
    try await eventually("no rejection") { try await !it.command("status").contains(name) }
    try await it.slapd.modify(replace(uid("p1"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Muster", "Neu", "Muster", "Muster"] }
    #expect(await service.stop() == 0)
  }

  @Test func `is sent when it is wanted again, though the PBX had refused it`() async throws {
    let it = try await Installation(person("a", "1001"), slapd: Self.watched)
    try it.configure(schedule: "poll = \"1s\"")
    let service = try Service(it)
    try await service.runs(1)
    try await it.pbx.setFaults([.init("refuse", action: "updateExt", message: "No", code: "FNAME_INVALID")])
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await eventually("a refusal") { service.said("The PBX refused to update") == 1 }
    try await it.pbx.clearFaults()
    try await it.slapd.modify(replace(uid("a"), "sn", "Muster"))
    try await eventually("no refusal") { try await !it.command("status").contains("Refused by the PBX") }
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    #expect(await service.stop() == 0)
  }
}
