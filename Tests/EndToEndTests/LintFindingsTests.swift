import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Numbers that are written in two ways` {
  private let contacts = Settings.contacts.replacing(
    "[\"{telephoneNumber}\", \"{mobile}\"]", with: "[\"{telephoneNumber | digits}\", \"{mobile | digits}\"]")

  private func vienna(_ entries: String) async throws -> Installation {
    let it = try await Installation(entries)
    let text = try it.configuration().replacing(Settings.contacts, with: contacts)
    try it.write("pbxsyncd.toml", text.replacing("country = \"DE\"", with: "country = \"AT\""))
    return it
  }

  @Test(arguments: ["conflicts", "lint"])
  func `are found among contacts, and both are named`(command: String) async throws {
    let it = try await vienna(
      partner("Bauer", "+43 1 58858") + partner("Eins", "0043 1 58858", extra: "mobile: 0664 1234567\n")
        + partner("Zwei", "01 58858") + partner("Drei", "+43 1 58859"))
    let report = try await it.sync()
    #expect(report.counts.added == 5, "nothing is stopped")
    let said = try await it.command(command, expecting: 1)
    for part in [
      "telephoneNumber \"01 58858\"", "telephoneNumber \"0043 1 58858\"",
      "are the same number, +43158858, in two formats",
      "cn=Bauer", "cn=Eins", "cn=Zwei",
    ] {
      #expect(said.contains(part), "\(part) in \(said)")
    }
    #expect(!said.contains("cn=Drei"))
    if command == "lint" { #expect(said.contains("2 number written in two ways")) }
    #expect(!said.contains("changetype"), "its owner is unknown")
  }

  @Test func `are found in one entry, and written in one way`() async throws {
    let it = try await vienna(partner("Bauer", "+43 1 58858", extra: "mobile: 01/58858\n"))
    let said = try await it.command("conflicts", expecting: 1)
    #expect(said.contains("in two formats"))
    let ldif = said.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
    try await it.slapd.modify(ldif + "\n\n")
    try await it.command("conflicts", saying: "No conflicts")
    try await it.sync()
    #expect(try await it.pbx.state().contacts.count == 1)
  }

  @Test func `are found among extensions, whose holder keeps the number`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(users: Settings.users.replacing("digits | last 4", with: "digits"))
    try await it.sync()
    try await it.slapd.modify(person("bob", "1001").replacing("+49 30", with: "0049 30").ldapAdd)
    let said = try await it.command("conflicts", expecting: 1)
    #expect(said.contains("extension 00493090181001 for \(uid("bob"))"), "\(said)")
    #expect(said.contains("of \(uid("ann")) are the same number, +493090181001"))
    #expect(!said.contains("changetype"), "both have their numbers on the PBX")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A lint of every kind` {
  /// Each sort of trouble that an admin looks for has a topic of its own.
  @Test func `names extensions that are dialled in an emergency`() async throws {
    let it = try await Installation(person("ann", "112").replacing("+49 30 9018 112", with: "+49 30 9018 0112"))
    try it.configure(
      users: Settings.users.replacing("digits | last 4", with: "extension"),
      numbers: "ddi = [\"+49 30 9018 0100-0199 = 100-199\"]")
    let said = try await it.command("lint", expecting: 1, saying: "1 emergency number")
    #expect(said.contains("the number 112 is an emergency number"), "\(said)")
  }

  /// By the country of the PBX; `allow_emergency` is the admin's decision.
  @Test func `and a run creates such an extension only if the configuration allows it`() async throws {
    let it = try await Installation(person("ann", "112") + person("bob", "1001"))
    let users = Settings.users.replacing("digits | last 4", with: "digits | last 3")
    try it.configure(users: users, contacts: "")
    try await it.sync(expecting: 3)
    #expect(try await it.pbx.state().extensions.map(\.number) == ["001"])
    try await it.command("conflicts", expecting: 1, saying: "name 112 in allow_emergency")
    try it.configure(users: users, contacts: "", numbers: "allow_emergency = [\"112\"]")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.number).sorted() == ["001", "112"])

    // An extension that exists stays, and follows its entry.
    try it.configure(users: users, contacts: "")
    try await it.slapd.modify("dn: \(uid("ann"))\nchangetype: modify\nreplace: givenName\ngivenName: Anna\n\n")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.firstName).sorted() == ["Anna", "bob"])
    try await it.command("conflicts", saying: "No conflicts")
  }

  @Test func `names each by its topic, with a remedy`() async throws {
    let it = try await Installation(
      person("ann", "1001") + person("twin", "1001") + person("far", "9000") + person("boss", "1000")
        + person("none", "1005").replacing("telephoneNumber: +49 30 9018 1005\n", with: "")
        + person("word", "1006").replacing("+49 30 9018 1006", with: "n/a")
        + person("long", "1007").replacing("+49 30 9018 1007", with: String(repeating: "9", count: 200))
        + person("byte", "1008", extra: "jpegPhoto:: /9j/\n")
        + person("nameless", "1009").replacing("givenName: nameless\n", with: "")
        + person("post", "1010").replacing("mail: post@", with: "mail: post at ")
        + person("many", "1011", extra: "telephoneNumber: +49 30 9018 1012\n"))
    try it.configure(
      users: Settings.users.replacing("{sn}", with: "{jpegPhoto ?? sn}"),
      numbers: "extension_ranges = [\"1000-1099\"]\nprotected = [\"1000\"]")
    let said = try await it.command("lint", expecting: 1)
    for topic in [
      "1 duplicate number", "2 number out of range", "1 protected number", "1 telephoneNumber missing",
      "telephoneNumber unusable", "1 givenName missing", "1 mail unusable", "1 ambiguous number",
      "1 jpegPhoto unusable", "1 ambiguous caller id", "1 odd digits cut off",
    ] {
      #expect(said.contains(topic), "\(topic) in \(said)")
    }
    #expect(said.contains("\"+49 30 9018 1011\" is used, as the first in byte order"))
    #expect(said.contains("\"+49 30 9018 1012\" would make 1012"))
    #expect(!said.contains("changetype"), "a second number has no other place")
    #expect(!(try await it.command("conflicts", expecting: 1)).contains("uid=many"), "it is no conflict")
    let run = try await it.sync(expecting: 3)
    #expect(run.counts.added == 4, "the good ones are served: ann or twin, and many; of post and byte a field is lost")
  }
}
