import TestSupport
import Testing

/// What an admin may want to correct before the PBX has anything.
@Suite(.timeLimit(.minutes(15))) struct `The dry run of a first load` {
  private static let room =
    "dn: cn=Saal,dc=example,dc=com\nobjectClass: room\ncn: Saal\ntelephoneNumber: 030/9018 1001\n\n"

  @Test func `counts the values that only their order decides, with an example`() async throws {
    let it = try await Installation(
      person("ann", "1001").replacing("mail: ann@", with: "mail: a2@example.com\nmail: a3@example.com\nmail: a1@")
        + person("bob", "1002").replacing("mail: bob@", with: "mail: b2@example.com\nmail: b1@"))
    let text = "2 fields of wanted objects have several values"
    let example = "the e-mail address a1@example.com of \(uid("ann")), and not a2@example.com, a3@example.com"
    try await it.command("plan", expecting: 2, saying: example)
    let said = try await it.command("--sync-now", "--dry-run", expecting: 2, saying: text)
    #expect(said.contains("lint"), "\(said)")
    #expect(!(try await it.command("--sync-now").contains(text)))
    #expect(!(try await it.command("plan").contains("several values")), "the PBX has one of them")
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    #expect(!(try await it.command("plan", expecting: 2).contains("several values")), "it stays")
  }

  @Test func `names who else has a number, and so does why`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002") + Self.room)
    let room = "cn=Saal,dc=example,dc=com"
    let text = "1 number of new extensions is shown by other entries too: 1001 of \(uid("ann")): \(room)"
    try await it.command("plan", expecting: 2, saying: text)
    try await it.command("why", "1001", saying: room)
    try await it.sync()
    try await it.command("why", "1001", saying: "1001 isn't free, because \(uid("ann")) has it; \(room) has it too")
    #expect(!(try await it.command("plan").contains("other entries too")))
  }

  /// A conflict says it already.
  @Test func `doesn't say twice that two people have one number`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1001"))
    let said = try await it.command("plan", expecting: 2, saying: "duplicate number")
    #expect(!said.contains("other entries too"), "\(said)")
  }
}
