import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `DNS SRV discovery in the configuration` {
  private static let bind = "bind_dn = \"cn=a\"\nbind_password_file = \"p\"\n"

  @Test(arguments: [
    ("example.com", "_ldap._tcp.example.com"), ("_ldap._tcp.dc._msdcs.example.com", "_ldap._tcp.dc._msdcs.example.com"),
    ("_ldap._tcp.berlin._sites.dc._msdcs.example.com", "_ldap._tcp.berlin._sites.dc._msdcs.example.com"),
    ("_ldaps._tcp.example.com", "_ldaps._tcp.example.com"),
  ])
  func `uses a domain, or a full name`(srv: String, name: String) throws {
    let it = try read(configuration("directory", "[directory]\nsrv = \"\(srv)\"\n")).directory
    #expect(it.srv == name && it.servers.isEmpty)
  }

  /// Other keys, and what is wrong at the value of `srv` or at the key with the mark.
  @Test(arguments: [
    ("srv = ‸\"example.com\"\nservers = [\"ldaps://a\"]", "'srv' can't be combined with 'servers'; remove one"),
    ("srv = ‸\"ldaps://example.com\"", "\"ldaps://example.com\" isn't a domain; write it as in"),
    ("srv = ‸\"example..com\"", "\"example..com\" isn't a domain"), ("srv = ‸\"a:389\"", "\"a:389\" isn't a domain"),
    ("srv = ‸\"a b\"", "\"a b\" isn't a domain"), ("srv = ‸\"\"", "'srv' must not be empty"),
    (
      "srv = ‸\"_kerberos._tcp.example.com\"", "\"_kerberos._tcp.example.com\" doesn't name LDAP servers; begin it with"
    ),
    (
      "srv = ‸\"example.com\"\n\(bind)", "the bind password would go to ldap://_ldap._tcp.example.com unencrypted; use"
    ),
    (
      "srv = \"_ldaps._tcp.a\"\nstarttls = ‸true",
      "'starttls' can't be combined with ldaps://_ldaps._tcp.a, which is encrypted"
    ),
    ("srv = \"a\"\nsasl = ‸\"external\"", "sasl = \"external\" needs a client certificate for ldap://_ldap._tcp.a"),
  ])
  func `is refused if it is impossible or unsafe`(keys: String, finding: String) {
    let (text, place) = unmarked("[directory]\n\(keys)")
    let found = complaints(configuration("directory", text))
    #expect(found.count == 1 && found[0].hasPrefix("\(place): \(finding)"), "at \(place), but: \(found)")
  }

  @Test(arguments: [
    "srv = \"a\"\nstarttls = true\n\(bind)", "srv = \"_ldaps._tcp.a\"\n\(bind)", "srv = \"a\"\nsasl = \"gssapi\"",
    "srv = \"a\"\nallow_plaintext = true\n\(bind)", "srv = \"a\"",
  ])
  func `allows a bind with encryption, by permission, or without a password`(keys: String) {
    #expect(complaints(configuration("directory", "[directory]\n\(keys)")).isEmpty)
  }
}
