import Foundation
import TestSupport
import Testing

/// Directories whose schema, ids or values are out of all proportion.
@Suite(.timeLimit(.minutes(15))) struct `A directory out of proportion` {
  private static let twelve = (1...12).map { person("p\($0)", String(1000 + $0)) }.joined()

  @Test func `may know thousands of attributes`() async throws {
    let description = String(repeating: "an attribute of the personnel department ", count: 4)
    let types = (1...3000).map { number in
      "attributetype ( 1.3.6.1.4.1.32473.1.\(number) NAME ( 'staff\(number)' 'personnel\(number)' ) DESC '\(description)' "
        + "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"
    }
    let kind = "objectclass ( 1.3.6.1.4.1.32473.2 NAME 'staff' SUP top AUXILIARY MAY ( staff2711 $ staff2712 ) )"
    let it = try await Installation(
      person("ada", "1001", extra: "staff2711: King")
        .replacing("inetOrgPerson", with: "inetOrgPerson\nobjectClass: staff"),
      globals: (types + [kind]).joined(separator: "\n"))
    try it.configure(users: Settings.users.replacing("{sn}", with: "{personnel2711}"), contacts: "")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["King"])
    try it.configure(users: Settings.users.replacing("{sn}", with: "{personel2711}"), contacts: "")
    let report = try await it.sync(expecting: 78)
    #expect(report.error?.message.contains("did you mean staff2711?") == true, "\(report.summary)")
    try await it.command("doctor", expecting: nil, saying: "did you mean staff2711?")
  }

  /// Of the number it leaves everybody out, of a field that may be empty it leaves nothing.
  @Test(arguments: [("{telephoneNumber | digits | last 4}", 12), ("{mail}", 0)])
  func `loses nothing to a pattern that accepts no value, and is reported of it`(template: String, problems: Int)
    async throws
  {
    let it = try await Installation(Self.twelve)
    let right = Settings.users
    try await it.sync()
    let name = template.split { "{} ".contains($0) }[0]
    try it.configure(
      users: right.replacing(template, with: "{\(name) | match \\\"^never$\\\"}"), removal: "", limits: "")
    let calls = try await it.calls {
      for _ in 0..<2 {
        let report = try await it.sync(expecting: nil)
        #expect(report.status == 3 || report.status == 4, "\(report.summary)")
        #expect(report.problems.count >= problems, "\(report.summary)")
      }
      try it.configure(users: right, removal: "", limits: "")
      try await it.sync()
    }
    #expect(calls == [])
  }

  @Test func `is reported at the first run that a pattern accepts no value`() async throws {
    let it = try await Installation(Self.twelve)
    try it.configure(users: Settings.users.replacing("{mail}", with: "{mail | match \\\"^never$\\\"}"))
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added == 12)
    let reason = "extension.email of \"\(Installation.people)\" makes nothing of any of the 12 entries that have mail"
    #expect(report.problems.map(\.reason) == [reason])
    try await it.command("doctor", expecting: nil, saying: reason)
    try await it.sync()
  }

  @Test func `names those who share an id and those who have none, and takes no phone from them`() async throws {
    let it = try await Installation(
      (1...8).map { person("p\($0)", "100\($0)", extra: "employeeNumber: 7000\($0)\n") }.joined())
    try it.configure(
      directory: "identity = \"employeeNumber\"", contacts: "", removal: "complete_reads = 1\nafter = \"0s\"")
    #expect(try await it.calls { try await it.sync() }.count == 8)
    try await it.slapd.modify(
      replace(uid("p2"), "employeeNumber", "70001")
        + "dn: \(uid("p3"))\nchangetype: modify\ndelete: employeeNumber\n\n"
        + person("p9", "1009", extra: "employeeNumber: 70001\n").ldapAdd + person("new", "1010").ldapAdd)
    let calls = try await it.calls {
      for _ in 0..<2 {
        let report = try await it.sync(expecting: nil)
        #expect(report.status != 0, "\(report.summary)")
        let reasons = report.problems.map(\.reason)
        #expect(reasons.contains { $0.contains("has the same employeeNumber") }, "\(reasons)")
        #expect(report.problems.contains { $0.dn == uid("p3") }, "\(report.problems)")
      }
    }
    #expect(calls == [])
    #expect(try await it.pbx.state().extensions.count == 8)
  }

  @Test(arguments: ["givenName", "sn", "mail", "telephoneNumber"])
  func `may have a value of 60 kB, which is named in a few words and costs no more than its field`(attribute: String)
    async throws
  {
    let it = try await Installation(person("ada", "1001", first: "Ada") + person("bob", "1002"))
    try it.configure(
      users: Settings.users.replacing("digits | last 4", with: "extension"), contacts: "",
      numbers: "ddi = [\"+49 30 9018 1000-1999\"]")
    try await it.sync()
    let line = "\(attribute): " + String(repeating: attribute == "telephoneNumber" ? "9" : "x", count: 60_000)
    let huge = person("cid", "1003").split(separator: "\n").map { $0.hasPrefix("\(attribute): ") ? line : String($0) }
    try await it.slapd.modify(
      "dn: \(uid("ada"))\nchangetype: modify\nreplace: \(attribute)\n\(line)\n\n" + replace(uid("bob"), "sn", "New")
        + huge.joined(separator: "\n").ldapAdd)
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    let isOptional = ["sn", "mail"].contains(attribute)
    #expect(calls == (isOptional ? ["addExt 1003", "updateExt 1002"] : ["updateExt 1002"]))
    let ada = try await it.pbx.state().extensions.first { $0.number == "1001" }
    #expect(ada?.firstName == "Ada" && ada?.lastName == "Muster" && ada?.email == "ada@example.com")
    for words in [["why", "ada"], ["why", "1001"], ["--sync-now"], ["status"], ["plan"], ["lint"], ["conflicts"]] {
      let finished = try await it.run(words)
      let said = finished.output + finished.errors
      // A proposal for the directory is whole, or none.
      let prose = said.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("\(attribute): ") }
      #expect(prose.reduce(0) { $0 + $1.utf8.count } < 8000, "\(words): \(prose.map { $0.prefix(200) })")
      #expect(finished.exitStatus < 10, "\(words): \(finished.errors.prefix(300))")
    }
  }
}
