import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `A bind without a password` {
  private static let certificate = "client_cert_file = \"/etc/hostname\"\nclient_key_file = \"k\"\n"

  @Test(arguments: [
    ("ldapi://%2Frun%2Fldapi", "sasl = \"external\"", ""), ("ldapi:///", "sasl = \"external\"", ""),
    ("ldaps://b", "sasl = \"external\"\n" + certificate, ""), ("ldap://b", "sasl = \"gssapi\"", ""),
    ("ldap://b", "sasl = \"none\"", ""), ("ldaps://b", certificate, ""),
    ("ldaps://b", "sasl = \"external\"", "needs a client certificate for ldaps://b"),
    ("ldaps://b", "sasl = \"gssapi\"\nbind_dn = \"cn=a\"\nbind_password_file = \"p\"", "'bind_dn' can't be combined"),
    ("ldaps://b", "client_key_file = \"k\"", "belong together"),
    ("ldaps://b", "client_cert_file = \"/etc/hostname\"", "belong together"),
    ("ldapi:///", "sasl = \"external\"\nstarttls = true", "which stays on this machine"),
    ("ldapi:///run/ldapi", "sasl = \"external\"", "%2F for each /"), ("ldaps://b", "sasl = \"plain\"", "can't be"),
  ])
  func `needs a certificate or a keytab`(server: String, keys: String, complaint: String) {
    let found = complaints(configuration("directory", "[directory]\nservers = [\"\(server)\"]\n\(keys)"))
    #expect(found.count == (complaint.isEmpty ? 0 : 1), "\(found)")
    #expect(found.allSatisfy { $0.contains(complaint) }, "\(found)")
  }

  @Test func `over a socket may carry a password`() {
    let keys = "bind_dn = \"cn=a\"\nbind_password_file = \"p\""
    let found = complaints(configuration("directory", "[directory]\nservers = [\"ldapi:///\"]\n\(keys)"))
    #expect(found.isEmpty)
  }
}
