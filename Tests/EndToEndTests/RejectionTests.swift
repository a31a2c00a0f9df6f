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

  @Test func `isn't explained by a template whose edit was taken back`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    let limits = "[update]\nmax_count = 2"
    for index in 0..<4 { try await it.slapd.modify(replace(uid("p\(index)"), "sn", "Neu")) }
    for users in [Settings.users, Self.upper, Settings.users] {
      try it.configure(users: users, limits: limits)
      try await it.sync(expecting: 4)
    }
    for command in ["approve", "--sync-now"] {
      let run = try await it.run([command])
      #expect(run.output.contains("last_name changes for 4 of 4") && !run.output.contains("template"), "\(run)")
    }
  }

  /// One source's template is edited after another's.
  @Test func `is explained by the templates of each source after two edits`() async throws {
    let it = try await Installation(
      (0..<9).map { person("p\($0)", "100\($0)", extra: "l: \($0 < 4 ? "A" : "B")\n") }.joined())
    func source(_ place: String, _ lastName: String) -> String {
      Settings.users.replacing("(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(l=\(place)))")
        .replacing("[[users]]", with: "[[users]]\nname = \"\(place)\"").replacing("{sn}", with: lastName) + "\n"
    }
    func configure(_ a: String, _ b: String) throws {
      try it.configure(users: source("A", a) + source("B", b), limits: "[update]\nmax_count = 2")
    }
    try configure("{sn}", "{sn}")
    try await it.sync()
    try configure("{sn | upper}", "{sn}")
    try await it.sync(expecting: 4)
    try configure("{sn | upper}", "{sn} X")
    let text =
      "its template in \"A\" was {sn} and is now {sn | upper}, its template in \"B\" was {sn} and is now {sn} X"
    try await it.command("--sync-now", expecting: 4, saying: text)
    try await it.command("approve", saying: text)
    try configure("{sn}", "{sn} X")
    try await it.command(
      "--sync-now", expecting: 4, saying: "last_name changes for 5 of 5: its template was {sn} and is now {sn} X")
  }

  /// The object stays although no entry wants it.
  @Test func `or removal names the ways out of its list`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    let narrow = Settings.users.replacing(
      "(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(uid=p1)))")
    try it.configure(users: narrow)
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command("status", saying: "whose entry no source finds since the filter")
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

/// The number is another entry's by now, and no source finds the holder.
@Suite(.timeLimit(.minutes(15))) struct `The removal of a number's holder` {
  @Test func `is called held or rejected, whichever it is`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try await it.sync()
    try it.configure(
      users: Settings.users.replacing(
        "(objectClass=inetOrgPerson)", with: "(&(objectClass=inetOrgPerson)(!(uid=bob)))"))
    try await it.slapd.modify(person("new", "1002").ldapAdd)
    let set = try #require(try await it.sync(expecting: 4).held.first { $0.action == "removal" }?.name)
    try await it.command(
      "why", "1002", saying: "it was \(uid("bob"))'s and its removal is held: no source finds the entry")
    try await it.command("conflicts", expecting: 1, saying: "whose removal is held")
    try await it.command("reject", set)
    try await it.command("why", "1002", saying: "it was \(uid("bob"))'s and an admin rejected its removal")
    let list = try await it.command("conflicts", expecting: 1, saying: "whose removal an admin rejected")
    #expect(!list.contains("held"), "\(list)")
  }
}
