import LDAP
import TestSupport

/// How the tests bind: as the root of the throw-away directory, with limits that no test waits for.
func server(
  _ slapd: Slapd, uris: [String]? = nil, startTLS: Bool = false, caFile: String? = nil, bindDN: String? = nil,
  password: String? = nil, idle: Duration = .seconds(60), operation: Duration = .seconds(120)
) -> ConnectionSettings {
  ConnectionSettings(
    uris: uris ?? [slapd.ldapURI], startTLS: startTLS, caFile: caFile, bindDN: bindDN ?? slapd.rootDN,
    password: Secret(password ?? slapd.password), connectTimeout: .seconds(10), operationTimeout: operation,
    idleTimeout: idle)
}

let base = """
  dn: dc=example,dc=com
  objectClass: dcObject
  objectClass: organization
  dc: example
  o: Example

  dn: ou=people,dc=example,dc=com
  objectClass: organizationalUnit
  ou: people


  """

func people(_ count: Int) -> String {
  (0..<count).map { index in
    """
    dn: uid=p\(index),ou=people,dc=example,dc=com
    objectClass: inetOrgPerson
    uid: p\(index)
    cn: Person \(index)
    sn: Person


    """
  }
  .joined()
}

func request(
  _ filter: String = "(objectClass=inetOrgPerson)", base: String = "ou=people,dc=example,dc=com",
  attributes: [String] = ["uid"], pageSize: Int = 100
) -> SearchRequest {
  SearchRequest(base: base, scope: .sub, filter: filter, attributes: attributes, pageSize: pageSize)
}

/// The error of opening a connection; nil where it opens.
func openingError(_ server: ConnectionSettings) async -> LDAPError? {
  do throws(LDAPError) {
    _ = try await Connection.open(server)
    return nil
  } catch {
    return error
  }
}

/// The error of a search; nil where it succeeds.
func searchError(_ connection: Connection, _ request: SearchRequest) async -> LDAPError? {
  do throws(LDAPError) {
    _ = try await connection.search(request, into: 0) { count, _ in count += 1 }
    return nil
  } catch {
    return error
  }
}
