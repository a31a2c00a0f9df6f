import Configuration
import Directory
import Domain
import LDAP

extension DoctorReport {
  /// The number of additional connections, to find out whether the same server answers each of them.
  private static let furtherConnections = 4

  /// Checks whether one address leads to several servers, which differ for a while after each change: each run might read
  /// another of them.
  mutating func checkSameness(_ connection: Connection, _ setup: CompiledConfiguration, _ server: ConnectionSettings)
    async throws
  {
    let uri = connection.uri
    let what = "\(uri), one server"
    var names = Set([try await connection.rootDSE().hostName].compactMap(\.self))
    var marker = try await connection.changeMarker(over: setup.watched)?.text ?? ""
    var lag: String?
    for _ in 0..<Self.furtherConnections {
      let other = try await Connection.open(server)
      names.formUnion([try await other.rootDSE().hostName].compactMap(\.self))
      let now = try await other.changeMarker(over: setup.watched)?.text ?? ""
      if let (last, seen) = ChangeMarker.lag(of: now, behind: [marker]) { lag = "\(last), and then \(seen)" }
      marker = now
    }
    let remedy =
      "name each of them in [directory] servers, in the order of trying, or use DNS SRV discovery (srv): then one answers a "
      + "whole run, and the next run asks the same one"
    let called = names.sorted().joined(separator: ", ")
    if names.count > 1 {
      fail(what, "several servers have this name: \(called)", remedy: remedy)
    } else if let lag {
      fail(what, "several servers have this name, with different last changes: \(lag)", remedy: remedy)
    } else if await hasSeveralAddresses(uri) {
      let host = Endpoint(uri)?.host.lowercased() ?? ""
      // A server whose name is its own may have two network interfaces.
      if let name = names.first?.lowercased(), !host.contains(":"), name != host, !name.hasPrefix("\(host):"),
        !name.hasPrefix("\(host).")
      {
        fail(what, "the name has several addresses, and at one of them is \(called)", remedy: remedy)
      } else {
        pass(what, "the name has several addresses; if these are several servers, name each in [directory] servers")
      }
    } else {
      pass(what, called.isEmpty ? "as far as known" : called)
    }
  }
}
