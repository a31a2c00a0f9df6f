import CLDAP
import Platform

/// The servers that DNS names for a part of the directory (RFC 2782, RFC 2247).
public struct ServiceRecords: Hashable, Sendable {
  /// What was asked for, such as `_ldap._tcp.example.com`.
  public let name: String
  /// `ldap1.example.com:389`, in the order in which they are to be tried; empty where DNS names none, or doesn't answer.
  public let hosts: [String]

  /// Asks DNS, and blocks for as long as the resolver's own limits let it (resolv.conf(5)). nil for a name that is no domain's.
  ///
  /// - Parameter dn: such as `ou=people,dc=example,dc=com`.
  public init?(ofDN dn: String) {
    var domain: UnsafeMutablePointer<CChar>?
    guard unsafe ldap_dn2domain(dn, &domain) == 0, let domain = unsafe domain, unsafe domain.pointee != 0 else {
      return nil
    }
    defer { unsafe ldap_memfree(domain) }
    name = "_ldap._tcp." + (unsafe String(cString: domain))
    var list: UnsafeMutablePointer<CChar>?
    guard unsafe ldap_domain2hostlist(domain, &list) == LDAP_SUCCESS, let list = unsafe list else {
      hosts = []
      return
    }
    defer { unsafe ldap_memfree(list) }
    hosts = unsafe String(cString: list).split(separator: " ").map(String.init)
  }
}
