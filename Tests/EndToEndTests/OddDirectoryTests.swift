import Foundation
import TestSupport
import Testing

/// Directories that lack what others have, or have it in their own way.
@Suite(.timeLimit(.minutes(15))) struct `An odd directory` {
  private static let hidden = "access to dn.base=\"\" by * none\naccess to dn.base=\"cn=Subschema\" by * none"
  private static let left = "(employeeType=left)"

  @Test func `that hides what it is and has no pages is read by the id and the size that are configured`() async throws
  {
    let it = try await Installation(
      person("ada", "1001") + person("bob", "1002") + partner("X", "+49 30 227 1"), globals: Self.hidden)
    try it.configure(directory: "identity = \"uid\"\npage_size = 0", contacts: "")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001", "addExt 1002"])
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.slapd.modify(
      "dn: \(uid("ada"))\nchangetype: modrdn\nnewrdn: cn=Ada\ndeleteoldrdn: 0\nnewsuperior: ou=moved,\(Installation.people)\n"
    )
    #expect(try await it.calls { try await it.sync() } == [], "it is the same entry elsewhere")
    try await it.remove("bob")
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1002"])
    try await it.command("doctor", saying: "the server shows no root DSE")
  }

  @Test func `that doesn't say what its ids are needs to be told`() async throws {
    let it = try await Installation(person("ada", "1001"), globals: Self.hidden)
    let report = try await it.sync(expecting: 69)
    #expect(report.error?.message.contains("shows no root DSE") == true)
    #expect(report.error?.remedy.contains("[directory] identity") == true)
    try await it.command("doctor", expecting: 1, saying: "[directory] identity")
  }

  @Test func `whose ids are bytes is reported so`() async throws {
    let it = try await Installation(person("ada", "1001", extra: "audio:: /wAK\n"))
    try it.configure(directory: "identity = \"audio\"", contacts: "")
    let report = try await it.sync(expecting: 69)
    #expect(!report.complete && report.problems.map(\.remedy).contains { $0.contains("identity_syntax") })
    try it.configure(directory: "identity = \"audio\"\nidentity_syntax = \"octets\"", contacts: "")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"])
    try await it.command("why", "1001", saying: "ff000a")
  }

  @Test func `tells by a filter who is off, and their phones go`() async throws {
    let it = try await Installation(person("ada", "1001") + person("bob", "1002", extra: "employeeType: left\n"))
    try it.configure(users: Settings.users + "\ndisabled = \"\(Self.left)\"", contacts: "")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"])
    try await it.command("why", uid("bob"), saying: "the account is disabled")
    try await it.slapd.modify(
      replace(uid("ada"), "employeeType", "left") + replace(uid("bob"), "employeeType", "staff"))
    #expect(try await it.calls { try await it.sync() } == ["addExt 1002", "deleteExt 1001"])
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.command("doctor", saying: "1 disabled by \(Self.left)")
  }

  @Test func `tells by a filter who is off, also of one entry that has changed`() async throws {
    let it = try await Installation(
      person("ada", "1001") + person("bob", "1002", extra: "employeeType: left\n"), slapd: "overlay syncprov")
    try it.configure(
      users: Settings.users + "\ndisabled = \"\(Self.left)\"", contacts: "", schedule: "poll = \"1h\"")
    let service = try Service(it)
    try await service.runs(1)
    let calls = try await it.calls {
      try await it.slapd.modify(replace(uid("bob"), "sn", "Off") + replace(uid("ada"), "sn", "On"))
      try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["On"] }
    }
    #expect(calls == ["updateExt 1001"])
    #expect(await service.stop() == 0)
  }

  @Test(arguments: ["(noSuchAttribute=x)", "(=x)"])
  func `is asked for nobody by a filter for disabled accounts that it can't decide`(filter: String) async throws {
    let it = try await Installation(person("ada", "1001"))
    try it.configure(users: Settings.users + "\ndisabled = \"\(filter)\"", contacts: "")
    let report = try await it.sync(expecting: 78)
    #expect(
      report.error?.message.contains(filter == "(=x)" ? "ou=people" : "noSuchAttribute") == true, "\(report.summary)")
    #expect(try await it.pbx.state().requests == 0)
  }
}
