import Configuration
import Domain
import LDAP

extension DirectoryRead {
  /// How often a connection is tried if another server with the same name answers, or one that lags behind.
  static let maxAttempts = 8

  /// Connects to a server that doesn't lag behind. If one name has several servers, to the server of the last read: the others may get
  /// changes later, and not all of them show that.
  mutating func connect(
    _ setup: CompiledConfiguration, _ server: ConnectionSettings, _ baseline: ReadBaseline
  ) async throws(LDAPError) -> Connection {
    var attempt = 1
    while true {
      let connection = try await Connection.open(server)
      try await identify(connection, setup)
      let lag = baseline.lag(of: record)
      if lag == nil, attempt == Self.maxAttempts || !baseline.isAnother(record) { return connection }
      if attempt == Self.maxAttempts {
        if lag?.mayBeSame == true, await !hasSeveralAddresses(connection.uri) { return connection }
        throw LDAPError(.rootDSE, .outdated, code: 0, detail: lag?.text ?? "")
      }
      attempt += 1
    }
  }

  /// Records the server's identity and its change marker.
  mutating func identify(_ connection: Connection, _ setup: CompiledConfiguration) async throws(LDAPError) {
    let rootDSE = try await connection.rootDSE()
    record.server = connection.uri
    record.vendor = rootDSE.product
    record.name = rootDSE.hostName ?? ""
    record.invocationID = try await connection.invocationID() ?? ""
    marker = try await connection.changeMarker(over: setup.watched)
    record.marker = marker?.text ?? rootDSE.highestCommittedUSN ?? ""
  }

  /// Reads the canaries. If one is missing, the bind identity sees less than it should, and the read is incomplete.
  mutating func findCanaries(_ setup: CompiledConfiguration, _ connection: Connection)
    async throws(LDAPError)
  {
    let canaries = setup.configuration.directory.canaries
    record.canariesWanted = canaries.count
    for dn in canaries {
      if try await connection.read(dn, attributes: ["1.1"]) == nil {
        reading.markIncomplete(because: "the canary \(dn) wasn't seen")
      } else {
        record.canaries += 1
      }
    }
  }
}
