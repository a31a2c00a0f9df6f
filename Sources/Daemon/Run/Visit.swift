import Domain
import LDAP

/// One session for all the sources.
struct Visit: Sendable {
  let connection: Connection
  let server: Server
  let identity: IdentityAttribute
  let now: Seconds
  let pageSize: Int
  let log: RunLog

  /// Logs a search as the line that repeats it.
  func tell(_ request: SearchRequest, of source: Source) {
    log.searched(request.commandLine(uri: connection.uri, server), source.name)
  }

  func request(_ sieve: Sieve) -> SearchRequest {
    SearchRequest(
      base: sieve.source.base, scope: sieve.source.scope, filter: sieve.filter,
      attributes: sieve.source.attributes.union(sieve.attributes).union([identity.rawValue]).sorted(),
      pageSize: pageSize)
  }
}
