import Foundation
import TestSupport
import Testing

/// What the PBX had before us is left alone until an admin says otherwise.
@Suite(.timeLimit(.minutes(15))) struct `An object that the PBX has already` {
  private static let foreign = [
    Simulator.Extension("1001", "ann", "Muster", email: "ann@example.com", callerID: "493090181001"),
    Simulator.Extension("1002", "Somebody", "Else"),
  ]

  private func installation() async throws -> Installation {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002") + person("cleo", "1003"))
    try await it.pbx.add(Self.foreign)
    return it
  }

  @Test func `is left alone, and added by the next run after it was removed on the PBX`() async throws {
    let it = try await installation()
    try await it.sync(expecting: 3)
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    #expect(calls == ["addExt 1001", "addExt 1002"], "an add that is refused harms nobody")
    let list = try await it.command("conflicts", expecting: 1)
    #expect(list.contains("foreign extension 1001") && list.contains("foreign extension 1002"))
    #expect(try await it.pbx.state().extensions.map(\.firstName) == ["ann", "Somebody", "cleo"])
    try await it.pbx.lose(extensions: ["1002"])
    try await it.sync(expecting: 3)
    #expect(try await it.pbx.state().extensions.map(\.firstName) == ["ann", "bob", "cleo"])
    try await it.command("status", saying: "2 managed")
  }

  /// In a batch it would hide which other adds succeeded: found by the fault campaign.
  @Test func `is asked for by itself when the wanted object has changed`() async throws {
    let it = try await Installation(person("zoe", "1900"))
    try await it.pbx.add([Simulator.Extension("1900", "Somebody", "Else")])
    try await it.sync(expecting: 3)
    try await it.slapd.modify(replace(uid("zoe"), "sn", "Neumann"))
    // Adds go by one, two, four: without care the last of these would share a request with the foreign number.
    for index in 0..<6 { try await it.slapd.modify(person("n\(index)", "100\(index)").ldapAdd) }
    try await it.sync(expecting: 3)
    #expect(try await it.sync(expecting: 3).changes.map(\.outcome) == ["foreign"])
  }

  @Test func `is adopted when an admin names its number`() async throws {
    let it = try await installation()
    try await it.sync(expecting: 3)
    try await it.command("adopt", "1002")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1001", "updateExt 1002"])
    try await it.command("status", saying: "2 managed (1 adopted)")
  }

  @Test func `is adopted when an admin names a range around it`() async throws {
    let it = try await installation()
    try await it.sync(expecting: 3)
    let said = try await it.command("adopt", "1000-1099")
    #expect(said.contains("99 numbers") && said.contains("1 is managed already, protected"))
    #expect(try await it.calls { try await it.sync() } == ["updateExt 1001", "updateExt 1002"])
  }

  @Test func `is left to the next run by a plan file, which says so`() async throws {
    let it = try await installation()
    try await it.sync(expecting: 3)
    try it.write(
      "export.csv",
      "ExtentionNumber,FirstName,LastName,EmailAddress,OutboundCallerID\n"
        + "1001,ann,Muster,ann@example.com,493090181001\n")
    try await it.command("adopt", "--csv", it.folder.path + "/export.csv")
    try await it.slapd.modify(person("dora", "1004").ldapAdd)
    let plan = it.folder.path + "/plan"
    try await it.command("plan", "--out", plan, expecting: 2, saying: "1 to adopt without a call")
    let said = try await it.command("apply", plan, expecting: 3)
    #expect(said.contains("1 added, ") && said.contains("1 to adopt by the next run, without a call"), "\(said)")
    #expect(try await it.sync(expecting: 3).summary.contains("1 adopted without a call"))
  }

  @Test func `is the only object that a permission lets be adopted, if the PBX reveals taken numbers`() async throws {
    let it = try await Installation((0..<3).map { person("p\($0)", "100\($0)") }.joined())
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    func handMade(_ number: String) -> Simulator.Extension { Simulator.Extension(number, "Hand", "Made") }
    try await it.pbx.add([handMade("1071")])
    let free = "Free on the PBX, nothing to adopt: 1061, 1070, 1072-1073"
    try await it.command("adopt", "1061", "1070-1073", saying: free)
    #expect(try await it.pbx.state().extensions.count == 4, "asking changes nothing")
    try await it.command("adopt", "1065", expecting: 1, saying: "nothing to adopt: 1065")
    try await it.pbx.add([handMade("1061"), handMade("1072")])
    for number in ["1061", "1071", "1072"] { try await it.slapd.modify(person("n\(number)", number).ldapAdd) }
    try await it.sync(expecting: 3)
    #expect(try await it.pbx.state().extensions.filter { $0.firstName == "Hand" }.map(\.number) == ["1061", "1072"])
    try it.configure(pbx: "probe = \"never\"")
    try await it.command("adopt", "1072-1073", saying: "Not probed on the PBX: 1072-1073. Objects created there")
  }

  @Test func `is adopted without an update if a table lists it as it is wanted`() async throws {
    let it = try await installation()
    try await it.sync(expecting: 3)
    try it.write(
      "export.csv",
      """
      \u{FEFF}ExtentionNumber;FirstName;LastName;EmailAddress;OutboundCallerID\r
      1001;ann;Muster;ann@example.com;493090181001\r
      1002;Somebody;"Else";;\r

      """)
    let table = it.folder.path + "/export.csv"
    let said = try await it.command("adopt", "--csv", table, saying: "1 number will be adopted")
    let stranger = "extension 1002: the PBX has Somebody Else, and bob Muster, \(uid("bob")), would get it"
    #expect(said.contains("Probably another person's (1)") && said.contains(stranger), "\(said)")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1002"], "its add is refused again")
    try await it.command("adopt", "--csv", table, "1002", saying: "1 number will be adopted")
    #expect(try await it.calls { try await it.sync() } == ["updateExt 1002"], "one mail, not two")
    try await it.command("status", saying: "3 managed (2 adopted)")
  }

  /// An admin reviews what is lost.
  @Test func `is overwritten only after old and new values were shown, wherever that is announced`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002") + person("cleo", "1003"))
    try await it.pbx.add([
      Simulator.Extension("1001", "Anna", "Alt", email: "anna.alt@example.com", callerID: "49301111"),
      Simulator.Extension("1002", "Somebody", "Else"), Simulator.Extension("1003", "Hand", "Made"),
    ])
    let table = try await it.export { $0.removeAll { $0.number != "1001" } }
    let change =
      "first_name Anna -> ann, last_name Alt -> Muster, email anna.alt@example.com -> ann@example.com, "
      + "caller_id 49301111 -> 493090181001"
    let said = try await it.command("adopt", "--csv", table, "1001", saying: "extension 1001 ann Muster: \(change)")
    #expect(said.contains("The next run overwrites on the PBX (1), with 1 mail"), "\(said)")
    try await it.command("adopt", "1002")
    let plan = try await it.command("plan", expecting: 2, saying: "adopts the PBX's object, \(change)")
    #expect(plan.contains("adopts the PBX's object with unknown values, which become first_name bob"), "\(plan)")
    let file = it.folder.path + "/plan"
    try await it.command("plan", "--out", file, expecting: 2)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("old last_name: \"Alt\""))
    let run = try await it.run(["--sync-now"])
    #expect(run.output.contains("3 entries read, 2 updated, 2 of these adopted, 1 conflict"), "\(run.output)")
    #expect(run.errors.contains("Adopted extension 1001, ann Muster: \(change)"), "\(run.errors)")
  }

  @Test func `counts as updated, not as added, if an add found it and policy adopts it`() async throws {
    let it = try await installation()
    try await it.sync(expecting: 3)
    try it.configure(pbx: "existing = \"adopt\"")
    let plan = try await it.command("plan", expecting: 2)
    #expect(
      plan.ranges(of: "adopts the PBX's object with unknown values, which become").count == 2
        && !plan.contains("\n  add"), "\(plan)")
    let report = try await it.sync()
    #expect(report.summary.contains("2 updated, 2 of these adopted"), "\(report.summary)")
    #expect(report.changes.map(\.action) == ["update", "update"])
  }

  /// The API refuses no second contact.
  @Test func `is foreign from then on if a table shows another person's, so that no contact is added beside it`()
    async throws
  {
    let it = try await Installation(partner("Old", "+49 40 1111") + partner("New", "+49 40 2222"))
    try await it.pbx.add([
      Simulator.Contact("49401111", "Karl", "Napp"), Simulator.Contact("0049402222", "Karla", "Napp"),
    ])
    let table = it.folder.path + "/contacts.csv"
    let rows = ["49401111,Karl,Napp,", "0049402222,Karla,Napp,"]
    try it.write("contacts.csv", "PhoneNumber,FirstName,LastName,CompanyName\n\(rows.joined(separator: "\n"))\n")
    let said = try await it.command("adopt", "--csv", table, saying: "Probably another person's (2)")
    #expect(!said.contains("No entry would get"), "\(said)")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    try await it.command("adopt", "--csv", table, "49401111", "0049402222", saying: "Managed from now on (1)")
    try await it.sync()
    #expect(try await it.pbx.state().contacts.map(\.firstName) == ["Old", "New"])
  }

  @Test func `is a possible adoption before a number was tried, and reads as it happened afterwards`() async throws {
    let it = try await Installation(
      person("ann", "1001") + partner("Old", "+49 40 1111") + partner("New", "+49 40 2222"))
    try await it.pbx.add([Self.foreign[0]])
    try await it.pbx.add([Simulator.Contact("49401111", "Old", "Partner", company: "Partner")])
    try it.configure(pbx: "existing = \"adopt\"")
    let plan = try await it.command("plan", expecting: 2, saying: "each of 3 additions adopts the PBX's object instead")
    #expect(!plan.contains("  update  "), "\(plan)")
    try await it.command("why", "ann", saying: "add extension 1001: new; if the PBX has it already, it is adopted")
    let report = try await it.sync()
    #expect(report.summary.contains("1 added, 2 updated, 2 of these adopted"), "\(report.summary)")
    let history = try await it.command("history", "1")
    let lines = [
      "add extension 1001: the PBX had it already, so it was updated\n", "caller_id \"493090181001\": adopted\n",
      "update contact 49402222: the PBX didn't have it, so it was added\n",
    ]
    for line in lines { #expect(history.contains(line), "\(history)") }
  }

  @Test func `is told with its pool and the person without a number who gets it`() async throws {
    let it = try await Installation(unnumbered("ann") + person("cleo", "1003"))
    try it.configure(users: Settings.users + "\nextension.pool = [\"2000-2009\"]", contacts: "")
    try await it.pbx.add([
      Simulator.Extension("2005", "ann", "Muster", email: "ann@example.com"),
      Simulator.Extension("2006", "Some", "Body"),
    ])
    let said = try await it.command("adopt", "--csv", try await it.export())
    #expect(said.contains("2005 for \(uid("ann"))\n"), "\(said)")
    #expect(said.contains("No entry would get these numbers now: 2006\n"), "\(said)")
    try await it.sync()
    try await it.command("why", "ann", saying: "2005")
  }

  @Test func `with its address in lower case is as the directory wants it`() async throws {
    let it = try await Installation(person("ann", "1001").replacing("mail: ann@", with: "mail: Ann.Muster@"))
    try await it.pbx.add([
      Simulator.Extension("1001", "ann", "Muster", email: "ann.muster@example.com", callerID: "493090181001")
    ])
    try await it.command("adopt", "--csv", try await it.export())
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.command("status", saying: "1 managed (1 adopted)")
    #expect(try await it.calls { try await it.command("audit", "--csv", try await it.export()) } == [])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `is adopted by a table that has others too, and unwanted objects are named`() async throws {
    let it = try await installation()
    try it.configure(numbers: "protected = [\"9000\"]\nextension_ranges = [\"1000-1999\", \"01000-01999\"]")
    try await it.sync(expecting: 3)
    try it.write("export.csv", "ExtentionNumber\n1001\n1003\n9000\n2005\n01002\n1500\n")
    let said = try await it.command("adopt", "--csv", it.folder.path + "/export.csv")
    #expect(said.contains("3 numbers will be adopted") && said.contains("1 is managed already, protected"), "\(said)")
    #expect(said.contains("extension_ranges, never adopted as extensions: 9000, 2005\n"), "\(said)")
    #expect(said.contains("these numbers now: 01002 (1002 is wanted), 1500\n"), "\(said)")
    try await it.command("adopt", "+1002", expecting: 65, saying: "+1002 is outside [numbers] extension_ranges")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1002", "updateExt 1001"])
  }

  @Test func `in UTF-16 as a spreadsheet writes it is understood`() async throws {
    let it = try await installation()
    try await it.sync(expecting: 3)
    let text =
      "\u{FEFF}ExtentionNumber\tFirstName\tLastName\tEmailAddress\tOutboundCallerID\r\n"
      + "1001\tann\tMuster\tann@example.com\t493090181001\r\n"
    let bytes = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    try Data(bytes).write(to: URL(fileURLWithPath: it.folder.path + "/export.csv"))
    try await it.command("adopt", "--csv", it.folder.path + "/export.csv")
    let report = try await it.sync(expecting: 3)
    #expect(report.summary.contains("1 adopted without a call"), "\(report.summary)")
    try Data("ExtentionNumber\nM\u{FC}ller\n".unicodeScalars.map { UInt8($0.value) }).write(
      to: URL(fileURLWithPath: it.folder.path + "/export.csv"))
    try await it.command(
      "adopt", "--csv", it.folder.path + "/export.csv", expecting: 65, saying: "it isn't UTF-8: check line 2")
  }

  @Test(arguments: [
    ("ExtentionNumber,FirstName\n1001,ann\n10 02,bob\n", "line 3: \"10 02\" isn't a number"),
    ("ExtentionNumber,FirstName\n1001,ann\n1002\n", "line 3: it has 1 value, and the first line has 2"),
    ("ExtentionNumber\n1001\n1001\n", "line 3: 1001 is on line 2 already"),
    ("Number\n1001\n", "line 1: no column is called ExtentionNumber"),
    ("ExtentionNumber\n\"1001\n", "line 2: a quotation mark isn't closed"),
    ("", "the table is empty"),
  ])
  func `isn't adopted by a table with a bad row, and neither are its good ones`(
    table: String, reason: String
  ) async throws {
    let it = try await installation()
    try it.configure(numbers: "protected = [\"9000\"]")
    try await it.sync(expecting: 3)
    try it.write("export.csv", table)
    try await it.command("adopt", "--csv", it.folder.path + "/export.csv", expecting: 65, saying: reason)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1001", "addExt 1002"])
  }

  @Test func `is adopted by policy, with one update each, when the ledger is lost`() async throws {
    let it = try await Installation(
      (0..<30).map { person("p\($0)", String(1000 + $0)) }.joined() + partner("Bauer", "+49 30 901820"))
    try await it.sync()
    try FileManager.default.removeItem(atPath: it.stateFolder)
    try FileManager.default.createDirectory(atPath: it.stateFolder, withIntermediateDirectories: true)
    try it.configure(pbx: "existing = \"adopt\"")
    let before = try await it.pbx.state()
    let calls = try await it.calls { try await it.sync() }
    #expect(!calls.contains { $0.hasPrefix("delete") })
    let updates = calls.filter { $0.hasPrefix("update") }
    #expect(updates.count == 31 && Set(updates).count == 31)
    let after = try await it.pbx.state()
    #expect(before.extensions == after.extensions && before.contacts == after.contacts)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  /// The ledger is lost, and the PBX has lost its phonebook.
  @Test(arguments: ["PHONE_NUMBER_INVALID", "WEBSERVICE_ERROR"])
  func `isn't missed by a policy that adopts existing objects`(missing: String) async throws {
    let it = try await Installation(person("a", "1001") + partner("Bauer", "+49 30 901820"))
    try it.configure(pbx: "existing = \"adopt\"")
    try await it.pbx.set(["contactMissing": missing])
    try await it.sync()
    #expect(try await it.pbx.state().contacts.map(\.number) == ["4930901820"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `is left alone by policy when the ledger is lost, and nothing is deleted`() async throws {
    let it = try await Installation((0..<5).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    try FileManager.default.removeItem(atPath: it.ledgerFile)
    // The anchor and the backups show that a ledger existed, so an admin must confirm that pbxsyncd is to start without it.
    for evidence in [it.ledgerFile + "-anchor", it.stateFolder + "/backups"] {
      try await it.sync(expecting: 65)
      try FileManager.default.removeItem(atPath: evidence)
    }
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    #expect(calls.allSatisfy { $0.hasPrefix("addExt") })
    #expect(try await it.pbx.state().extensions.count == 5)
  }

  @Test func `is released by an undo, and never deleted`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.pbx.add([Simulator.Extension("1001", "Hand", "Made")])
    try await it.command("adopt", "1001")
    let made = try await it.calls { try await it.sync() }
    #expect(made == ["updateExt 1001"])
    try await it.command("undo", "1", expecting: 2, saying: "Released (1)")
    let calls = try await it.calls { try await it.command("undo", "1", "--yes") }
    #expect(calls == [])
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001"])
  }
}
