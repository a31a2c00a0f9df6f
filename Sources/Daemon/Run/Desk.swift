import Configuration
import LDAP

/// A connection on which single entries are looked up, after or beside a read of the sources.
struct Desk: Sendable {
  let connection: Connection
  let identity: IdentityAttribute

  init(_ connection: Connection, _ identity: IdentityAttribute) {
    self.connection = connection
    self.identity = identity
  }

  /// - Throws: `ConfigurationError` for a secret that can't be read, `LDAPError`.
  init(_ setup: Setup) async throws {
    connection = try await Connection.open(try setup.server())
    identity = try await setup.identity(of: connection)
  }

  /// One entry with the attributes of some sources and its identity; nil where it isn't there or doesn't match.
  func read(_ dn: String, for sources: [Source], filter: String = "(objectClass=*)") async throws(LDAPError) -> Entry? {
    let attributes = sources.reduce(Set([identity.rawValue])) { $0.union($1.attributes) }
    return try await connection.read(dn, filter: filter, attributes: attributes.sorted())
  }
}
