import CLDAP

/// Why the directory couldn't be asked, or didn't answer in full.
public struct LDAPError: Error, Hashable, Sendable {
  public enum Operation: String, Hashable, Sendable {
    case lookup = "look at DNS", connect, startTLS = "StartTLS", bind, search, rootDSE = "read of the root DSE"
    case schema = "check of the schema", listen = "listening", modify
  }

  /// What it means for whoever must act.
  public enum Kind: Hashable, Sendable {
    case unlisted, unreachable, untrusted, badCredentials, badKeytab, noSuchBase, badFilter, unknownAttribute,
      limitExceeded, timedOut,
      cutOff, cancelled, outdated, notPermitted, readOnly, other
  }

  public let operation: Operation
  public let kind: Kind
  /// The result code of RFC 4511 (positive) or libldap's own (negative).
  public let code: Int32
  /// The server's diagnostic message, the base and filter, or the URI.
  public let detail: String

  public init(_ operation: Operation, _ kind: Kind, code: Int32, detail: String) {
    self.operation = operation
    self.kind = kind
    self.code = code
    self.detail = detail
  }

  /// What an admin does about it.
  public var remedy: String {
    switch kind {
    case .unlisted:
      "check [directory] srv, the name servers in /etc/resolv.conf, and that DNS has SRV records by this name: dig SRV NAME"
    case .unreachable: "check [directory] servers, the network and that the server runs"
    case .untrusted:
      "set [directory] ca_file to the authority that signed the server's certificate, and use its host name"
    case .badCredentials where [LDAP_STRONG_AUTH_REQUIRED, LDAP_CONFIDENTIALITY_REQUIRED].contains(code):
      "the server wants this bind encrypted: write ldaps:// in [directory] servers, or starttls = true; with sasl = "
        + "\"gssapi\" Samba wants neither, for Kerberos encrypts"
    case .badCredentials: "check [directory] bind_dn and the password in bind_password_file, or what sasl stands on"
    case .badKeytab:
      "make the keytab anew (ktpass, or samba-tool domain exportkeytab), name it to the service by KRB5_CLIENT_KTNAME, and let "
        + "its user read it"
    case .noSuchBase: "check the base, and that the bind identity may read it"
    case .badFilter: "check the filter's parentheses and attribute names (RFC 4515)"
    case .unknownAttribute:
      "correct the name, or set [directory] schema = \"never\" where the server hands out attributes that its schema lacks, as a "
        + "proxy may"
    case .limitExceeded:
      "raise the server's limits for the bind identity: OpenLDAP has 'limits' with size.prtotal (slapd.conf(5)), 389 "
        + "Directory Server nsPagedSizeLimit, nsPagedLookThroughLimit and nsPagedIDListScanLimit in its entry"
    case .timedOut: "raise [directory] idle_timeout or operation_timeout, or see why the server is slow"
    case .cutOff: "see why the server closed the connection; the next run tries again"
    case .cancelled: ""
    case .outdated:
      "wait until it has caught up with the others; after a restore from a backup, one change in the directory is enough"
    case .notPermitted:
      "let the bind DN of [directory.write] add this attribute, and nothing else (slapd.access(5): attrs=... by dn.exact=... "
        + "write)"
    case .readOnly: "name a server in [directory] servers that takes changes"
    case .other: "see the server's log"
    }
  }
}

extension LDAPError: CustomStringConvertible {
  public var description: String { "\(operation.rawValue) failed, \(detail) (code \(code))" }
}
