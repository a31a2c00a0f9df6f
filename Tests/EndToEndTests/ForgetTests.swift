import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Somebody who left` {
  @Test func `is forgotten at an admin's word, in the backups too, and the run can't be undone`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bea", "1002"))
    try await it.sync()
    try await it.command("forget", "nobody", expecting: 1, saying: "nothing is known of nobody")
    try await it.command("forget", "bea", expecting: 1, saying: "it has an extension or a contact on the PBX")
    try await it.remove("bea")
    try await it.sync()
    // A DN is known in any spelling.
    let dn = "uid=Bea, ou=People,dc=example,dc=com"
    #expect(try await it.command("why", dn, saying: "Sent: run 1").contains("extension 1002"))
    // An admin's own name, and the name that the program gives.
    let own = it.stateFolder + "/backups/before-upgrade.sqlite"
    try await it.command("ledger", "backup", own)
    let backup = try await it.command("ledger", "backup").split(separator: "\n").first.map(String.init) ?? ""
    try await it.command("forget", dn, expecting: 1, saying: "with --yes")
    try await it.command("forget", dn, "--yes", saying: "Removed \(backup)")
    for file in [backup, own] { #expect(!FileManager.default.fileExists(atPath: file)) }
    try await it.command("forget", "bea@example.com", expecting: 1, saying: "nothing is known")

    #expect(try await it.command("history", "2").contains("delete extension 1002, of somebody who was forgotten: done"))
    try await it.command("undo", "2", "--yes", expecting: 1, saying: "an admin had them removed (")
    for file in try FileManager.default.subpathsOfDirectory(atPath: it.stateFolder) {
      let bytes = FileManager.default.contents(atPath: "\(it.stateFolder)/\(file)") ?? Data()
      #expect(bytes.range(of: Data("bea@example.com".utf8)) == nil, "\(file)")
    }
    #expect(try await it.sync().changes.isEmpty)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A decision that can't be taken back` {
  @Test func `is asked for on a terminal, and nothing is done without a yes`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bea", "1002"))
    try await it.sync()
    try await it.remove("bea")
    try await it.sync()
    func answered(
      _ words: [String], _ answer: String, meanwhile: String...
    ) async throws -> (exitStatus: Int32, screen: String) {
      let program = [Installation.binary, "--config", it.configurationFile]
      return try await TerminalSession.run(
        program + words, answers: [("[y/N]", answer)], meanwhile: meanwhile.isEmpty ? [] : program + meanwhile)
    }
    let kept = try await answered(["release", "1001"], "n")
    #expect(kept.exitStatus == 1 && kept.screen.contains("Nothing was changed"), "\(kept.screen)")
    try await it.command("why", "1001", saying: "Managed: extension 1001")
    let known = try await answered(["forget", uid("bea")], "", meanwhile: "--sync-now")
    #expect(known.screen.contains("meanwhile: 0"), "an open question keeps no run from its work: \(known.screen)")
    #expect(known.exitStatus == 1 && known.screen.contains("Nothing was changed"), "\(known.screen)")
    try await it.command("why", uid("bea"), saying: "Sent: run 1")
    let released = try await answered(["release", "1001"], "y")
    #expect(released.exitStatus == 0 && released.screen.contains("Released extension 1001"), "\(released.screen)")
    let forgotten = try await answered(["forget", uid("bea")], "y")
    #expect(forgotten.exitStatus == 0 && forgotten.screen.contains("Forgot them"), "\(forgotten.screen)")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The state folder` {
  /// What of a person is in which file.
  private func traces(_ values: [String], in it: Installation) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: it.stateFolder).sorted().flatMap { file -> [String] in
      let bytes = FileManager.default.contents(atPath: "\(it.stateFolder)/\(file)") ?? Data()
      return values.filter { bytes.range(of: Data($0.utf8)) != nil }.map { "\(file): \($0)" }
    }
  }

  /// Her values are in every table that can have them: she got an extension, was updated, failed, was refused a second number, was
  /// held, was told to admins, and left; and there are backups, one of them restored.
  @Test func `has nothing of a person who was forgotten`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    let mail = try await MailServer()
    let alerts = """

      [alerts]
      mail_to = ["admin@example.com"]
      smtp = "smtp://127.0.0.1:\(mail.port)"
      """
    let strict = "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0"
    let eve = person("eve.nachbarin", "1090", first: "Evelyne", last: "Nachbarin")
    let values = ["eve.nachbarin", "Evelyne", "Nachbarin", "eve.nachbarin@example.com"]
    try await it.slapd.modify(eve.ldapAdd)
    try await it.sync()
    try await it.slapd.modify(replace(uid("eve.nachbarin"), "sn", "Nachbarin-Neu"))
    try await it.sync()
    #expect(try !traces(values, in: it).isEmpty)
    try await it.command("forget", "Evelyne Nachbarin-Neu", expecting: 1, saying: "it has an extension or a contact")
    // A number that the PBX has already.
    try await it.pbx.add([Simulator.Extension("1095", "Foreign")])
    try await it.slapd.modify(replace(uid("eve.nachbarin"), "telephoneNumber", "+49 30 9018 1095"))
    try await it.sync(expecting: 3)
    try await it.command("ledger", "backup")
    try it.configure(removal: strict)
    try it.write("pbxsyncd.toml", try it.configuration() + alerts)
    try await it.remove("eve.nachbarin")
    let held = try await it.sync(expecting: nil).held.map(\.name)
    #expect(try mail.mails().first?.body.contains("Nachbarin") == true)
    for name in held { try await it.command("approve", name) }
    try await it.sync(expecting: nil)
    try await it.sync(expecting: nil)
    #expect(try await !it.pbx.state().extensions.contains { $0.lastName.hasPrefix("Nachbarin") })
    #expect(try !traces(values, in: it).isEmpty)

    try await it.command("forget", "uid=eve.nachbarin,ou=people,dc=example,dc=com", "--yes", saying: "Forgot them")
    #expect(try traces(values, in: it) == [])
    try await it.sync(expecting: nil)
    #expect(try traces(values, in: it) == [])
    let history = try await it.command("history", "2")
    #expect(history.contains("1090") && history.contains("of somebody who was forgotten"))
    await mail.stop()
  }

  @Test func `keeps people who are still in the directory, also without an extension`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bea", "1001"))
    try await it.sync(expecting: 3)
    for who in ["bea", "bea@example.com", uid("bea")] {
      try await it.command(
        "forget", who, expecting: 1, saying: "a source found its entry when the directory was last read")
    }
    try await it.remove("bea")
    try await it.sync()
    // Only the backup of the first load knows her by now.
    try await it.command("forget", uid("bea"), "--yes", saying: "Removed ")
    try await it.command("forget", uid("bea"), expecting: 1, saying: "nothing is known of")
    #expect(try traces(["bea@example.com", uid("bea")], in: it) == [])
  }

  /// The entry that was created again is another one with the same DN.
  @Test func `names a DN once, with the IDs of its entries`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bea", "1002"))
    try await it.sync()
    try await it.remove("bea")
    try await it.slapd.modify(person("bea", "1002").ldapAdd)
    try await it.sync()
    let said = try await it.command(
      "forget", "bea", expecting: 1, saying: "bea may be several: \(uid("bea")) with the IDs ")
    #expect(said.ranges(of: uid("bea")).count == 1 && said.contains("it has an extension or a contact"), "\(said)")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A ledger that wasn't there` {
  @Test func `is spoken of by the plan that misses it and by the run that makes it`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.command("plan", expecting: 2, saying: "there is no ledger \(it.ledgerFile) yet")
    try await it.command("--sync-now", saying: "made a new ledger, \(it.ledgerFile)")
    #expect(try await !it.command("--sync-now").contains("ledger"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The clock of the host` {
  @Test func `may be set, and nobody goes before the grace has passed`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bea", "1002"))
    try it.configure(removal: "complete_reads = 2\nafter = \"24h\"\nmax_percent = 100")
    func sync(_ clock: String) async throws -> [String] {
      try await it.calls {
        let run = try await it.run(["--sync-now", "--json"], clock: clock)
        #expect(run.exitStatus == 0, "\(run.output)\(run.errors)")
      }
    }
    #expect(try await sync("") == ["addExt 1001", "addExt 1002"])
    try await it.remove("bea")
    #expect(try await sync("wall-1700000000") == [])
    #expect(try await sync("wall+172800") == [])
    #expect(try await sync("wall+315360000") == [])
    // Another boot, an hour ago; then a day more of it.
    #expect(try await sync("boot=2") == [])
    #expect(try await sync("boot=2,boottime+86400") == ["deleteExt 1002"])
  }
}
