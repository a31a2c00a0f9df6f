import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The doctor` {
  @Test func `passes all checks of a working setup, and changes nothing`() async throws {
    let it = try await Installation(person("ann", "1001") + partner("Bauer", "+49 30 901820"))
    try it.configure(directory: "canaries = [\"\(uid("ann"))\"]")
    let said = try await it.command("doctor", saying: "All checks passed.")
    for part in ["connection and bind", "entryUUID", "1 entry in 1 page", "canary", "key accepted", "free disk"] {
      #expect(said.contains(part), "\(part) in \(said)")
    }
    let state = try await it.pbx.state()
    #expect(state.extensions.isEmpty && state.contacts.isEmpty && state.mails.isEmpty)
  }

  @Test func `warns of a configuration without a canary`() async throws {
    let it = try await Installation(person("ann", "1001") + partner("Bauer", "+49 30 901820"))
    try await it.command("doctor", saying: "WARN  canaries: none")
  }

  @Test func `says what to do about each thing that is wrong`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(
      servers: [it.slapd.ldapURI, "ldap://127.0.0.1:1"], directory: "canaries = [\"\(uid("gone"))\"]",
      users: Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(uid=nobody)"))
    try it.write("pbx-key", "a-wrong-key")
    let said = try await it.command("doctor", expecting: 1, saying: "5 of ")
    for part in [
      "FAIL  ldap://127.0.0.1:1, name and TCP: ", "canary \(uid("gone")): not found", "no entries",
      "Next step: check base, filter and access: ldapsearch",
      "key refused", "write it to \(it.folder.path)/pbx-key",
    ] {
      #expect(said.contains(part), "\(part) in \(said)")
    }
    #expect(!said.contains("a-wrong-key") && !said.contains(it.slapd.password))
  }

  /// 389 Directory Server hides it so by default.
  @Test(arguments: ["entryUUID", "telephoneNumber"])
  func `fails by an attribute that is hidden, where each run does`(hidden: String) async throws {
    let it = try await Installation(
      person("ann", "1001"), slapd: "access to attrs=\(hidden) by * none\naccess to * by * read")
    try it.configure(contacts: "")
    try it.bindAnonymously()
    try await it.sync(expecting: hidden == "entryUUID" ? 69 : 3)
    try await it.command("doctor", expecting: 1, saying: "FAIL")
  }

  /// A hidden number looks like somebody who has none.
  @Test(arguments: [(numbered: 1, warns: true), (3, false)])
  func `says how many would get a number from a pool`(numbered: Int, warns: Bool) async throws {
    let people = (0..<numbered).map { person("p\($0)", "100\($0)") }.joined()
    let it = try await Installation(people + unnumbered("ann") + unnumbered("bob"))
    try it.configure(
      directory: "canaries = [\"\(uid("p0"))\"]", users: Settings.users + "\nextension.pool = [\"2000-2009\"]",
      contacts: "")
    let said = try await it.command(
      "doctor", saying: "2 of \(numbered + 2) people would get a number from the pool 2000-2009")
    #expect(said.contains("WARN") == warns && said.contains("No check failed, 1 warning.") == warns, "\(said)")
    #expect(!warns || said.contains("because they have no telephoneNumber"), "\(said)")
    try await it.sync()
    let after = try await it.command("doctor", saying: "All checks passed.")
    #expect(!after.contains("would get a number"), "\(after)")
  }

  @Test func `names what everybody may write to`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    for (path, mode) in [(it.configurationFile, 0o666), (it.stateFolder, 0o777)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
    let said = try await it.command("doctor", expecting: 1, saying: "chmod 0644 \(it.configurationFile)")
    #expect(said.contains("chmod 0700 \(it.stateFolder)"), "\(said)")
  }

  @Test func `looks at the rest when the PBX is away`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try it.configure(contacts: "")
    try await it.sync()
    try await it.pbx.stop()
    let said = try await it.command("doctor", expecting: 1, saying: "1 of ")
    #expect(said.contains("timeout 5 bash -c") && said.contains("OK, 1 managed object"))
  }
}
