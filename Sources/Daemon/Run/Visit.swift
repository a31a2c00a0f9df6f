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
  /// What the server isn't asked for.
  var omitted: Set<String> = []

  /// Logs a search as the line that repeats it.
  func tell(_ request: SearchRequest, of source: Source) {
    log.searched(request.commandLine(uri: connection.uri, server), source.name)
  }

  /// - Parameter filter: nil for the sieve's own.
  func request(_ sieve: Sieve, filter: String? = nil) -> SearchRequest {
    SearchRequest(
      base: sieve.source.base, scope: sieve.source.scope, filter: filter ?? sieve.filter,
      attributes: sieve.source.attributes.union(sieve.attributes).union([identity.rawValue])
        .subtracting(omitted).sorted(),
      pageSize: pageSize)
  }
}
