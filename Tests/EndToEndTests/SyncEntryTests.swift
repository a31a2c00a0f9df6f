import Foundation
import TestSupport
import Testing

/// `pbxsyncd sync WHO`: one person now.
@Suite(.timeLimit(.minutes(15))) struct `One entry that is synced by itself` {
  private func synced(_ people: String = "") async throws -> Installation {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002") + people)
    try await it.sync(expecting: nil)
    return it
  }

  @Test(arguments: ["1001", "ann", "ann@example.com", "ann Muster", uid("ann"), "+49 30 9018 1001", "ID"])
  func `is found as why finds it, and nobody else changes`(who: String) async throws {
    let it = try await synced()
    let id = try #require(try await it.slapd.value("entryUUID", of: uid("ann")))
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann") + replace(uid("bob"), "sn", "Altmann"))
    var said = ""
    let calls = try await it.calls { said = try await it.command("sync", who == "ID" ? id : who) }
    #expect(calls == ["updateExt 1001"])
    #expect(said.hasPrefix("\(uid("ann")) (entry \(id))\n"), "\(said)")
    for step in [
      "Source \"ou=people,dc=example,dc=com\" (extensions): base and filter (objectClass=inetOrgPerson) match",
      "extension.number = {telephoneNumber | digits | last 4}: telephoneNumber \"+49 30 9018 1001\" -> \"1001\"",
      "Plan: update extension 1001", "last_name Muster -> Neumann", "1 updated, mailed 1 person",
    ] { #expect(said.contains(step), "\(step)\n\(said)") }
    #expect(try await it.calls { try await it.command("sync", "ann", saying: "Plan: no changes for it") } == [])
    #expect(try await it.command("history").contains("sync"))
    #expect(try await it.calls { try await it.sync() } == ["updateExt 1002"], "all else is left to a complete run")
  }

  @Test func `may be new, and gets its extension`() async throws {
    let it = try await synced()
    try await it.slapd.modify(person("cleo", "1003").ldapAdd + person("dora", "1004").ldapAdd)
    #expect(try await it.calls { try await it.command("sync", "cleo", saying: "1 added") } == ["addExt 1003"])
  }

  @Test func `is only explained by a dry run`() async throws {
    let it = try await synced()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    let calls = try await it.calls {
      try await it.command("sync", "ann", "--dry-run", expecting: 2, saying: "Plan: update extension 1001")
      try await it.command("sync", "bob", "--dry-run", saying: "Plan: no changes for it")
    }
    #expect(calls == [])
  }

  @Test func `stays if it has left: only a complete run tells`() async throws {
    let it = try await synced()
    try await it.remove("ann")
    let calls = try await it.calls {
      let said = try await it.command("sync", "1001", saying: "The entry is no longer found in the directory")
      #expect(said.contains("Managed: extension 1001") && said.contains("Left to a complete run: "), "\(said)")
    }
    #expect(calls == [])
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001"])
  }

  @Test func `is nobody if nobody or several are meant`() async throws {
    let it = try await synced(person("max1", "1003", first: "Max") + person("max2", "1004", first: "Max"))
    let calls = try await it.calls {
      try await it.command("sync", "nobody", expecting: 1, saying: "nothing is known of nobody")
      try await it.command("sync", "mustr", expecting: 1, saying: "did you mean muster (")
      let said = try await it.command("sync", "Max Muster", expecting: 1, saying: "Max Muster may be several: ")
      #expect(said.contains(uid("max1")) && said.contains(uid("max2")) && said.contains("by its DN or ID"), "\(said)")
      try await it.command("sync", "max1")
    }
    #expect(calls == [])
  }

  @Test func `has a conflict that is named`() async throws {
    let it = try await synced(person("cleo", "1003"))
    try await it.slapd.modify(replace(uid("cleo"), "telephoneNumber", "+49 30 9018 1001"))
    let calls = try await it.calls {
      let said = try await it.command("sync", "cleo", expecting: 3, saying: "Plan: leave extension 1001 out: ")
      #expect(!said.contains("extension 1001 can't be had at once"), "a complete run has the same conflict")
      try await it.slapd.modify(replace(uid("cleo"), "telephoneNumber", "none"))
      try await it.command("sync", "cleo", expecting: 3, saying: "invalid data: ")
      try await it.command("sync", "cleo", "--dry-run", expecting: 3)
    }
    #expect(calls == [])
  }

  /// The admin may have fixed the PBX.
  @Test func `is tried again where the PBX has refused its values, and says so`() async throws {
    let it = try await synced()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    try await it.pbx.setFaults([.init("refuse", action: "updateExt", message: "No", code: "LNAME_INVALID")])
    try await it.sync(expecting: 3)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [], "a complete run waits for another value")
    try await it.command("conflicts", expecting: 1, saying: "sync WHO")
    let calls = try await it.calls {
      let said = try await it.command("sync", "ann", expecting: 3, saying: "The PBX refused to update extension 1001: ")
      #expect(said.contains("LNAME_INVALID") && said.contains("change the value in the directory"), "\(said)")
      #expect(!said.contains("Left to a complete run"), "\(said)")
    }
    #expect(calls == ["updateExt 1001"])
    try await it.pbx.clearFaults()
    #expect(try await it.calls { try await it.command("sync", "ann", saying: "1 updated") } == ["updateExt 1001"])
  }

  @Test func `is held by the limits, until the set of a complete run is approved`() async throws {
    let it = try await synced()
    try it.configure(limits: "[update]\nmax_count = 0\n[addition]\nmax_count = 1000")
    try await it.sync()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    let calls = try await it.calls {
      try await it.command("sync", "ann", expecting: 4, saying: "--sync-now holds all such changes and names the set")
      let held = try await it.sync(expecting: 4).held.map(\.name)
      #expect(held.count == 1)
      try await it.command("sync", "ann", expecting: 4, saying: "approve \(held.first ?? "")")
      try await it.command("approve", held.first ?? "")
    }
    #expect(calls == [])
    #expect(try await it.calls { try await it.command("sync", "ann") } == ["updateExt 1001"])
  }

  @Test func `gets a number from a pool by a complete run only`() async throws {
    let it = try await Installation(person("ann", "1001") + unnumbered("bob"))
    try it.configure(users: Settings.users + "\nextension.pool = [\"2000-2009\"]")
    try await it.sync()
    try await it.slapd.modify(unnumbered("cleo").ldapAdd)
    let calls = try await it.calls {
      try await it.command("sync", "cleo", expecting: 3, saying: "Left to a complete run: \(uid("cleo")) has no number")
      try await it.command("sync", "bob", saying: "with its number from the pool 2000-2009")
    }
    #expect(calls == [])
  }

  @Test func `waits for a complete run before it and after a change of the configuration`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.command("sync", "ann", expecting: 1, saying: "there is no ledger yet")
    try await it.sync()
    try it.configure(numbers: "protected = [\"9000\"]")
    let calls = try await it.calls {
      try await it.command(
        "sync", "ann", expecting: 1, saying: "the configuration has changed since the last complete read")
    }
    #expect(calls == [])
    try await it.sync()
    try await it.command("sync", "ann")
  }

  @Test func `needs the directory and the PBX`() async throws {
    let it = try await synced()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    try await it.pbx.setFaults([.init("refuse", action: "updateExt", message: "No", code: "FNAME_INVALID")])
    try await it.command("sync", "ann", expecting: 3, saying: "Skipped (1): refused by the PBX")
    try await it.slapd.stop()
    let finished = try await it.run(["sync", "ann", "--json"])
    #expect(finished.exitStatus == 69)
    #expect(finished.output.hasPrefix("{\"status\":69,\"error\":{\"message\":\"the directory couldn't be read"))
  }

  @Test func `is explained in JSON, with the result`() async throws {
    struct Answer: Decodable {
      struct Result: Decodable {
        struct Counts: Decodable { let updated: Int }
        let counts: Counts
        let changes: [Report.Change]
      }
      let status: Int32
      let result: Result?
    }
    let it = try await synced()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    let finished = try await it.run(["sync", "ann", "--json"])
    let answer = try JSONDecoder().decode(Answer.self, from: Data(finished.output.utf8))
    #expect(answer.status == 0 && answer.result?.counts.updated == 1)
    #expect(answer.result?.changes.first?.fields.map(\.new) == ["Neumann"])
  }

  @Test func `is synced beside a service with the same configuration, and not beside another`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(schedule: "poll = \"1h\"\nchanges = \"poll\"")
    let service = try Service(it)
    try await service.runs(1)
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    #expect(try await it.calls { try await it.command("sync", "ann") } == ["updateExt 1001"])
    // The edited file isn't in force, and the ledger is of the one that is.
    try it.configure(numbers: "protected = [\"9000\"]", schedule: "poll = \"1h\"\nchanges = \"poll\"")
    try await it.command("sync", "ann", expecting: nil, saying: "configuration")
    #expect(await service.stop() == 0)
  }
}
