import TestSupport
import Testing

/// A person's account is replaced by another one, with another entryUUID.
@Suite(.timeLimit(.minutes(15))) struct `The new account of a person` {
  private static let pool = Settings.users + "\nextension.pool = [\"2000-2009\"]"
  private static let number = "telephoneNumber: +49 30 9018 1001\n"

  private func installation(_ people: String, numbers: String = "") async throws -> Installation {
    let it = try await Installation(people)
    try it.configure(users: Self.pool, contacts: "", numbers: numbers)
    return it
  }

  /// The same person in another OU.
  private func moved(_ name: String) -> String {
    unnumbered(name).replacing(",ou=people,", with: ",ou=moved,ou=people,")
  }

  private func disable(_ name: String) -> String {
    "dn: \(uid(name))\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\n"
      + "add: shadowExpire\nshadowExpire: 1\n\n"
  }

  @Test func `gets no second number while the old one is disabled, and has the first if the directory says so`()
    async throws
  {
    let it = try await installation(person("ann", "1001") + person("bob", "1002"))
    try await it.sync()
    try await it.slapd.modify(disable("ann") + moved("ann").ldapAdd)
    for _ in 0..<2 {
      var report: Report?
      #expect(try await it.calls { report = try await it.sync(expecting: 4) } == [])
      #expect(report?.held.flatMap(\.objects).map(\.number) == ["1001"])
    }
    try await it.command("conflicts", expecting: 1, saying: "which is disabled and which still has 1001")
    try await it.command("approve", saying: "whose entries are disabled")
    let new = "uid=ann,ou=moved,ou=people,dc=example,dc=com"
    try await it.slapd.modify("dn: \(new)\nchangetype: modify\nadd: telephoneNumber\n\(Self.number)\n")
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.command("why", "1001", saying: new)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `gets the number that a pool had given the old one, once that is gone`() async throws {
    let it = try await installation(unnumbered("ann") + unnumbered("bob"))
    try await it.sync()
    let before = try await it.pbx.state().extensions
    try await it.slapd.modify(disable("ann") + moved("ann").ldapAdd)
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
    try await it.remove("ann")
    try await it.remove("bob")
    try await it.slapd.modify(moved("bob").ldapAdd)
    for _ in 0..<2 { #expect(try await it.calls { try await it.sync() } == []) }
    #expect(try await it.pbx.state().extensions == before)
  }

  @Test func `gets its number back from quarantine, of the pool or of the directory`() async throws {
    let it = try await installation(
      unnumbered("ann") + person("cleo", "1003") + person("bob", "1002"), numbers: "rest = \"90d\"")
    try await it.sync()
    for name in ["ann", "cleo"] { try await it.remove(name) }
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1003", "deleteExt 2000"])
    try await it.slapd.modify(unnumbered("dora").ldapAdd + person("eve", "1003").ldapAdd)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 2001"])
    try await it.slapd.modify(moved("ann").ldapAdd + person("cleo", "1003").ldapAdd)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1003", "addExt 2000"])
    let names = try await it.pbx.state().extensions.map { "\($0.number) \($0.firstName)" }
    #expect(names.sorted() == ["1002 bob", "1003 cleo", "2000 ann", "2001 dora"])
  }

  /// After that nothing is known of the person.
  @Test func `is another person's once the old one was forgotten`() async throws {
    let it = try await installation(unnumbered("ann") + person("bob", "1002"), numbers: "rest = \"90d\"")
    try await it.sync()
    try await it.remove("ann")
    try await it.sync()
    try await it.command("forget", uid("ann"), "--yes")
    try await it.slapd.modify(moved("ann").ldapAdd)
    #expect(try await it.calls { try await it.sync() } == ["addExt 2001"])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A number from a pool` {
  private static let source = Settings.users.replacing(
    "ou=people,dc=example,dc=com", with: "ou=moved,ou=people,dc=example,dc=com")

  @Test func `stays with its entry in a source without a pool`() async throws {
    let it = try await Installation(unnumbered("ann") + person("bob", "1002"))
    let people = Settings.users.replacing("filter", with: "scope = \"one\"\nfilter")
    try it.configure(users: people + "\nextension.pool = [\"2000-2009\"]\n" + Self.source, contacts: "")
    try await it.sync()
    try await it.slapd.modify(
      "dn: \(uid("ann"))\nchangetype: modrdn\nnewrdn: uid=ann\ndeleteoldrdn: 1\n"
        + "newsuperior: ou=moved,ou=people,dc=example,dc=com\n\n")
    for _ in 0..<2 {
      var report: Report?
      #expect(try await it.calls { report = try await it.sync(expecting: 3) } == [])
      #expect(report?.problems.map(\.attribute) == ["telephoneNumber"])
    }
  }

  @Test func `is none of a room, a lift or an entry that a source's filter leaves out`() async throws {
    func service(_ name: String, _ classes: [String], _ number: String) -> String {
      let lines = classes.map { "objectClass: \($0)\n" }.joined()
      return "dn: cn=\(name),dc=example,dc=com\n\(lines)cn: \(name)\ntelephoneNumber: \(number)\n\n"
    }
    let it = try await Installation(
      unnumbered("ann") + person("bob", "1002", extra: "facsimileTelephoneNumber: +49 30 9018 2001\n")
        + person("saal", "2002").replacing("inetOrgPerson", with: "inetOrgPerson\nemployeeType: room")
        + service("Zentrale", ["organizationalRole"], "+49 30 9018-2000")
        + service("Aufzug", ["device", "extensibleObject"], "2003")
        + service("Partner", ["organizationalRole"], "+49 40 5555 2004"))
    let people = Settings.users.replacing(
      "(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(employeeType=room)))")
    try it.configure(users: people + "\nextension.pool = [\"2000-2009\"]", contacts: "")
    try await it.command("plan", expecting: 2, saying: "2004")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1002", "addExt 2004"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  /// Its value has two numbers.
  @Test func `is none that an unreadable value contains, and who claims such a one is named`() async throws {
    let it = try await Installation(
      unnumbered("ann") + person("bea", "1005 oder 2000") + person("carl", "1005"))
    let users = Settings.users.replacing("digits | last 4", with: "extension")
    try it.configure(
      users: users + "\nextension.pool = [\"2000-2009\"]", contacts: "", numbers: "ddi = [\"+49 30 9018 1000-2999\"]")
    let report = try await it.sync(expecting: nil)
    #expect(report.changes.map(\.number).sorted() == ["1005", "2001"], "\(report.changes) \(report.problems)")
    #expect(report.problems.first?.reason.contains("uid=carl,") == true, "\(report.problems)")
    try await it.command("lint", expecting: 1, saying: "\(uid("carl")) has the number 1005")
  }
}
