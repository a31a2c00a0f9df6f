import CLDAP

extension LDAPError {
  /// The next step for the admin, for a server of its family.
  public var remedy: String {
    switch kind {
    case .unlisted:
      "check [directory] srv, the name servers in /etc/resolv.conf, and that DNS has SRV records by this name: dig SRV NAME"
    case .unreachable where operation == .bind && code < 0:
      "find out why the server closed the connection: it may require a client certificate (client_cert_file, "
        + "client_key_file)"
    case .unreachable: "check [directory] servers, the network and that the server runs"
    case .untrusted where mentions("alert", "certificate is required"):
      "find out what the server requires: a client certificate (client_cert_file, client_key_file), or another version of TLS"
    case .untrusted:
      "set [directory] ca_file to the CA that signed the server's certificate, and use its host name"
    case .badCredentials: credentialsRemedy
    case .badKeytab:
      "create the keytab again (ktpass, or samba-tool domain exportkeytab), pass it to the service by KRB5_CLIENT_KTNAME, and "
        + "make it readable for its user"
    case .noSuchBase: "check the base, and that the bind identity may read it"
    case .elsewhere:
      "check the base: this server doesn't hold it, and referrals aren't followed; name a server that holds it"
    case .badFilter: "check the filter's parentheses and attribute names (RFC 4515)"
    case .unknownAttribute:
      "correct the name, or set [directory] schema = \"never\" if the server returns attributes that its schema lacks, as a "
        + "proxy may"
    case .limitExceeded: limitRemedy
    case .timedOut: "raise [directory] idle_timeout or operation_timeout, or find out why the server is slow"
    case .cutOff: "find out why the server closed the connection; the next run retries it"
    case .cancelled: ""
    case .outdated:
      "wait until it has caught up with the others; after a restore from a backup, one change in the directory is enough; "
        + "if one name leads to several servers, name each of them in [directory] servers"
    case .notPermitted where operation == .modify:
      "give the bind DN of [directory.write] the right to add this attribute, and no other (slapd.access(5): attrs=... by dn.exact=... "
        + "write)"
    case .notPermitted: "give the bind identity the right to read and search there"
    case .readOnly: "name a writable server in [directory] servers"
    case .unknownIdentity:
      "name it in [directory] identity, such as \"entryUUID\", eDirectory's \"GUID\" or \"uid\", or give the bind identity the right "
        + "to read the root DSE and the schema"
    case .noPages: "set [directory] page_size = 0"
    case .tooManyGroups:
      "name the groups that really have the members in group, without those around them, or select the entries by the source's "
        + "filter; members that are no groups: ignore_members"
    case .other where mentions("a successful bind must be completed"):
      "set [directory] bind_dn and bind_password_file: the server allows no anonymous reads"
    case .other: "check the server's log"
    }
  }

  private func mentions(_ words: String...) -> Bool {
    let text = detail.lowercased()
    return words.contains { text.contains($0) }
  }

  /// Whether the server can't read the bind DN as a DN.
  public var isInvalidDN: Bool { operation == .bind && code == LDAP_INVALID_DN_SYNTAX }

  private var credentialsRemedy: String {
    if isInvalidDN { return "write [directory] bind_dn as a DN, such as \"cn=reader,dc=example,dc=com\"" }
    if [LDAP_STRONG_AUTH_REQUIRED, LDAP_CONFIDENTIALITY_REQUIRED].contains(code) {
      return
        "the server requires an encrypted bind: use ldaps:// in [directory] servers, or starttls = true; with sasl = "
        + "\"gssapi\" Samba needs neither, because Kerberos encrypts"
    }
    // The bindings are always sent with TLS, so a proxy in between has another certificate.
    if mentions("80090346") {
      return
        "connect to the domain controller itself by ldaps:// or starttls = true: a proxy that ends TLS breaks the channel "
        + "binding"
    }
    if mentions("gss_accept_sec_context") {
      return
        "connect to the server itself by ldaps:// or starttls = true: a proxy that ends TLS breaks the channel binding; or check "
        + "that the server's own keytab has its present key"
    }
    if mentions("data 568") { return "remove the account from groups: its token is too large for the server" }
    if code == LDAP_INAPPROPRIATE_AUTH {
      return
        "set [directory] bind_dn and bind_password_file, or give that account a password: the server accepts no anonymous "
        + "bind"
    }
    return
      "check [directory] bind_dn and the password in bind_password_file, or the SASL setup (keytab, client certificate)"
  }

  private var limitRemedy: String {
    switch family {
    case .openLDAP:
      if mentions("pagedresults page size") {
        return
          "lower [directory] page_size to the size.pr of the bind identity's limits, or raise that (slapd.conf(5), limits)"
      }
      if mentions("pagedresults control not allowed") {
        return
          "set [directory] page_size = 0, or allow paging for the bind identity: limits ... size.prtotal=unlimited "
          + "(slapd.conf(5))"
      }
      switch code {
      case LDAP_TIMELIMIT_EXCEEDED:
        return
          "raise the bind identity's time limit (slapd.conf(5), limits ... time=unlimited), or index the filter's attributes"
      case LDAP_ADMINLIMIT_EXCEEDED:
        return "index the filter's attributes, or raise the bind identity's size.unchecked (slapd.conf(5), limits)"
      default:
        return
          "raise the server's limits for the bind identity: limits dn.exact=... size=unlimited, with size.prtotal for "
          + "pages (slapd.conf(5))"
      }
    case .directoryServer389:
      return switch code {
      case LDAP_TIMELIMIT_EXCEEDED: "raise nsTimeLimit in the entry that binds, or index the filter's attributes"
      case LDAP_ADMINLIMIT_EXCEEDED:
        "raise nsLookThroughLimit, nsPagedLookThroughLimit and nsPagedIDListScanLimit in the entry that binds, and nsSizeLimit "
          + "and nsPagedSizeLimit with them, or index the filter's attributes"
      default: "raise nsSizeLimit and nsPagedSizeLimit in the entry that binds"
      }
    case .activeDirectory:
      return switch code {
      case LDAP_TIMELIMIT_EXCEEDED:
        "narrow the base or the filter, or index its attributes: the domain's LDAP policy MaxQueryDuration ended the search"
      case LDAP_ADMINLIMIT_EXCEEDED:
        "narrow the filter or split the source: the domain's LDAP policies MaxResultSetSize and MaxTempTableSize limit a search "
          + "(ntdsutil, LDAP policies)"
      default:
        "set [directory] page_size to 1000 or less, and not to 0: the domain's LDAP policy MaxPageSize limits an answer"
      }
    case .apacheDS:
      return "raise ads-maxSizeLimit and ads-maxTimeLimit in the LDAP server's entry below ou=config"
    case .other, nil:
      return
        "raise the server's size, time and search limits for the bind identity, or choose a [directory] page_size within "
        + "them"
    }
  }
}
