import Configuration
import Domain
import LDAP
import Mapping

/// One session for all the sources.
struct Visit: Sendable {
  let connection: Connection
  let server: Server
  let identity: IdentityAttribute
  let now: Seconds
  let pageSize: Int
  let log: RunLog
  /// What the server isn't asked for.
  let omitted: Set<String>
  /// Whether the entries alone can tell which attributes there are, and nobody has looked so far.
  let looksForAttributes: Bool

  /// Whether no read of the sources has come to its end so far.
  let isFirst: Bool

  init(
    _ setup: Setup, _ connection: Connection, _ server: Server, at now: Seconds, isFirst: Bool, log: RunLog
  ) async throws(LDAPError) {
    self.connection = connection
    self.server = server
    self.now = now
    self.log = log
    omitted = try await connection.rootDSE().takesFewAttributes ? Set(disabledAttributes) : []
    pageSize = await connection.pageSize(setup.configuration.directory.pageSize)
    identity = try await setup.identity(of: connection)
    self.isFirst = isFirst
    looksForAttributes = isFirst ? try await setup.schema(at: connection) == nil : false
  }

  /// Logs a search as the line that repeats it.
  func tell(_ request: SearchRequest, of source: Source) {
    log.searched(request.commandLine(uri: connection.uri, server), source.name)
  }

  /// - Parameter filter: nil for the sieve's own.
  func request(_ sieve: Sieve, filter: String? = nil) -> SearchRequest {
    SearchRequest(
      base: sieve.source.base, scope: sieve.source.scope, filter: filter ?? sieve.filter,
      attributes: sieve.source.attributes.union(sieve.attributes).union([identity.name])
        .subtracting(omitted).sorted(),
      pageSize: pageSize)
  }
}
