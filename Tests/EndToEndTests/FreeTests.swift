import Foundation
import TestSupport
import Testing

/// `pbxsyncd free`: numbers that may be given to somebody.
@Suite(.timeLimit(.minutes(15))) struct `A list of free numbers` {
  private struct List: Decodable {
    struct Span: Decodable {
      let range: String
      let numbers, free: Int
      let ranges: [Part]
      let used: [String: Int]

      enum CodingKeys: String, CodingKey {
        case range, numbers, free, used
        case ranges = "free_ranges"
      }
    }
    struct Part: Decodable { let first, last: String }

    let status: Int32
    let free: Int
    let ranges: [Span]

    var parts: [String] {
      ranges.flatMap { $0.ranges.map { $0.first == $0.last ? $0.first : "\($0.first)-\($0.last)" } }
    }
  }

  private func list(_ it: Installation, _ words: String..., expecting status: Int32 = 0) async throws -> List {
    let finished = try await it.run(["free", "--json"] + words)
    #expect(finished.exitStatus == status, "\(finished.output)\(finished.errors)")
    return try JSONDecoder().decode(List.self, from: Data(finished.output.utf8))
  }

  /// Each of these numbers is kept for another reason.
  @Test func `leaves out what anybody has, wants, may mean or had until lately`() async throws {
    let it = try await Installation(
      person("managed", "1000") + person("leaver", "1001") + person("foreign", "1002") + person("twin", "1000")
        + person("excluded", "1004", extra: "employeeType: robot\n") + person("unmappable", "1005", first: " ")
        + person("two", "1006", extra: "telephoneNumber: +49 30 9018 1007\n"))
    let users = Settings.users + "\nexclude = \"(employeeType=robot)\"\n"
    try it.configure(
      users: users, numbers: "extension_ranges = [\"1000-1019\"]\nprotected = [\"1010-1012\"]\nrest = \"30d\"")
    try await it.pbx.add([Simulator.Extension("1002", "Hand", "Made")])
    try await it.sync(expecting: 3)
    try await it.remove("leaver")
    try await it.sync(expecting: 3)
    // Nobody has synced it yet.
    try await it.slapd.modify(person("new", "1019").ldapAdd)

    let calls = try await it.calls {
      let list = try await list(it)
      #expect(list.parts == ["1003", "1008-1009", "1013-1018"], "\(list)")
      #expect(list.free == 9 && list.ranges.map(\.numbers) == [20])
      let used = try #require(list.ranges.first?.used)
      #expect(used["managed"] == 2 && used["quarantined"] == 1 && used["foreign"] == 1 && used["protected"] == 3)
      #expect(used.values.reduce(0, +) + list.free == 20)
      let text = try await it.command(
        "free", saying: "1000-1019: 9 of 20 free (2 managed, 1 foreign, 1 in quarantine, 3 protected")
      #expect(text.contains("\n  1003\n  1008-1009  (2)\n"), "\(text)")
    }
    #expect(calls == [])
  }

  /// All are outside the source's base or in other attributes, and a partner's number is none of these.
  @Test func `leaves out the numbers of the switchboard, lifts, rooms and fax machines`() async throws {
    func service(_ name: String, _ classes: [String], _ number: String) -> String {
      let lines = classes.map { "objectClass: \($0)\n" }.joined()
      return "dn: cn=\(name),dc=example,dc=com\n\(lines)cn: \(name)\ntelephoneNumber: \(number)\n\n"
    }
    let it = try await Installation(
      person("ann", "1000", extra: "facsimileTelephoneNumber: +49 30 9018 1001\n")
        + service("Zentrale", ["organizationalRole"], "+49 30 9018-1002")
        + service("Aufzug", ["device", "extensibleObject"], "1003")
        + service("Saal", ["room"], "030/9018 1004")
        + service("Partner", ["organizationalRole"], "+49 40 5555 1005"))
    try it.configure(numbers: "extension_ranges = [\"1000-1009\"]")
    #expect(try await list(it).parts == ["1005-1009"])
    try await it.command("free", saying: "aren't known: add them to [numbers] protected")
    try await it.command("why", "1002", saying: "1002 isn't free, because cn=Zentrale,dc=example,dc=com has it")
    try await it.command("why", "1005", saying: "1005 is free as far as known")
    try await it.slapd.modify(person("twin", "1000").ldapAdd)
    try await it.sync(expecting: nil)
    try await it.command("conflicts", expecting: 1, saying: "the number 1005, the lowest free one")
  }

  /// An admin who looks at one number gets the same answer.
  @Test func `has the numbers that why calls free, and no other`() async throws {
    let it = try await Installation(
      person("two", "1006", extra: "telephoneNumber: +49 30 9018 1007\n")
        + person("excluded", "1004", extra: "employeeType: robot\n")
        + person("unselected", "1002", extra: "employeeType: room\n"))
    let filter = "(&(objectClass=inetOrgPerson)(!(employeeType=room)))"
    let users =
      Settings.users.replacingOccurrences(of: "(objectClass=inetOrgPerson)", with: filter)
      + "\nexclude = \"(employeeType=robot)\"\n"
    try it.configure(users: users, numbers: "extension_ranges = [\"1000-1009\"]\nprotected = [\"1009\"]")
    try await it.sync(expecting: nil)
    let free = try await list(it).parts
    #expect(free == ["1000-1001", "1003", "1005", "1008"])
    for number in 1000...1009 {
      let said = try await it.command("why", String(number), expecting: nil)
      let isFree = [1000, 1001, 1003, 1005, 1008].contains(number)
      #expect(said.contains("is free as far as known") == isFree, "\(number): \(said)")
    }
  }

  /// The same decision in both.
  @Test func `leaves out what a pool allocates next`() async throws {
    let it = try await Installation(person("ann", "1000") + unnumbered("bob"))
    try it.configure(users: Settings.users + "\nextension.pool = [\"1000-1009\"]")
    #expect(try await list(it).parts == ["1002-1009"])
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.number).sorted() == ["1000", "1001"])
    #expect(try await list(it).parts == ["1002-1009"])
  }

  @Test func `has no emergency numbers`() async throws {
    let it = try await Installation(person("ann", "1000"))
    #expect(try await list(it, "110-113").parts == ["111", "113"])
  }

  @Test func `keeps to the ranges of the configuration`() async throws {
    let it = try await Installation(person("ann", "1000"))
    try it.configure(numbers: "extension_ranges = [\"1000-1019\", \"3000-3009\"]")
    #expect(try await list(it, "1015-3004").parts == ["1015-1019", "3000-3004"])
  }

  @Test(
    arguments: [
      (["5000-5999"], 1, "5000-5999 is outside [numbers] extension_ranges"),
      (["1000-19"], 64, "\"1000-19\" is neither"),
      (["abc"], 64, "\"abc\" is neither"), (["1999-1000"], 64, "\"1999-1000\" ends before it begins: write 1000-1999"),
      (["10000000-19999999"], 64, "has more than 1000000 numbers"),
    ] as [([String], Int32, String)])
  func `is refused for a range that makes no sense`(words: [String], status: Int32, message: String) async throws {
    let it = try await Installation(person("ann", "1000"))
    try it.configure(numbers: "extension_ranges = [\"1000-1019\"]")
    let finished = try await it.run(["free"] + words)
    #expect(finished.exitStatus == status && finished.errors.contains(message), "\(finished.errors)")
  }

  @Test func `says what is outside the DDI blocks, and of which site the rest is`() async throws {
    let it = try await Installation(person("ann", "1000"))
    let site =
      "\n[[sites]]\nname = \"hamburg\"\nbase = \"ou=hamburg,dc=example,dc=com\"\nddi = [\"+49 40 5555 3000-3009\"]"
    try it.configure(
      users: Settings.users.replacing("digits | last 4", with: "extension"),
      numbers: "ddi = [\"+49 30 9018 1000-1009\"]" + site)
    let all = try await it.command("free", saying: "3000-3009, site \"hamburg\": 10 of 10 free")
    #expect(all.contains("1000-1009: 9 of 10 free"), "\(all)")
    try await it.command("free", "1005-1015", saying: "1005-1015 is only partly within the DDI blocks (ddi)")
    let finished = try await it.run(["free", "5000-5999"])
    #expect(finished.exitStatus == 1 && finished.errors.contains("is outside the DDI blocks"), "\(finished.errors)")
  }

  @Test func `needs a range where the configuration has none`() async throws {
    let it = try await Installation(person("ann", "1000"))
    try await it.command("free", expecting: 1, saying: "neither extension_ranges nor ddi nor a pool is set")
    #expect(try await list(it, "1000-1009", "2000").parts == ["1001-1009", "2000"])
  }

  /// The same numbers that `conflicts` proposes.
  @Test func `has the extensions of the DDI blocks where the configuration has no range`() async throws {
    let it = try await Installation(person("ann", "1000") + person("twin", "1000"))
    try it.configure(
      users: Settings.users.replacing("digits | last 4", with: "extension"),
      numbers: "ddi = [\"+49 30 9018 1000-1004\"]")
    #expect(try await list(it).parts == ["1001-1004"])
    try await it.command("conflicts", expecting: 1, saying: "the number 1001, the lowest free one")
  }

  @Test func `isn't made without the directory, nor taken for whole after an incomplete read`() async throws {
    let it = try await Installation(person("ann", "1000"))
    try it.configure(
      directory: "canaries = [\"\(uid("bob"))\"]", numbers: "extension_ranges = [\"1000-1009\"]")
    #expect(try await list(it, expecting: 69).parts == ["1001-1009"])
    try await it.command("free", expecting: 69, saying: "The read is incomplete")
    try await it.slapd.stop()
    try await it.command("free", expecting: 69, saying: "the directory couldn't be read")
  }
}
