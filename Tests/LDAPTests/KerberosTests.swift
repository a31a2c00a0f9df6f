import Testing

@testable import LDAP

@Suite(.timeLimit(.minutes(15))) struct `A bind by Kerberos that fails` {
  private static let gssapi =
    "Local error: SASL(-1): generic failure: GSSAPI Error: No credentials were supplied, or the "
    + "credentials were unavailable or inaccessible"

  /// What MIT Kerberos adds, why the keytab can't be read, and what it comes to.
  @Test(arguments: [
    ("Preauthentication failed", nil, LDAPError.Kind.badKeytab, "is outdated"),
    ("Client's credentials have been revoked", nil, .badKeytab, "disabled, locked out or has expired"),
    ("Client 'a@B' not found in Kerberos database", nil, .badKeytab, "account of the keytab /k doesn't exist"),
    (
      "No Kerberos credentials available (default cache: MEMORY:a)", "No such file or directory", .badKeytab,
      "/k can't be used, No such"
    ),
    ("No Kerberos credentials available (default cache: MEMORY:a)", nil, .badKeytab, "/k has no matching key"),
    ("Clock skew too great", nil, .other, "too far apart"), ("Cannot contact any KDC for realm 'B'", nil, .other, ""),
  ])
  func `names the keytab and its problem`(
    added: String, flaw: String?, kind: LDAPError.Kind, reason: String
  ) {
    let failure = KerberosError("\(Self.gssapi) (\(added))", code: -2, keytab: "/k", flaw: flaw)
    #expect(failure.kind == kind && failure.reason.contains(reason), "\(failure)")
    #expect(failure.reason.isEmpty == reason.isEmpty)
  }
}
