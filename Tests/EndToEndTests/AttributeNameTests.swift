import TestSupport
import Testing

/// A server treats an unknown attribute as one without values.
@Suite(.timeLimit(.minutes(15))) struct `An attribute's name` {
  @Test(arguments: [
    (["{sn}": "{surnam}"], "surnam", "extension.last_name of \"", "did you mean sn?"),
    (["{mail}": "{mial}"], "mial", "extension.email of \"", "did you mean mail?"),
    (["{mail}": "{mail ?? manager.mail}"], "manager.mail", "extension.email of \"", ""),
    (
      ["(objectClass=inetOrgPerson)": "(|(telephoneNumber=*)(moblie=*))"], "moblie", "filter of \"",
      "did you mean mobile?"
    ),
  ])
  func `that the server doesn't know is an error before anything is sent`(
    edits: [String: String], name: String, place: String, guess: String
  ) async throws {
    let it = try await Installation((1...3).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try it.configure(users: edits.reduce(Settings.users) { $0.replacing($1.key, with: $1.value) })
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 78)
      for words in ["has no attribute \(name) ", place, guess] where !words.isEmpty {
        #expect(report.error?.message.contains(words) == true, "\(report.summary)")
      }
    }
    #expect(calls == [])
    try await it.command("doctor", expecting: nil, saying: "has no attribute \(name)")
    // What a proxy hands out its schema needn't have.
    try it.configure(
      directory: "schema = \"never\"", users: Settings.users.replacing("{sn}", with: "{surnam ?? sn}"))
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `may be any other name of it, or its object identifier`() async throws {
    let it = try await Installation(person("ina", "1001", first: "Ina"))
    try await it.sync()
    let users = ["{sn}": "{surname}", "{mail}": "{rfc822Mailbox}", "{givenName}": "{2.5.4.42}"]
    try it.configure(users: users.reduce(Settings.users) { $0.replacing($1.key, with: $1.value) })
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.command("why", "1001", saying: "Ina")
  }

  @Test func `that no entry has is reported by the first run if the schema is hidden`() async throws {
    let it = try await Installation(
      person("ina", "1001"),
      slapd: "access to * by * read", globals: "access to dn.base=\"cn=Subschema\" by * none\naccess to * by * read")
    try it.configure(
      directory: "identity = \"entryUUID\"", users: Settings.users.replacing("{mail}", with: "{mial}"))
    try it.bindAnonymously()
    let report = try await it.sync(expecting: 3)
    #expect(report.problems.contains { $0.reason.contains("has mial, which extension.email asks for") })
    try await it.sync()
  }
}

/// What most had and now lack looks like an access rule.
@Suite(.timeLimit(.minutes(15))) struct `Values that vanish` {
  @Test func `stay on the PBX, mail nobody when they are back, and go once that was approved`() async throws {
    let names = (1...12).map { "p\($0)" }
    let it = try await Installation(
      names.enumerated().map { person($1, String(1001 + $0)) }.joined())
    try await it.sync()
    for name in names { try await it.slapd.modify("dn: \(uid(name))\nchangetype: modify\ndelete: mail\n\n") }
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 4)
      #expect(report.held.count == 1 && report.mails == 0)
    }
    #expect(calls == [])
    let held = try await it.command("approve", saying: "12 of 12 extensions would lose their email")
    #expect(held.contains("p1@example.com -> (empty)"))
    for name in names {
      try await it.slapd.modify("dn: \(uid(name))\nchangetype: modify\nadd: mail\nmail: \(name)@example.com\n\n")
    }
    #expect(try await it.calls { try await it.sync() } == [])
    for name in names { try await it.slapd.modify("dn: \(uid(name))\nchangetype: modify\ndelete: mail\n\n") }
    let again = try await it.sync(expecting: 4)
    try await it.command("approve", again.held[0].name)
    #expect(try await it.calls { try await it.sync() }.count == 12)
    #expect(try await it.pbx.state().extensions.allSatisfy { $0.email.isEmpty })
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Two entries with one id` {
  /// As of a copied LDIF or a virtual directory.
  static let id = "entryUUID: 11111111-2222-4333-8444-555555555555\n"

  @Test func `are both named, and what is there stays as it is`() async throws {
    let it = try await Installation(
      person("ina", "1001", extra: Self.id) + person("copy", "1002", extra: Self.id) + person("bo", "1003"))
    let report = try await it.sync(expecting: 69)
    #expect(report.counts.added == 1)
    let problem = try #require(report.problems.first)
    #expect(problem.reason.contains("has the same entryUUID") && problem.reason.contains("uid="))
    try await it.remove("copy")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.number).sorted() == ["1001", "1003"])
  }

  /// As by a slip of the pen in an id that people write.
  @Test func `cost nobody the phone whose own id is gone`() async throws {
    let it = try await Installation(
      person("ina", "1001", extra: "employeeNumber: 1\n") + person("bo", "1002", extra: "employeeNumber: 2\n"))
    try it.configure(
      directory: "identity = \"employeeNumber\"", removal: "complete_reads = 1\nafter = \"0s\"\nmax_percent = 100")
    try await it.sync()
    try await it.slapd.modify(replace(uid("bo"), "employeeNumber", "1"))
    #expect(try await it.calls { try await it.sync(expecting: 69) } == [])
  }
}
