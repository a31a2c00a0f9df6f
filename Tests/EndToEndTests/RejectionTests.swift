import TestSupport
import Testing

/// What an admin rejected stays so, and ends only in view.
@Suite(.timeLimit(.minutes(15))) struct `A rejected edit of a template` {
  private static let upper = Settings.users.replacing("{sn}", with: "{sn | upper}")

  private func rejected() async throws -> Installation {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try it.configure(users: Self.upper, limits: "[update]\nmax_count = 5")
    try await it.command("reject", try #require(try await it.sync(expecting: 4).held.first?.name))
    return it
  }

  @Test func `is told where a person gets it with another change`() async throws {
    let it = try await rejected()
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.command("plan", expecting: nil, saying: "rejected by an admin")
    try await it.slapd.modify(replace(uid("p1"), "givenName", "Neu"))
    let text = "the update of extension 1001 also makes last_name Muster -> MUSTER, which an admin rejected"
    try await it.command("plan", expecting: 2, saying: text)
    let run = try await it.run(["--sync-now"])
    #expect(run.output.contains(text) && run.errors.contains("A rejection has ended: \(text)"), "\(run)")
  }

  @Test func `is explained by the first and the last template after a second edit`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try it.configure(users: Self.upper, limits: "[update]\nmax_count = 5")
    try await it.sync(expecting: 4)
    let second = Settings.users.replacing("{sn}", with: "{sn} X")
    try it.configure(users: second, limits: "[update]\nmax_count = 5")
    let text = "its template was {sn} and is now {sn} X"
    try await it.command("--sync-now", expecting: 4, saying: text)
    try await it.command("approve", saying: text)
  }

  /// The object stays although no entry wants it.
  @Test func `or removal names the ways out of its list`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    let narrow = Settings.users.replacing(
      "(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(uid=p1)))")
    try it.configure(users: narrow)
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command("status", saying: "no longer found since the filter")
    try await it.command("reject", name)
    try await it.command("--sync-now", expecting: nil, saying: "to leave an object to the PBX for good:")
    try await it.command("approve", saying: "to leave an object to the PBX for good:")
    try await it.command("status", saying: "Search settings")
    try await it.command("release", "1001", "--yes")
    let list = try await it.command("--sync-now", expecting: nil)
    #expect(!list.contains("rejected by an admin"), "\(list)")
    let status = try await it.command("status")
    #expect(!status.contains("Search settings") && !status.contains("Rejected"), "\(status)")
  }
}
