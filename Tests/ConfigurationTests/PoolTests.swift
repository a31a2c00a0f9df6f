import Domain
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `A pool of numbers` {
  private func text(_ keys: String, numbers: String = "", directory: String = "") -> String {
    """
    [directory]
    servers = ["ldaps://ldap.example.com"]
    \(directory)
    [[users]]
    base = "dc=example"
    filter = "(uid=*)"
    name = "staff"
    extension.number = "{n}"
    extension.first_name = "{f}"
    \(keys)
    [numbers]
    country = "DE"
    \(numbers)
    [pbx]
    url = "https://192.0.2.4/"
    security_key_file = "key"
    """
  }

  private static let other = """
    [[users]]
    base = "dc=other"
    filter = "(uid=*)"
    extension.number = "{n}"
    extension.first_name = "{f}"

    """

  private static let writer = "[directory.write]\nbind_dn = \"cn=w\"\nbind_password_file = \"p\""

  @Test func `is read with its write-back`() throws {
    let it = try read(
      text(
        "extension.pool = [\"2000-2999\", \"3500\"]\nextension.pick = \"rested\"\nextension.write_back = \"telephoneNumber\""
          + "\nextension.write_back_value = \"+49 {number}\"", directory: Self.writer))
    let pool = it.users.first?.pool
    #expect(pool?.ranges.map(\.description) == ["2000-2999", "3500"] && pool?.pick == .rested)
    #expect(pool?.writeBack?.attribute == "telephoneNumber" && pool?.writeBack?.value.text == "+49 {number}")
    #expect(it.directory.writer?.bindDN == "cn=w")
    let plain = try read(text(""))
    #expect(plain.users.first?.pool == nil && plain.directory.writer == nil)
  }

  @Test(arguments: [
    ("extension.pool = [‸\"29-2\"]", "", "isn't a range of numbers"),
    ("extension.pool = [\"20-29\", ‸\"25\"]", "", "25 and 20-29 of the pool overlap"),
    (
      "extension.pool = [‸\"20-29\"]", "protected = [\"29\"]", "20-29 of the pool overlaps 29, which [numbers] protects"
    ),
    ("extension.pool = [‸\"20-29\"]", "extension_ranges = [\"20-25\"]", "is outside [numbers] extension_ranges"),
    ("extension.pick = ‸\"rested\"", "", "there is a 'pick' without a 'pool'"),
    ("extension.pick = ‸\"highest\"\nextension.pool = [\"1\"]", "", "'pick' can't be \"highest\""),
    ("extension.write_back = ‸\"a\"", "", "there is a 'write_back' without a 'pool'"),
    ("extension.write_back_value = ‸\"{number}\"", "", "there is a 'write_back_value' without 'write_back'"),
    ("extension.pool = [‸\"1\"]\nextension.write_back = \"a\"", "", "add [directory.write] with bind_dn"),
    ("extension.pool = [\"20-29\"]\n" + other + "extension.pool = [‸\"29-30\"]", "", "the pool of \"staff\""),
  ])
  func `that is invalid is refused at its position`(keys: String, numbers: String, complaint: String) {
    let (text, place) = unmarked(text(keys, numbers: numbers))
    let found = complaints(text)
    #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix(place) && $0.contains(complaint) }, "\(found)")
  }

  @Test(arguments: [
    ("[‸\"1\"]\nextension.write_back = \"a b\"", "isn't an attribute's name"),
    ("[\"1\"]\nextension.write_back = \"a\"\nextension.write_back_value = \"5\"", "has no {number}"),
  ])
  func `is written back by a name and a value`(keys: String, complaint: String) {
    let found = complaints(text("extension.pool = " + keys.replacing("‸", with: ""), directory: Self.writer))
    #expect(found.count == 1 && found.allSatisfy { $0.contains(complaint) }, "\(found)")
  }

  @Test func `may be the same for two sources`() {
    let keys = "extension.pool = [\"20-29\"]\n"
    #expect(complaints(text(keys + Self.other + keys)) == [])
  }

  @Test func `is written with an encrypted bind`() {
    let text = configuration("directory", "[directory]\nservers = [\"ldap://ldap.example.com\"]\n" + Self.writer)
    #expect(complaints(text).contains { $0.contains("would go to ldap://ldap.example.com unencrypted") })
  }
}
