import Configuration
package import Domain
import Journal
package import LDAP
import Mapping

/// The connection and settings of a read, the same for all sources.
package struct ReadContext: Sendable {
  package let connection: Connection
  package let server: ConnectionSettings
  package let identity: IdentityAttribute
  package let now: Timestamp
  package let pageSize: Int
  let log: RunLog
  /// Attributes that aren't requested from the server.
  let omitted: Set<String>
  /// Whether only the entries show which attributes exist, because the server hides its schema and this is the first read.
  let looksForAttributes: Bool

  /// Whether there is no complete read yet.
  let isFirst: Bool

  package init(
    _ setup: CompiledConfiguration, _ connection: Connection, _ server: ConnectionSettings, at now: Timestamp,
    isFirst: Bool, log: RunLog
  ) async throws(LDAPError) {
    self.connection = connection
    self.server = server
    self.now = now
    self.log = log
    omitted = try await connection.rootDSE().limitsAttributes ? Set(disabledAttributes) : []
    pageSize = await connection.pageSize(setup.configuration.directory.pageSize)
    identity = try await setup.identity(of: connection)
    self.isFirst = isFirst
    looksForAttributes = isFirst ? try await setup.schema(at: connection) == nil : false
  }

  /// Logs a search as the line that repeats it.
  ///
  /// - Parameter source: the source's name, or what else is searched.
  package func log(_ request: SearchRequest, of source: String) {
    log.write(.searchMade, request.commandLine(uri: connection.uri, server), [.source: source])
  }

  /// A search request in a source's base, for what its templates need.
  func request(_ source: Source, with more: Set<String> = [], filter: String) -> SearchRequest {
    SearchRequest(
      base: source.base, scope: source.scope, filter: filter,
      attributes: source.attributes.union(more).union([identity.name]).subtracting(omitted).sorted(),
      pageSize: pageSize)
  }

  /// The search request of a source.
  ///
  /// - Parameter filter: nil for the selector's own.
  package func request(_ selector: EntrySelector, filter: String? = nil) -> SearchRequest {
    request(selector.source, with: selector.attributes, filter: filter ?? selector.filter)
  }
}
