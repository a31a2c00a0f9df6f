package import Configuration
package import Domain
package import LDAP
import Mapping
package import Platform
import Text

/// A checked configuration with its templates parsed. It has everything that a run needs except the secrets, which each
/// run reads again.
package struct CompiledConfiguration: Sendable {
  package let configuration: Configuration
  package let sources: [Source]
  /// The clock of all runs.
  package let clock: Clock
  /// When it was read, in seconds since 1970.
  package let madeAt: Timestamp
  /// The server to ask first; nil for the order of the configuration.
  package var preferredServer: String?
  /// The latest change marker of the directory; empty without a subscription, or if the server has none.
  package var reachedMarker = ""
  /// The change marker of the earlier notifications.
  package var earlierMarker = ""

  /// Reads and checks the file. Blocks for the time of reading it.
  ///
  /// - Parameter edited: a file to try in its place, with the ledger and the secrets of the configuration.
  /// - Throws: `ConfigurationError` with all findings.
  package init(file: String, trying edited: String? = nil, clock: Clock = .system) throws(ConfigurationError) {
    func load(_ file: String, inPlaceOf place: String? = nil) throws(ConfigurationError) -> Configuration {
      try Configuration.load(
        file: file, inPlaceOf: place, credentialsDirectory: Credentials(place ?? file).folder,
        stateDirectory: environment("STATE_DIRECTORY"))
    }
    self.clock = clock
    madeAt = clock.wall
    var configuration = try load(file)
    if let edited {
      let state = configuration.state
      configuration = try load(edited, inPlaceOf: file)
      configuration.state = state
    }
    do throws(ConfigurationError) {
      sources = try Source.all(configuration)
      // All sources have the same dial plans.
      configuration.numbers.policy.emergency = sources.first?.dialPlans.emergencyNumbers ?? EmergencyNumbers()
      self.configuration = configuration
    } catch {
      var error = error
      error.stateDirectory = configuration.state.directory
      throw error
    }
  }

  /// Identifies the mapping: another program version or another library version may map the same entries differently.
  package var mappingDigest: String { ([version] + mappingLibraries + [configuration.digest]).joined(separator: " ") }

  /// The same, as the ledger keeps it: with another one all entries are planned again.
  package var policyDigest: UInt64 { fnv1a(mappingDigest.utf8.span) }

  /// The search bases of all sources.
  package var bases: [String] { sources.map(\.base) }

  /// The sites with a dial plan of their own.
  var sites: [Site] { sources.first?.dialPlans.sites ?? [] }

  /// The places where a change can affect the selection: the bases, and the groups, even in another naming context.
  package var watched: [String] { bases + sources.flatMap(\.selection.groups) }

  package var credentials: Credentials { Credentials(configuration.place) }

  /// The files with a secret.
  package var secretFiles: [String] {
    let directory = configuration.directory
    return [directory.bindPasswordFile, directory.writer?.bindPasswordFile, configuration.pbx.securityKeyFile]
      .compactMap(\.self)
  }

  /// The secret files of alerts, without which runs go on.
  package var alertSecretFiles: [String] {
    let alerts = configuration.alerts
    return [alerts.login?.passwordFile, alerts.webhookFile].compactMap(\.self)
  }

  /// The secret files that don't exist yet, for a check before they are created.
  package var missingSecrets: [String] { (secretFiles + alertSecretFiles).filter { !fileExists($0) } }

  /// The other files that the configuration names for reading.
  var furtherFiles: [String] {
    let directory = configuration.directory
    let sources = sources.compactMap(\.selection.excludeFile)
    return [
      directory.caFile, directory.clientCertificate?.file, directory.clientCertificate?.keyFile,
      configuration.pbx.caFile, configuration.alerts.caFile,
    ]
    .compactMap(\.self) + sources
  }

  package func server() throws(ConfigurationError) -> ConnectionSettings {
    let directory = configuration.directory
    let password = try directory.bindPasswordFile.map { file throws(ConfigurationError) in
      try credentials.secret(file)
    }
    return ConnectionSettings(
      uris: directory.servers.filter { $0 == preferredServer } + directory.servers.filter { $0 != preferredServer },
      service: directory.srv, preferred: preferredServer,
      startTLS: directory.startTLS, caFile: directory.caFile, bindDN: directory.bindDN,
      password: Secret(password ?? ""),
      mechanism: directory.sasl.map(ConnectionSettings.SASLMechanism.init),
      clientCertificate: directory.clientCertificate.map { ClientCertificate(file: $0.file, keyFile: $0.keyFile) },
      connectTimeout: directory.connectTimeout,
      operationTimeout: directory.operationTimeout, idleTimeout: directory.idleTimeout)
  }

  /// The connection settings with the bind identity for writing.
  package func writer() throws(ConfigurationError) -> ConnectionSettings {
    var server = try server()
    guard let writer = configuration.directory.writer else { return server }
    server.bindDN = writer.bindDN
    server.password = Secret(try credentials.secret(writer.bindPasswordFile))
    server.mechanism = nil
    return server
  }

  /// The attribute with the immutable ID: as configured, otherwise by the server's schema.
  package func identity(of connection: Connection) async throws(LDAPError) -> IdentityAttribute {
    let directory = configuration.directory
    guard let name = directory.identity else { return try await connection.identityAttribute() }
    return IdentityAttribute(name, directory.identitySyntax.map(IdentityAttribute.Syntax.init))
  }

  /// The name of the attribute with the immutable ID, for messages.
  package var identityName: String { configuration.directory.identity ?? "immutable id" }

  /// The admin's settings for a plan.
  ///
  /// - Parameters:
  ///   - backsOff: whether all changes that fail repeatedly wait for their next try.
  ///   - foreignRetry: when a taken number is tried again.
  package func policy(backsOff: Bool, foreignRetry: ForeignRetry = .never) -> Policy {
    Policy(
      numbers: configuration.numbers.policy, removal: configuration.removal, update: configuration.update,
      addition: configuration.addition, existing: configuration.pbx.existing, backsOff: backsOff,
      foreignRetry: foreignRetry, phonebook: configuration.contacts.map(\.phonebook.rule),
      maxContacts: configuration.pbx.maxContacts,
      sources: Dictionary(grouping: sources, by: \.kind).mapValues { $0.map(\.name) })
  }

  /// The pools of all sources.
  package var pools: [NumberPool] {
    configuration.users.compactMap { user in
      user.pool.map { NumberPool(source: user.name, ranges: $0.ranges, pick: $0.pick) }
    }
  }
}
