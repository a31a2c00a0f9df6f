import Configuration
package import LDAP
import Mapping

/// A connection on which single entries are looked up, after or beside a read of the sources.
package struct EntryLookup: Sendable {
  package let connection: Connection
  package let identity: IdentityAttribute
  package let pageSize: Int
  package let sources: [Source]
  /// Attributes that aren't requested from the server.
  private let omitted: Set<String>

  /// - Parameters:
  ///   - uri: the preferred server, which is the one of the last read.
  ///   - name: the server's own name, if the URI may lead to several; empty for any of them.
  /// - Throws: `ConfigurationError` for a secret that can't be read, `LDAPError`.
  package init(_ setup: CompiledConfiguration, at uri: String?, called name: String = "") async throws {
    let server = try setup.server().preferring(uri)
    var connection = try await Connection.open(server)
    var attempts = 1
    while !name.isEmpty, attempts < DirectoryRead.maxAttempts, connection.uri == uri,
      let found = try await connection.rootDSE().hostName, found != name
    {
      connection = try await Connection.open(server)
      attempts += 1
    }
    try await self.init(setup, on: connection)
  }

  /// Creates a lookup on an existing connection.
  init(_ setup: CompiledConfiguration, on connection: Connection) async throws(LDAPError) {
    try await setup.translate(at: connection)
    self.connection = connection
    sources = setup.sources
    omitted = try await connection.rootDSE().limitsAttributes ? Set(disabledAttributes) : []
    pageSize = await connection.pageSize(setup.configuration.directory.pageSize)
    identity = try await setup.identity(of: connection)
  }

  /// Reads one entry with the attributes of some sources, other attributes and its ID; nil if it doesn't exist or doesn't match.
  package func read(
    _ dn: String, for sources: [Source], with others: Set<String> = [], filter: String = "(objectClass=*)"
  ) async throws(LDAPError) -> Entry? {
    let attributes = sources.reduce(others.union([identity.name])) { $0.union($1.attributes) }
    return try await connection.read(dn, filter: filter, attributes: attributes.subtracting(omitted).sorted())
  }

  /// Whether a source's filter for disabled accounts matches an entry; false without a filter.
  package func isOff(_ dn: String, by filter: String?) async throws(LDAPError) -> Bool {
    guard let filter else { return false }
    return try await connection.read(dn, filter: filter, attributes: ["1.1"]) != nil
  }
}
