import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `Secrets and plain text` {
  private static let bind = "bind_dn = \"cn=a\"\nbind_password_file = \"p\"\n"

  @Test(arguments: [
    ("ldap://ldap.example.com", bind, false), ("ldap://10.0.0.1:389", bind, false),
    ("ldaps://ldap.example.com", bind, true), ("ldap://ldap.example.com", bind + "starttls = true", true),
    ("ldap://ldap.example.com", bind + "allow_plaintext = true", true), ("ldap://127.0.0.1:3890", bind, true),
    ("ldap://localhost", bind, true), ("ldap://[::1]", bind, true), ("ldap://ldap.example.com", "", true),
  ])
  func `a bind password crosses a network encrypted or by permission`(server: String, keys: String, isFine: Bool) {
    let (text, place) = unmarked("[directory]\nservers = [\"ldaps://b\", ‸\"\(server)\"]\n\(keys)")
    let found = complaints(configuration("directory", text))
    let both = keys.contains("starttls")
    #expect(found.contains { $0.hasPrefix("\(place): the bind password would go to \(server) unencrypted") } == !isFine)
    #expect(found.count == (isFine ? 0 : 1) + (both ? 1 : 0), "\(found)")
  }

  @Test func `starttls can't be combined with ldaps`() {
    let found = complaints(configuration("directory", "[directory]\nservers = [\"ldaps://b\"]\nstarttls = true"))
    #expect(found == ["3:12: 'starttls' can't be combined with ldaps://b, which is encrypted already; remove one"])
  }

  @Test(arguments: [
    ("http://pbx.example.com/api.aspx", "", false), ("http://127.0.0.1:8000/api.aspx", "", true),
    ("http://pbx.example.com/api.aspx", "allow_plaintext = true", true), ("https://pbx.example.com/api.aspx", "", true),
  ])
  func `a security key crosses a network encrypted or by permission`(url: String, keys: String, isFine: Bool) {
    let found = complaints(configuration("pbx", "[pbx]\nurl = \"\(url)\"\nsecurity_key_file = \"k\"\n\(keys)"))
    #expect(found.isEmpty == isFine)
    #expect(found.allSatisfy { $0.hasPrefix("2:7: the security key would go to \(url) unencrypted") })
  }

  @Test func `permission in one section isn't permission in the other`() {
    let found = complaints(
      configuration("pbx", "[pbx]\nallow_plaintext = true\nurl = \"http://a/\"\nsecurity_key_file = \"k\""))
    #expect(found.isEmpty)
    let text = "[directory]\nservers = [\"ldap://a\"]\n\(Self.bind)"
    #expect(complaints(configuration("directory", text)).count == 1)
  }
}
