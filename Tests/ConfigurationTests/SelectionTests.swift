import Domain
import TestSupport
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `The selection of a source` {
  private static func users(_ keys: String) -> String {
    "[[users]]\nbase = \"dc=a\"\nfilter = \"(uid=*)\"\nextension = {number = \"1\", first_name = \"f\"}\n\(keys)\n"
  }

  private static func contacts(_ keys: String) -> String {
    users(keys).replacing("users", with: "contacts").replacing(
      "extension = {number = \"1\", first_name = \"f\"}",
      with: "contact = {numbers = [\"1\"], first_name = \"f\", last_name = \"l\"}")
  }

  @Test(arguments: [
    ("", Configuration.Selection()), ("group = \"cn=a\"", .init(groups: ["cn=a"])),
    ("group = [\"cn=a\", \"cn=b\"]", .init(groups: ["cn=a", "cn=b"])),
    ("exclude = \"(uid=boss)\"", .init(exclude: "(uid=boss)")),
    (
      "exclude_list = [\"uid=a\", \"5d4e9d6a-0001-4d0c-9a2a-000000000001\"]",
      .init(excluded: ["uid=a", "5d4e9d6a-0001-4d0c-9a2a-000000000001"])
    ),
    ("exclude_file = \"/etc/hostname\"", .init(excludeFile: "/etc/hostname")),
  ])
  func `is a group, a filter, a list, a file`(keys: String, wanted: Configuration.Selection) throws {
    let text = configuration("users", Self.users(keys) + Self.contacts(keys))
    let it = try read(text)
    #expect(it.users.map(\.selection) == [wanted] && it.contacts.map(\.selection) == [wanted])
  }

  @Test(arguments: [
    ("group = ‸\"phones\"", "\"phones\" isn't a DN"), ("group = [‸\"phones\"]", "\"phones\" isn't a DN"),
    ("group = ‸7", "'group' must be a list, not a whole number"),
    ("exclude = ‸\"uid=a\"", "the filter doesn't begin with ("),
    ("exclude_list = ‸\"uid=a\"", "'exclude_list' must be a list, not text"),
    ("exclude_list = [‸\"boss\"]", "\"boss\" is neither a DN nor an immutable ID; write a DN, or the ID"),
    ("exclude_list = [‸\"uid=a,dc=x # Boss\"]", "\"# Boss\" would be part of the DN, so that it matches nobody"),
    ("exclude_list = [\"uid=a\", ‸\"uid=a\"]", "\"uid=a\" is in 'exclude_list' twice"),
    ("exclude_file = ‸\"/nonexistent/x\"", "/nonexistent/x can't be read"),
    ("‸excluded = []", "unknown key 'excluded' in [[users]]; did you mean 'exclude'?"),
  ])
  func `is refused at its position`(keys: String, finding: String) {
    let (text, place) = unmarked(Self.users(keys))
    let found = complaints(configuration("users", text))
    #expect(found.count == 1 && found[0].hasPrefix("\(place): \(finding)"), "at \(place), but: \(found)")
  }

  @Test func `accepts any ID if the configuration names the attribute`() throws {
    let text = Self.users("exclude_list = [\"boss\"]")
    let it = try read(
      configuration("users", text).replacing("[directory]", with: "[directory]\nidentity = \"uid\""))
    #expect(it.users.first?.selection == .init(excluded: ["boss"], allowsAnyID: true))
    let folder = try TemporaryFolder()
    try folder.write("excluded", "boss\n")
    #expect(try readExclusions(file: folder.path + "/excluded", allowsAnyID: true) == ["boss"])
  }

  @Test(arguments: [("", "auto"), ("disabled = \"never\"", "never"), ("disabled = \"(left=TRUE)\"", "(left=TRUE)")])
  func `has disabled accounts by attributes, by a filter, or not at all`(keys: String, disabled: String) throws {
    #expect(try read(configuration("users", Self.users(keys))).users.map(\.disabled.text) == [disabled])
  }

  @Test(arguments: [
    ("identity = \"auto\"", nil, nil), ("identity = \"entryUUID\"", "entryUUID", nil),
    ("identity = \"GUID\"\nidentity_syntax = \"octets\"", "GUID", "octets"), ("page_size = 0", nil, nil),
  ]) func `has any attribute as the ID`(keys: String, name: String?, syntax: String?) throws {
    let it = try read(configuration("directory", "[directory]\nservers = [\"ldaps://a\"]\n\(keys)\n")).directory
    #expect(it.identity == name && it.identitySyntax?.rawValue == syntax)
    #expect(it.pageSize == (keys == "page_size = 0" ? 0 : 500))
  }

  @Test func `is read from a file line by line`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/excluded"
    try folder.write("excluded", "# the board\r\n\r\n  uid=a, dc=x  \n5d4e9d6a00014d0c9a2a000000000001\n")
    #expect(try readExclusions(file: file) == ["uid=a, dc=x", "5d4e9d6a00014d0c9a2a000000000001"])
    try folder.write("excluded", "uid=a\nboss\n\nmore\n")
    let error = #expect(throws: ConfigurationError.self) { try readExclusions(file: file) }
    #expect(error?.findings.map(\.line) == [2, 4])
    #expect(error?.description.contains("\(file):2:1: \"boss\" is neither a DN nor an immutable ID") == true)
    let gone = #expect(throws: ConfigurationError.self) { try readExclusions(file: file + "s") }
    #expect(gone?.description.contains("\(file)s: there is no such file") == true)
  }
}
