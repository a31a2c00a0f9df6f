import CLDAP

/// A DN in the one spelling by which names of one server are compared: escapes, blanks and case don't count.
public func foldedDN(_ dn: String) -> String {
  var text: UnsafeMutablePointer<CChar>?
  let pretty = UInt32(LDAP_DN_FORMAT_LDAPV3 | LDAP_DN_PRETTY)
  guard unsafe ldap_dn_normalize(dn, UInt32(LDAP_DN_FORMAT_LDAPV3), &text, pretty) == LDAP_SUCCESS,
    let text = unsafe text
  else { return dn.lowercased() }
  defer { unsafe ldap_memfree(text) }
  return (unsafe String(cString: text)).lowercased()
}

/// The names of many entries, however each of them is spelt.
///
/// It keeps sixteen bytes a name, by which two names are mixed up less often than disks fail, so that a group of a hundred
/// thousand takes some four megabytes.
public struct NameSet: Sendable {
  private struct Fingerprint: Hashable, Sendable {
    let first, second: Int

    init(_ text: String) {
      var (first, second) = (Hasher(), Hasher())
      first.combine(text)
      second.combine(1)
      second.combine(text)
      (self.first, self.second) = (first.finalize(), second.finalize())
    }
  }

  private var names: Set<Fingerprint> = []

  public init() {}

  public var count: Int { names.count }
  public var isEmpty: Bool { names.isEmpty }

  public func contains(_ dn: String) -> Bool { names.contains(Fingerprint(foldedDN(dn))) }

  /// Whether it wasn't there yet.
  @discardableResult
  public mutating func insert(_ dn: String) -> Bool { names.insert(Fingerprint(foldedDN(dn))).inserted }
}
