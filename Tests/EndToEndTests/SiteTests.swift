import Foundation
import TestSupport
import Testing

/// LDIF of a unit below the people.
private func unit(_ name: String) -> String {
  "dn: ou=\(name),ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: \(name)\n\n"
}

/// LDIF of a person in a unit, with a number as written.
private func person(_ uid: String, in unit: String, number: String, extra: String = "") -> String {
  EndToEndTests.person(uid, "0", extra: extra).replacing("ou=people", with: "ou=\(unit),ou=people")
    .replacing("+49 30 9018 0", with: number)
}

@Suite(.timeLimit(.minutes(15))) struct `Sites of one directory` {
  private let users = Settings.users.replacing("digits | last 4", with: "extension")

  private static let sites = """
    area = "30"
    ddi = ["+49 30 9018 0000-4999"]

    [[sites]]
    name = "hamburg"
    base = "ou=hamburg,ou=people,dc=example,dc=com"
    area = "40"
    ddi = ["+49 40 555 000-999 = 5000-5999"]

    [[sites]]
    name = "vienna"
    attribute = "l"
    value = "Wien"
    country = "AT"
    area = "1"
    ddi = ["58858 6000-6999"]
    """

  private func three() async throws -> Installation {
    let it = try await Installation(
      unit("hamburg") + person("ann", in: "moved", number: "9018-1234")
        + person("bob", in: "hamburg", number: "555 017")
        + person("cleo", in: "moved", number: "58858 6017", extra: "l: wien\n")
        + person("dan", in: "hamburg", number: "+49 30 9018 1235"))
    try it.configure(users: users, numbers: Self.sites)
    return it
  }

  @Test func `have extensions and caller ids by their own blocks, area codes and countries`() async throws {
    let it = try await three()
    let report = try await it.sync(expecting: 3)
    let extensions = try await it.pbx.state().extensions
    #expect(extensions.map(\.number).sorted() == ["1234", "5017", "6017"])
    #expect(
      Set(extensions.map(\.callerID)) == ["493090181234", "4940555017", "431588586017"])
    #expect(report.problems.map(\.attribute) == ["telephoneNumber"])
    let problem = try #require(report.problems.first)
    #expect(problem.dn.hasPrefix("uid=dan"))
    #expect(problem.reason == "+493090181235 is in no DDI block of site \"hamburg\"")
    #expect(problem.remedy.contains("ddi of site \"hamburg\""))
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [], "a second run sends nothing")
    #expect(try await it.command("why", "5017").contains("site \"hamburg\""))
    #expect(try await it.command("lint", expecting: 1).contains("1 telephoneNumber unusable"))
  }

  /// As shipped but for the times: who moves to another number by an edited block keeps the one in use until that is approved.
  @Test func `that are given other blocks take nobody's extension away`() async throws {
    let it = try await three()
    try await it.sync(expecting: 3)
    try it.configure(
      users: users,
      numbers: Self.sites.replacing("5000-5999", with: "7000-7999").replacing("6000-6999", with: "4000-4999"))
    for _ in 1...3 { _ = try await it.run(["--sync-now"]) }
    let state = try await it.pbx.state()
    #expect(state.calls["deleteExt"] == nil)
    #expect(Set(state.extensions.map(\.number)).isSuperset(of: ["1234", "5017", "6017"]))
    #expect(try await it.run(["approve"]).output.contains("how the numbers of"))
  }

  @Test func `are named where no entry is of them, and the run goes on`() async throws {
    let it = try await three()
    try it.configure(
      users: users,
      numbers: Self.sites.replacing("ou=hamburg", with: "ou=hamburk").replacing("\"Wien\"", with: "\"Wean\""))
    let finished = try await it.run(["--sync-now", "--json"])
    #expect(finished.exitStatus == 3)
    #expect(finished.output.contains("\"vacant_sites\":[\"hamburg\",\"vienna\"]"), "\(finished.output)")
    let said = try await it.command("lint", expecting: 1)
    #expect(said.contains("the configuration: 1 site without entries"), "\(said)")
    #expect(said.contains("Site \"vienna\" has no entries (attribute = \"l\", value = \"Wean\")"), "\(said)")
    #expect(try await it.command("conflicts", expecting: 1).contains("Site \"hamburg\" has no entries"))
  }

  @Test(.enabled("needs mount namespaces") { await Hidden.isPossible() })
  func `are warned of where no entry is of them`() async throws {
    let it = try await three()
    try it.configure(users: users, numbers: Self.sites.replacing("ou=hamburg", with: "ou=hamburk"))
    let session = try Hidden.launch("'\(Installation.binary)' --config '\(it.configurationFile)' --sync-now || true")
    _ = await session.waitUntilExit()
    #expect(
      session.errors.contains("<4>Site \"hamburg\" has no entries (base = \"ou=hamburk,"), "\(session.errors)")
    #expect(!session.errors.contains("vienna"))
  }

  @Test func `get a free number of their block written in full`() async throws {
    let it = try await Installation(
      unit("hamburg") + person("ann", in: "hamburg", number: "555 017")
        + person("bob", in: "hamburg", number: "040/555017"))
    try it.configure(users: users, numbers: "extension_ranges = [\"5017-5099\"]\n" + Self.sites)
    try await it.sync(expecting: 3)
    let said = try await it.command("conflicts", expecting: 1)
    // Only the order of IDs decided who has it, so the record is an example in comments.
    let example = said.split(separator: "\n").filter { $0.hasPrefix("#   ") }.map { $0.dropFirst(4) }
    let ldif = example.joined(separator: "\n") + "\n\n"
    #expect(ldif.contains("018"), "\(said)")
    try await it.slapd.modify(ldif)
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.number).sorted() == ["5017", "5018"])
  }

  @Test func `refuse blocks that overlap, at their place`() async throws {
    let it = try await three()
    try it.configure(users: users, numbers: Self.sites.replacing("4999\"", with: "4999\", \"+49 30 9018 4000-5999\""))
    let finished = try await it.run(["--check-config"])
    #expect(finished.exitStatus == 78)
    #expect(finished.errors.contains("share numbers; let each number be in only one block"), "\(finished.errors)")
    #expect(finished.errors.contains("\(it.configurationFile):"))
  }
}
