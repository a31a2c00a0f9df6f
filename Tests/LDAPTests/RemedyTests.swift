import TestSupport
import Testing

@testable import LDAP

/// The remedies for an admin, which must be right for the server at hand.
@Suite(.timeLimit(.minutes(15))) struct `A remedy` {
  @Test(
    arguments: [
      (.openLDAP, 4, "", "size=unlimited"),
      (.openLDAP, 11, "illegal pagedResults page size", "lower [directory] page_size"),
      (.openLDAP, 11, "pagedResults control not allowed", "page_size = 0"), (.openLDAP, 11, "", "size.unchecked"),
      (.openLDAP, 3, "", "time="), (.directoryServer389, 4, "", "nsSizeLimit"),
      (.directoryServer389, 3, "", "nsTimeLimit"),
      (.directoryServer389, 11, "", "nsLookThroughLimit"), (.directoryServer389, 11, "", "nsSizeLimit"),
      (.activeDirectory, 3, "", "MaxQueryDuration"),
      (.activeDirectory, 11, "", "MaxResultSetSize"), (.activeDirectory, 4, "", "MaxPageSize"),
      (.apacheDS, 4, "", "ads-maxSizeLimit"), (nil, 4, "", "[directory] page_size"),
    ] as [(RootDSE.Family?, Int32, String, String)])
  func `for a limit is the family's own`(family: RootDSE.Family?, code: Int32, said: String, remedy: String) {
    let error = LDAPError(.search, .limitExceeded, code: code, detail: "base \"dc=a\": \(said)", family: family)
    #expect(error.remedy.contains(remedy), "\(error.remedy)")
    let words: [RootDSE.Family: String] = [
      .openLDAP: "slapd", .directoryServer389: "nsPaged", .activeDirectory: "LDAP polic", .apacheDS: "ads-",
    ]
    for (other, word) in words where other != family { #expect(!error.remedy.contains(word)) }
  }

  /// A limit of the server's, and what names the way out of it.
  @Test(arguments: [
    ("size.pr=10", 100, "lower [directory] page_size"), ("size.prtotal=disabled", 100, "page_size = 0"),
    ("size.soft=5 size.hard=5", 0, "size=unlimited"), ("size.prtotal=5", 2, "size=unlimited"),
    ("size.unchecked=5", 100, "size.unchecked"),
  ]) func `for a limit of slapd lifts it`(limit: String, pageSize: Int, remedy: String) async throws {
    let reader = "cn=reader,dc=example,dc=com"
    let slapd = try await Slapd.start(
      ldif: base + people(30) + """
        dn: \(reader)
        objectClass: organizationalRole
        objectClass: simpleSecurityObject
        cn: reader
        userPassword: may-read


        """, config: "index objectClass eq\nlimits dn.exact=\"\(reader)\" \(limit)")
    let connection = try await Connection.open(server(slapd, bindDN: reader, password: "may-read"))
    _ = try await connection.rootDSE()
    // What no index helps with is counted before it is looked at.
    let filter = limit.contains("unchecked") ? "(description=*)" : "(objectClass=inetOrgPerson)"
    let error = await searchError(connection, request(filter, pageSize: pageSize))
    #expect(error?.remedy.contains(remedy) == true, "\(error.map { "\($0): \($0.remedy)" } ?? "no error")")
  }

  @Test func `for a base on another server is to check the base`() async throws {
    let slapd = try await Slapd.start(ldif: base, globals: "referral ldap://127.0.0.1:1")
    let connection = try await Connection.open(server(slapd))
    let error = await searchError(connection, request(base: "dc=elsewhere"))
    #expect(error?.kind == .elsewhere && error?.detail.contains("ldap://127.0.0.1:1") == true)
    #expect(error?.remedy.contains("check the base") == true)
  }

  @Test func `for a missing right to search is to give it`() async throws {
    let slapd = try await Slapd.start(ldif: base, config: "access to * by anonymous disclose")
    let connection = try await Connection.open(server(slapd, bindDN: "", password: ""))
    let error = await searchError(connection, request(base: "dc=example,dc=com"))
    let remedy = error?.remedy ?? "none"
    #expect(error?.code == 50 && remedy.contains("give the bind identity the right to read"), "\(remedy)")
  }

  @Test(arguments: ["ldaps", "StartTLS"])
  func `for a server that requires a client certificate names it`(way: String) async throws {
    let slapd = try await Slapd.start(ldif: base, globals: "TLSVerifyClient demand")
    let error = await openingError(
      server(
        slapd, uris: [way == "ldaps" ? slapd.ldapsURI : slapd.ldapURI], startTLS: way != "ldaps", caFile: slapd.caFile))
    #expect(error?.remedy.contains("client_cert_file") == true, "\(error.map { "\($0): \($0.remedy)" } ?? "it opens")")
  }

  @Test(
    arguments: [
      (8, "", "ldaps://"), (13, "", "ldaps://"), (48, "", "no anonymous"), (49, "", "bind_password_file"),
      (49, "80090346: LdapErr: DSID-0C090593, comment: AcceptSecurityContext error, data 80090346, v4563", "proxy"),
      (49, "AcceptSecurityContext error, data 568, v1", "groups"),
      (49, "SASL(-13): authentication failure: GSSAPI Failure: gss_accept_sec_context", "channel binding"),
    ] as [(Int32, String, String)])
  func `for a refused bind has the cause`(code: Int32, said: String, remedy: String) {
    #expect(LDAPError(.bind, .badCredentials, code: code, detail: said).remedy.contains(remedy))
  }

  @Test func `for Active Directory without anonymous reads is to bind`() {
    let said =
      "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed"
    let error = LDAPError(.search, .other, code: 1, detail: said, family: .activeDirectory)
    #expect(error.remedy.contains("bind_dn"))
  }
}
