import CLDAP

extension RootDSE {
  /// Whether a continuation reference leads to a partition without people, so that a read without it is complete.
  ///
  /// Active Directory refers to the partitions below a domain with each search from the domain's top. The configuration,
  /// the schema and the DNS zones of this very forest are such. A child domain isn't, nor a partition of an
  /// application: there may be people in them.
  public func isWithoutPeople(_ referral: String) -> Bool {
    guard family == .activeDirectory, let url = LDAPURL(referral) else { return false }
    return servicePartitions.map(DN.init).contains(url.dn)
  }
}

/// An LDAP URL, taken apart by libldap (RFC 4516).
struct LDAPURL {
  let host: String?
  let dn: DN

  /// nil for any other text.
  init?(_ text: String) {
    var url: UnsafeMutablePointer<LDAPURLDesc>?
    guard unsafe ldap_url_parse(text, &url) == LDAP_URL_SUCCESS, let url = unsafe url else { return nil }
    defer { unsafe ldap_free_urldesc(url) }
    host = unsafe url.pointee.lud_host.map { unsafe String(cString: $0) }
    dn = DN(unsafe url.pointee.lud_dn.map { unsafe String(cString: $0) } ?? "")
  }
}
