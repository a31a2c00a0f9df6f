import TestSupport
import Testing

/// A number that somebody else has by now stays in service.
@Suite(.timeLimit(.minutes(15))) struct `A number whose holder is gone` {
  private static let shipped = ""

  private func company() async throws -> Installation {
    let people = (0..<30).map { person("p\($0)", String(1000 + $0)) }.joined()
    let it = try await Installation(people + partner("Old", "+49 30 227 1"))
    try await it.sync()
    try it.configure(removal: Self.shipped)
    return it
  }

  @Test func `passes on at once, by one update`() async throws {
    let it = try await company()
    try await it.remove("p1")
    try await it.slapd.modify(person("new", "1001").ldapAdd)
    #expect(try await it.calls { try await it.sync() } == ["updateExt 1001"])
    try await it.slapd.modify("dn: \(cn("Old"))\nchangetype: delete\n\n" + partner("New", "+49 30 227 1").ldapAdd)
    #expect(try await it.calls { try await it.sync() } == ["updatePhonebook 49302271"])
  }

  /// All entries have another immutable ID then, also one that can't be mapped at the moment.
  @Test func `stays with the holder, whose entry isn't usable, when identity is edited`() async throws {
    let it = try await Installation(person("anna", "1001") + person("carl", "1003") + person("emil", "1005"))
    try await it.sync()
    try await it.slapd.modify(
      "dn: \(uid("anna"))\nchangetype: modify\ndelete: givenName\n\n" + replace(uid("carl"), "telephoneNumber", "1001"))
    try await it.sync(expecting: 3)
    try it.configure(directory: "identity = \"uid\"")
    let calls = try await it.calls {
      for _ in 0..<3 { try await it.sync(expecting: nil) }
    }
    #expect(calls == [])
    try await it.command("status", saying: "3 managed")
    try await it.command("approve", saying: "created again")
  }

  @Test func `stays with a person whose account was created again with another DN and without a number`() async throws {
    let it = try await company()
    try it.configure()
    try await it.remove("p1")
    let new = person("x1", "0").replacing("mail: x1@", with: "mail: p1@")
      .replacing("telephoneNumber: +49 30 9018 0\n", with: "")
    try await it.slapd.modify(new.ldapAdd)
    let calls = try await it.calls {
      for _ in 0..<3 { try await it.sync(expecting: nil) }
    }
    #expect(calls == [])
    try await it.command("approve", saying: "uid=x1,")
  }

  @Test func `stays with a holder who isn't seen for a while, where two had it before`() async throws {
    let it = try await company()
    try await it.slapd.modify(person("mate", "1001").ldapAdd)
    let calls = try await it.calls {
      try await it.sync(expecting: 3)
      try await it.remove("p1")
      let report = try await it.sync(expecting: 3)
      #expect(report.conflicts.first?.reason?.contains("earliest removal") == true, "\(report.conflicts)")
    }
    #expect(calls == [])
    try it.configure(removal: "complete_reads = 3\nafter = \"0s\"")
    try await it.sync(expecting: nil)
    try await it.sync(expecting: nil)
    #expect(try await it.pbx.state().extensions.first { $0.number == "1001" }?.firstName == "mate")
  }

  @Test func `is handed over after it was withdrawn, and is removed later if no entry has it`() async throws {
    let it = try await company()
    func take(from name: String) -> String {
      "dn: \(uid(name))\nchangetype: modify\ndelete: telephoneNumber\n\n"
    }
    try await it.slapd.modify(take(from: "p1") + person("new", "1001").ldapAdd + take(from: "p2"))
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 3)
      #expect(report.waiting.map(\.number) == ["1002"])
    }
    #expect(calls == ["updateExt 1001"])
    try it.configure(removal: "complete_reads = 2\nafter = \"0s\"")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["deleteExt 1002"])
  }

  @Test func `is created again if the configuration says so, and the conflict says when`() async throws {
    let it = try await company()
    try it.configure(numbers: "handover = \"recreate\"", removal: Self.shipped)
    try await it.remove("p1")
    try await it.slapd.modify(person("new", "1001").ldapAdd)
    let report = try await it.sync(expecting: 3)
    let reason = try #require(report.conflicts.first?.reason)
    #expect(reason.contains("belongs to uid=p1,") && reason.contains("earliest removal"), "\(reason)")
    try it.configure(numbers: "handover = \"recreate\"")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001", "deleteExt 1001"])
  }
}
