import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `With exclusions` {
  private func users(_ keys: String) -> String {
    Settings.users.replacing("extension.number", with: "name = \"people\"\n\(keys)\nextension.number")
  }

  private func install(_ keys: String = "") async throws -> Installation {
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1002", extra: "employeeType: robot\n") + person("cid", "1003"))
    try it.write("excluded", "")
    try it.configure(users: users(keys), contacts: "")
    return it
  }

  @Test(arguments: [
    ("exclude = \"(employeeType=ROBOT)\"", "1002"), ("exclude = \"(|(uid=ann)(mail=ann*))\"", "1001"),
    ("exclude_list = [\"UID=Cid, ou=people,dc=example,dc=com\"]", "1003"),
  ])
  func `who is excluded has no phone, and the others have theirs`(keys: String, number: String) async throws {
    let it = try await install(keys)
    let wanted = ["1001", "1002", "1003"].filter { $0 != number }.map { "addExt \($0)" }
    #expect(try await it.calls { try await it.sync() } == wanted)
  }

  @Test func `who is excluded later is held until that is approved`() async throws {
    let it = try await install("exclude_file = \"excluded\"")
    #expect(try await it.sync().counts.added == 3)
    let id = try #require(
      try await it.command("why", "ann").split(separator: "(entry ").last?.prefix { $0 != ")" })
    try it.write("excluded", "# the board\n\(uid("bob"))\n\(id.uppercased())\n")
    let held = try await it.sync(expecting: 4)
    #expect(held.held.flatMap(\.objects).map(\.number).sorted() == ["1001", "1002"])
    #expect(held.held[0].limit.contains("the exclusion list of \"people\" has changed"), "\(held.held)")
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
    try await it.command("approve", held.held[0].name)
    #expect(try await it.calls { try await it.sync() } == ["deleteExt 1001", "deleteExt 1002"])
    try it.write("excluded", "")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001", "addExt 1002"])
  }

  @Test func `a line that names nobody is reported, and the run goes on`() async throws {
    let it = try await install("exclude_list = [\"uid=gone,dc=example,dc=com\", \"\(uid("ann"))\"]")
    let said = try await it.command("--sync-now")
    #expect(said.contains("Note: source \"people\" excludes uid=gone,dc=example,dc=com, which names none"), "\(said)")
    #expect(!said.contains("excludes uid=ann"))
    let examined = try await it.command(
      "doctor", saying: "; 1 exclusion names none of its entries: uid=gone,dc=example")
    #expect(examined.contains("No check failed, 1 warning."))
  }

  @Test func `a file that is gone or wrong lets nobody in`() async throws {
    let it = try await install("exclude_file = \"excluded\"")
    try it.write("excluded", "# The board\n\(uid("ann")) # Boss\n")
    try await it.command("--sync-now", expecting: 78, saying: "/excluded:2:1: \"# Boss\" would be part of the DN")
    try it.write("excluded", "boss\n")
    let said = try await it.command("--sync-now", expecting: 78)
    #expect(said.contains("/excluded:1:1: \"boss\" is neither a DN nor an immutable ID"), "\(said)")
    try await it.command("--check-config", expecting: 78, saying: "/excluded:1:1: \"boss\" is neither a DN")
    try FileManager.default.removeItem(atPath: it.folder.path + "/excluded")
    try await it.command("--check-config", expecting: 78, saying: "/excluded can't be read")
    #expect(try await it.pbx.state().extensions.isEmpty)
  }

  @Test(arguments: ["(noSuchAttribute=x)", "(&(uid=a)(!(noSuchAttribute=*)))"])
  func `a filter that the server can't decide is refused, for it would take everybody`(exclude: String) async throws {
    let it = try await install()
    #expect(try await it.sync().counts.added == 3)
    // A schema that is checked tells before the server is asked.
    try it.configure(directory: "schema = \"never\"", users: users("exclude = \"\(exclude)\""), contacts: "")
    let said = try await it.command("--sync-now", expecting: 78)
    #expect(said.contains("source \"people\": \(it.slapd.ldapURI) can't decide (noSuchAttribute="), "\(said)")
    try await it.command("doctor", expecting: 1, saying: "can't decide (noSuchAttribute=")
  }

  @Test func `a filter that the server refuses is named with its source`() async throws {
    let it = try await install()
    try it.configure(users: users("exclude = \"(=x)\""), contacts: "")
    try await it.command("--sync-now", expecting: 78, saying: "source \"people\": ")
  }

  @Test func `why says by what somebody is excluded`() async throws {
    let it = try await install("exclude = \"(employeeType=robot)\"\nexclude_list = [\"\(uid("ann"))\"]")
    try await it.command("why", "bob", saying: "the entry matches its exclude (employeeType=robot)")
    try await it.command("why", "ann", saying: "the entry is excluded by the line \(uid("ann"))")
    try await it.command("doctor", saying: "1 entry in 1 page, of 2 that match its base and filter")
  }
}
