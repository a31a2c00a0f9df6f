import Foundation
import TestSupport
import Testing

/// LDIF that gives an entry one more value of an attribute.
private func add(_ dn: String, _ attribute: String, _ value: String) -> String {
  replace(dn, attribute, value).replacing("replace: ", with: "add: ")
}

@Suite(.timeLimit(.minutes(15))) struct `A second value in the directory` {
  /// By any read: a full read, the entry of a notification, or a read of the entries changed since the last one.
  @Test func `changes nothing on the PBX as long as the value in use is listed`() async throws {
    let it = try await Installation(person("falk", "1001") + person("bob", "1002"))
    try await it.sync()
    try await it.sync()
    let calls = try await it.calls {
      try await it.slapd.modify(
        add(uid("falk"), "telephoneNumber", "+1 212 555 0147") + add(uid("falk"), "mail", "a.falk@old.example.com")
          + add(uid("falk"), "sn", "Ab"))
      try await it.command("plan", saying: "nothing to do")
      for _ in 0..<2 {
        let report = try await it.sync()
        #expect(report.counts.updated == 0)
      }
    }
    #expect(calls == [])
    let said = try await it.command("why", "1001")
    for part in [
      "\"+49 30 9018 1001\" is used, because the PBX has it", "\"falk@example.com\" is used, because the PBX has it",
      "wants extension 1001: first_name \"falk\"", "Next run: no changes",
    ] {
      #expect(said.contains(part), "\(part) in \(said)")
    }
    let lint = try await it.command("lint", expecting: 1)
    for topic in ["1 ambiguous number", "1 ambiguous e-mail address", "1 ambiguous last name"] {
      #expect(lint.contains(topic), "\(topic) in \(lint)")
    }
    let after = try await it.calls {
      try await it.slapd.modify(
        "dn: \(uid("falk"))\nchangetype: modify\ndelete: mail\nmail: falk@example.com\n\n")
      try await it.sync()
    }
    #expect(after == ["updateExt 1001"])
  }

  @Test func `is skipped if the steps don't accept it`() async throws {
    let it = try await Installation(
      person("ina", "1120", extra: "telephoneNumber: +49 171 3920012\nmail: ina\n")
        + partner("Bauer", "+49 30 901820", extra: "telephoneNumber: +49 30 901821\n"))
    try it.configure(
      users: Settings.users.replacing("digits | last 4", with: "extension"),
      contacts: Settings.contacts.replacing("{telephoneNumber}", with: "{telephoneNumber | all}"),
      numbers: "ddi = [\"+49 30 9018 1000-1999\"]")
    let report = try await it.sync()
    #expect(report.counts.added == 3)
    #expect(try await it.pbx.state().extensions.map { [$0.number, $0.email] } == [["1120", "ina@example.com"]])
    try await it.command("why", "1120", saying: "skipped \"+49 171 3920012\"")
    #expect(try await it.pbx.state().contacts.count == 2)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A bad value` {
  @Test func `costs the field and not the phone`() async throws {
    let it = try await Installation(person("ina", "1001") + person("bob", "1002"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("ina"), "mail", "ina"))
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 3)
      #expect(report.counts.updated == 0)
    }
    #expect(calls == [])
    try await it.slapd.modify(replace(uid("ina"), "sn", "Neu"))
    try await it.sync(expecting: 3)
    let ina = try await it.pbx.state().extensions.first { $0.number == "1001" }
    #expect(ina?.lastName == "Neu" && ina?.email == "ina@example.com")
    try await it.slapd.modify(person("eve", "1003").replacing("mail: eve@example.com", with: "mail: n/a").ldapAdd)
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added == 1)
    try await it.command("conflicts", expecting: 1, saying: "the entry keeps the e-mail address")
    // Another entry gets nobody's address with the number.
    try await it.remove("bob")
    try await it.slapd.modify(person("fay", "1002").replacing("mail: fay@example.com", with: "mail: n/a").ldapAdd)
    let said = try await it.command("--sync-now", expecting: 3, saying: "email bob@example.com -> (empty)")
    #expect(said.contains("Field without a usable value") && !said.contains("as it is"), "\(said)")
  }
}
