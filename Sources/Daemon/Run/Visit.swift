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

  func request(_ sieve: Sieve) -> SearchRequest {
    SearchRequest(
      base: sieve.source.base, scope: sieve.source.scope, filter: sieve.filter,
      attributes: sieve.source.attributes.union(sieve.attributes).union([identity.rawValue]).sorted(),
      pageSize: pageSize)
  }
}
