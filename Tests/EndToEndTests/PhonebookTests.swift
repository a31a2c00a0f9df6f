import TestSupport
import Testing

/// Contacts in the PBX's phonebook, by the rules of their sources.
@Suite(.timeLimit(.minutes(15))) struct `The phonebook` {
  private static let filter =
    "(|(objectClass=inetOrgPerson)(&(objectClass=organizationalUnit)(telephoneNumber=*)))"

  private static let contacts = """
    [[contacts]]
    base = "ou=partners,dc=example,dc=com"
    filter = "\(filter)"
    contact.numbers = ["{telephoneNumber}", "{mobile}"]
    contact.first_name = "{givenName}"
    contact.last_name = "{sn}"
    contact.company = "{o ?? ou}"

    """

  private func installation(_ entries: String, rule: String = "", fields: String = "", pbx: String = "") async throws
    -> Installation
  {
    let it = try await Installation(entries)
    try it.configure(
      contacts: Self.contacts.replacing("contact.numbers", with: "\(rule)\ncontact.numbers") + fields, pbx: pbx)
    return it
  }

  private func shown(_ it: Installation) async throws -> [String] {
    try await it.pbx.state().contacts.map { "\($0.number) \($0.firstName) \($0.lastName)" }
  }

  private func gone(_ cn: String) -> String { "dn: cn=\(cn),ou=partners,dc=example,dc=com\nchangetype: delete\n\n" }

  @Test func `has companies without a person, and labels for second numbers`() async throws {
    let unit = """
      dn: ou=Fjord,ou=partners,dc=example,dc=com
      objectClass: organizationalUnit
      ou: Fjord
      telephoneNumber: +49 30 227 1


      """
    let it = try await installation(
      unit + partner("Ola", "+49 30 227 2", extra: "mobile: +49 171 1234567"),
      fields: "contact.company_first_name = \"Firma\"\ncontact.labels = [\"\", \"mobile\"]")
    try await it.sync()
    #expect(
      try await shown(it) == [
        "49302271 Firma Fjord", "49302272 Ola Extern", "491711234567 Ola Extern (mobile)",
      ])
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.slapd.modify(
      "dn: ou=Fjord,ou=partners,dc=example,dc=com\nchangetype: modify\nreplace: telephoneNumber\n"
        + "telephoneNumber: +49 30 227 9\n\n")
    #expect(try await it.calls { try await it.sync() } == ["updatePhonebook 49302271 -> 49302279"])
  }

  private static let table = "PhoneNumber,FirstName,LastName,CompanyName\n"

  /// The PBX knows a contact by the text of its number.
  @Test(arguments: ["0049302272", "030302272", "+49302272"])
  func `has a contact once that was adopted under another form of its number`(form: String) async throws {
    let it = try await installation(partner("Ola", "+49 30 302272"))
    let text = form.replacing("49302272", with: "4930302272")
    try await it.pbx.add([Simulator.Contact(text, "Ola", "Alt")])
    try await it.command("adopt", text, expecting: 65, saying: "\(text) is the directory's 4930302272 in another form")
    try it.write("export.csv", Self.table + "\(text),Ola,Alt,\n")
    let said = try await it.command("adopt", "--csv", it.folder.path + "/export.csv")
    #expect(said.contains("contact \(text) becomes 4930302272") && said.contains("Nothing else to adopt"), "\(said)")
    #expect(try await it.calls { try await it.sync() } == ["updatePhonebook \(text) -> 4930302272"])
    #expect(try await shown(it) == ["4930302272 Ola Extern"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `is refused a table of which it isn't clear whose a contact in another form is`() async throws {
    let it = try await installation(partner("Ola", "+49 30 302272") + partner("Kim", "+49 30 302273"))
    func adopt(_ rows: String, _ status: Int32, saying text: String) async throws {
      try it.write("export.csv", rows)
      try it.date(it.folder.path + "/export.csv", secondsLater: 1)
      try await it.command("adopt", "--csv", it.folder.path + "/export.csv", expecting: status, saying: text)
    }
    try await adopt("PhoneNumber\n004930302272\n", 65, saying: "give a table with all columns")
    try await adopt(
      Self.table + "004930302272,Ola,Alt,\n030302272,Ola,Neu,\n", 65, saying: "so is another number of the table")
    try await adopt(Self.table + "030 302272,Ola,Alt,\n", 65, saying: "correct its number there, and not in the table")
    try await adopt(
      Self.table + "4930302272,Ola,Alt,\n030302272,Ola,Neu,\n", 0, saying: "contact 030302272 beside 4930302272")
  }

  @Test func `gets no second contact beside one that a table showed in another form`() async throws {
    let it = try await installation(partner("Kim", "+49 30 302273"))
    try await it.sync()
    try await it.pbx.add([Simulator.Contact("030302272", "Ola", "Alt")])
    func audit(_ rows: String, _ options: String..., saying text: String = "") async throws {
      try it.write("export.csv", Self.table + rows)
      try it.date(it.folder.path + "/export.csv", secondsLater: 1)
      try await it.command("audit", "--csv", it.folder.path + "/export.csv", "--yes", expecting: nil, saying: text)
    }
    try await audit("4930302273,Kim,Extern,\n030302272,Ola,Alt,\n")
    try await it.slapd.modify(partner("Ola", "+49 30 302272").ldapAdd)
    #expect(try await it.calls { for _ in 0..<2 { try await it.sync(expecting: 3) } } == [])
    try await it.command(
      "conflicts", expecting: 1, saying: "a foreign contact 030302272, the same number in another form")
    try await it.command(
      "why", "4930302272", saying: "known as 030302272, the same number in another form, to be foreign")
    try await it.command(
      "adopt", "4930302272", expecting: 65, saying: "the PBX has the contact 4930302272 as 030302272")
    // The managed contact has another form on the PBX by now.
    try await audit(
      "004930302273,Kim,Extern,\n030302272,Ola,Alt,\n", saying: "contact 4930302273: the PBX has 004930302273")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    // Both were corrected there.
    let calls = try await it.calls { try await audit("4930302273,Kim,Extern,\n") }
    #expect(calls == ["addPhonebook 4930302272"])
  }

  @Test func `has a shared switchboard once, under the company's name, until the last has left`() async throws {
    let people = ["A", "B", "C"].map { partner($0, "+49 30 227 1", company: "Fjord") }.joined()
    let it = try await installation(people, rule: "shared = \"company\"")
    try await it.sync("--dry-run", expecting: 2)
    #expect(try await it.calls { try await it.sync() } == ["addPhonebook 49302271"])
    #expect(try await shown(it) == ["49302271 Firma Fjord"])
    #expect(try await it.calls { try await it.sync() } == [])
    for name in ["A", "C"] {
      try await it.slapd.modify(gone(name))
      #expect(try await it.calls { try await it.sync() } == [], "\(name) has left, and the number is there")
    }
    try await it.command("why", "49302271", saying: "cn=B")
    try await it.slapd.modify(gone("B") + partner("Z", "+49 30 227 7").ldapAdd)
    #expect(
      try await it.calls { try await it.sync() } == ["addPhonebook 49302277", "deletePhonebook 49302271"])
  }

  /// Each of the two who share it, because the entry with the smaller ID represents both.
  @Test func `has a shared switchboard under its company's name when one of its people moves to another`() async throws
  {
    for name in ["A", "B"] {
      let it = try await installation(
        ["A", "B"].map { partner($0, "+49 30 227 1", company: "Fjord") }.joined(), rule: "shared = \"company\"")
      try await it.sync()
      try await it.slapd.modify("dn: \(cn(name))\nchangetype: modify\nreplace: o\no: Berg\n\n")
      #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
      #expect(try await shown(it) == ["49302271 Firma Fjord"])
      try await it.command("conflicts", expecting: 1, saying: cn(name))
    }
  }

  @Test func `has a shared number under the first one's name, and passes it on`() async throws {
    let it = try await installation(
      ["A", "B"].map { partner($0, "+49 30 227 1", company: "Fjord") }.joined(), rule: "shared = \"first\"")
    #expect(try await it.calls { try await it.sync() } == ["addPhonebook 49302271"])
    let first = try #require(try await it.pbx.state().contacts.first?.firstName)
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.slapd.modify(gone(first))
    #expect(try await it.calls { try await it.sync() } == ["updatePhonebook 49302271"])
    #expect(try await it.pbx.state().contacts.first?.firstName == (first == "A" ? "B" : "A"))
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `has a shared number again after its first holder was given another`() async throws {
    let it = try await installation(
      ["A", "B"].map { partner($0, "+49 30 227 1", company: "Fjord") }.joined(), rule: "shared = \"first\"")
    try it.write(
      "pbxsyncd.toml",
      it.configuration().replacing("country = \"DE\"", with: "country = \"DE\"\nhandover = \"recreate\""))
    try await it.sync()
    let first = try #require(try await it.pbx.state().contacts.first?.firstName)
    try await it.slapd.modify(
      "dn: \(cn(first))\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: +49 30 227 2\n\n")
    for _ in 0..<3 { try await it.sync(expecting: nil) }
    #expect(try await it.pbx.state().contacts.map(\.number).sorted() == ["49302271", "49302272"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `reports a shared number if the configuration has no rule for it`() async throws {
    let it = try await installation(["A", "B"].map { partner($0, "+49 30 227 1") }.joined())
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addPhonebook 49302271"])
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
  }

  @Test func `leaves out those who are users, as soon as that is wished for`() async throws {
    let everybody =
      person("ann", "1001", extra: "mobile: +49 171 7654321\n") + partner("Same", "+49 30 9018 1001")
      + partner("Ola", "+49 30 227 1")
    let it = try await Installation(everybody)
    let one = "[\"{mobile ?? telephoneNumber}\"]"
    try it.configure(
      contacts: Self.contacts.replacing("ou=partners,", with: "")
        .replacing("[\"{telephoneNumber}\", \"{mobile}\"]", with: one))
    try await it.sync()
    #expect(try await it.pbx.state().contacts.map(\.number) == ["49302271", "491717654321", "493090181001"])
    let rule = try it.configuration().replacing("contact.numbers", with: "also_users = \"skip\"\ncontact.numbers")
    try it.write("pbxsyncd.toml", rule.replacing("complete_reads = 1", with: "complete_reads = 2"))
    var report: Report?
    #expect(try await it.calls { report = try await it.sync() } == [])
    #expect(report?.waiting.count == 2)
    try await it.command("why", "ann", saying: "also_users = \"skip\"")
    #expect(
      try await it.calls { try await it.sync() } == ["deletePhonebook 491717654321", "deletePhonebook 493090181001"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  /// The PBX has it twice, made by hand, and a call could reach either.
  @Test(arguments: ["audit", "adopt"]) func `gets no contact a third time`(command: String) async throws {
    let it = try await installation("")
    try await it.sync(expecting: nil)
    try await it.slapd.modify(partner("Old", "+49 30 227 1").ldapAdd)
    try await it.pbx.add([.init("49302271", "Old", "One"), .init("49302271", "Old", "Two")])
    let row = "49302271,Old,One,\n"
    try it.write("book.csv", "PhoneNumber,FirstName,LastName,CompanyName\n\(row)\(row)")
    try it.date(it.folder.path + "/book.csv", secondsLater: 1)
    let calls = try await it.calls {
      let options = [command, "--csv", it.folder.path + "/book.csv"] + (command == "audit" ? ["--yes"] : [])
      _ = try await it.run(options)
      try await it.sync(expecting: 3)
    }
    #expect(calls == [])
    try await it.command("conflicts", expecting: 1, saying: "has had a foreign contact 49302271")
  }

  @Test func `holds no more than it may, and says so once`() async throws {
    let it = try await installation(
      (1...9).map { partner("P\($0)", "+49 30 227 \($0)") }.joined(), pbx: "max_contacts = 4")
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added == 4 && report.conflicts.isEmpty)
    let there = try await it.pbx.state().contacts
    try await it.command("conflicts", expecting: 1, saying: "5 contacts aren't in the phonebook")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    // A leaver makes room; no other contact is removed.
    try await it.slapd.modify(gone(there[0].firstName))
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    #expect(calls.count == 2 && calls.contains("deletePhonebook \(there[0].number)"))
    try it.configure(contacts: Self.contacts, pbx: "max_contacts = 2")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [], "those who are there stay")
    try it.configure(contacts: Self.contacts)
    #expect(try await it.calls { try await it.sync() }.count == 4)
  }
}
