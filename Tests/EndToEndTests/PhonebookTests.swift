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
