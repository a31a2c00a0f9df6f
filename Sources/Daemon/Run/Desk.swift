import Configuration
import LDAP
import Mapping

/// A connection on which single entries are looked up, after or beside a read of the sources.
struct Desk: Sendable {
  let connection: Connection
  let identity: IdentityAttribute
  let pageSize: Int
  let sources: [Source]
  /// What the server isn't asked for.
  private let omitted: Set<String>

  /// - Parameter uri: the server to take where the configuration leaves the choice, which is the one that was read last.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LDAPError`.
  init(_ setup: Setup, at uri: String?) async throws {
    try await self.init(setup, on: try await Connection.open(try setup.server().preferring(uri)))
  }

  /// The same on a connection that is there already.
  init(_ setup: Setup, on connection: Connection) async throws(LDAPError) {
    try await setup.translate(at: connection)
    self.connection = connection
    sources = setup.sources
    pageSize = setup.configuration.directory.pageSize
    identity = try await setup.identity(of: connection)
    omitted = try await connection.rootDSE().takesFewAttributes ? Set(disabledAttributes) : []
  }

  /// One entry with the attributes of some sources, others and its identity; nil where it isn't there or doesn't match.
  func read(
    _ dn: String, for sources: [Source], with others: Set<String> = [], filter: String = "(objectClass=*)"
  ) async throws(LDAPError) -> Entry? {
    let attributes = sources.reduce(others.union([identity.rawValue])) { $0.union($1.attributes) }
    return try await connection.read(dn, filter: filter, attributes: attributes.subtracting(omitted).sorted())
  }
}
