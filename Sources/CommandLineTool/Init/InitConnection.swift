import Configuration
import Journal
import LDAP
import Sync

/// The way to the directory that `init` finds out: encryption, and whether an anonymous bind shows people.
struct InitConnection: Sendable {
  /// Whether the connection is, or can be, encrypted.
  enum Encryption: Hashable, Sendable {
    case works
    /// Why not, as a clause.
    case fails(reason: String, remedy: String)
  }

  let address: Address
  private(set) var settings: ConnectionSettings
  private(set) var encryption = Encryption.works
  /// Why an anonymous bind shows nobody; nil if it shows people.
  private(set) var anonymousRefusal: String?

  /// Connects without a password.
  ///
  /// - Throws: if the server is unreachable or its certificate isn't trusted.
  init(_ address: Address, caFile: String?) async throws(RunError) {
    self.address = address
    settings = ConnectionSettings(
      uris: [address.text], startTLS: address.scheme == .ldap, caFile: caFile, connectTimeout: .seconds(10),
      operationTimeout: .seconds(600), idleTimeout: .seconds(60))
    do throws(LDAPError) {
      try await lookForPeople()
    } catch  where address.scheme == .ldap && error.kind == .untrusted {
      encryption = .fails(reason: error.detail, remedy: "")
      settings.startTLS = false
      do throws(LDAPError) { try await lookForPeople() } catch { throw RunError(init: error, as: "") }
    } catch {
      throw RunError(init: error, as: "")
    }
  }

  private mutating func lookForPeople() async throws(LDAPError) {
    let connection: Connection
    do throws(LDAPError) {
      connection = try await Connection.open(settings)
    } catch  where error.operation == .bind && error.code > 0 {
      anonymousRefusal = error.detail
      return
    }
    do throws(LDAPError) {
      let rootDSE = try await connection.rootDSE()
      for context in rootDSE.contextsOfPeople {
        let request = SearchRequest(
          base: context, scope: .sub, filter: DirectorySample().filter, attributes: ["1.1"], pageSize: 2)
        // `.end` gives no result.
        let found = try await connection.search(
          request, into: false,
          choosing: { seen, _ in
            seen = true
            return .end
          }
        ) { _, _ in }
        if found.0 { return }
      }
      anonymousRefusal = "it shows no entries of people"
    } catch {
      if [.unreachable, .cutOff, .timedOut].contains(error.kind) { throw error }
      anonymousRefusal = error.detail
    }
  }

  /// Binds with a password from now on.
  ///
  /// - Throws: if the password would cross a network unencrypted.
  mutating func bind(as dn: String, _ password: Secret) throws(RunError) {
    if case .fails(let reason, _) = encryption, !address.isLoopback {
      throw RunError(
        refusing: "the password would cross the network unencrypted, because StartTLS fails: \(reason)",
        remedy: "use ldaps://, or name the CA that signed the server's certificate: --ca-file FILE")
    }
    settings.bindDN = dn
    settings.password = password
  }

  /// Connects with the present settings.
  func open() async throws(RunError) -> Connection {
    do throws(LDAPError) { return try await Connection.open(settings) } catch {
      throw RunError(init: error, as: settings.bindDN)
    }
  }
}

extension RunError {
  /// A failure of the directory, with the next step for somebody who has no configuration yet.
  ///
  /// - Parameter bindDN: empty for an anonymous bind.
  init(init error: LDAPError, as bindDN: String) {
    let needsBind = "name an account that may read the directory: --bind-dn DN --password-file FILE"
    let encrypted = error.remedy.contains("requires an encrypted bind")
    switch error.kind {
    case .unreachable where error.operation != .bind || error.code < 0, .timedOut, .unlisted:
      self.init(
        .outOfReach, .directoryUnreachable, "the directory can't be reached: \(error)",
        remedy: "check the URI's host and port, the network, and that the server runs")
    case .untrusted:
      self.init(
        .outOfReach, .directoryUnreachable, "the server's certificate isn't trusted: \(error)",
        remedy:
          "name the CA that signed it: --ca-file FILE, or add it to the system's (update-ca-certificates); use the server's host name in the URI"
      )
    case .badCredentials where bindDN.isEmpty:
      self.init(
        .notAuthorised, .directoryRefusedBind, "the server refuses anonymous reads: \(error)", remedy: needsBind)
    case .badCredentials:
      self.init(
        .notAuthorised, .directoryRefusedBind, "the server refused the bind: \(error)",
        remedy: encrypted
          ? "use ldaps://, or name the CA for StartTLS: --ca-file FILE"
          : error.isInvalidDN
            ? "write --bind-dn as a DN, such as cn=reader,dc=example,dc=com; Active Directory also takes reader@example.com"
            : "check --bind-dn and the password")
    case .other where error.operation == .bind:
      self.init(
        .notAuthorised, .directoryRefusedBind, "the server refused the bind: \(error)",
        remedy: bindDN.isEmpty ? needsBind : "check --bind-dn and the password, and the server's log")
    case .noSuchBase where bindDN.isEmpty:
      self.init(
        .notAuthorised, .directoryUnreachable, "an anonymous bind can't see the base: \(error)", remedy: needsBind)
    case .notPermitted, .other:
      self.init(
        .notAuthorised, .directoryUnreachable, "the directory can't be read: \(error)",
        remedy: bindDN.isEmpty ? needsBind : "give \(bindDN) the right to read and search")
    default:
      self.init(RunError(error))
    }
  }

  private init(_ other: RunError) { self = other }
}
