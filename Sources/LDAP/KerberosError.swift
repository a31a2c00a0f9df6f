import CLDAP
import Glibc
import Platform

/// The reason of a failed Kerberos bind, beyond GSSAPI's message: the keytab and its problem.
struct KerberosError: Hashable {
  let kind: LDAPError.Kind
  /// A clause; empty if GSSAPI's message is sufficient.
  let reason: String

  /// - Parameters:
  ///   - explanation: libldap's, with the message of MIT Kerberos in it.
  ///   - keytab: the client's keytab.
  ///   - flaw: why that file can't be read; nil if it can.
  init(_ explanation: String, code: Int32, keytab: String, flaw: String?) {
    let text = explanation.lowercased()
    func mentions(_ words: String...) -> Bool { words.contains { text.contains($0) } }
    if mentions("preauthentication failed", "decrypt integrity check failed") {
      kind = .badKeytab
      reason = "the keytab \(keytab) is outdated: the account has another key now"
    } else if mentions("credentials have been revoked") {
      kind = .badKeytab
      reason = "the account of the keytab \(keytab) is disabled, locked out or has expired"
    } else if mentions("not found in kerberos database") {
      kind = .badKeytab
      reason = "the account of the keytab \(keytab) doesn't exist"
    } else if mentions("clock skew too great") {
      kind = .other
      reason = "this machine's clock and the KDC's are too far apart"
    } else if mentions("no credentials were supplied", "no kerberos credentials available", "no suitable keys"),
      let flaw
    {
      kind = .badKeytab
      reason = "the keytab \(keytab) can't be used, \(flaw), and there is no ticket either"
    } else if mentions("no suitable keys", "no kerberos credentials available") {
      kind = .badKeytab
      reason = "the keytab \(keytab) has no matching key"
    } else {
      kind = code > 0 ? .badCredentials : .other
      reason = ""
    }
  }

  /// With the keytab of this process (kerberos(7)).
  init(_ explanation: String, code: Int32) {
    // Debian's default_client_keytab_name.
    let name = environment("KRB5_CLIENT_KTNAME") ?? "/etc/krb5/user/\(geteuid())/client.keytab"
    let keytab = name.hasPrefix("FILE:") ? String(name.dropFirst(5)) : name
    let flaw = unsafe access(keytab, R_OK) == 0 ? nil : errorText(errno)
    self.init(explanation, code: code, keytab: keytab, flaw: flaw)
  }
}
