import Configuration
import Domain
import HTTP
import LDAP
import Platform

/// The endpoint of a URI of the configuration, and commands with which an admin can check it.
struct Endpoint {
  let uri: String
  let host: String
  let port: String
  /// Whether the connection begins with TLS.
  let isTLS: Bool
  /// A socket on this machine has no name, no port and no certificate.
  let isSocket: Bool

  /// - Parameter uri: as in a configuration, such as `ldap://ldap1`; nil for any other text.
  init?(_ uri: String) {
    guard let address = Address(uri) else { return nil }
    self.uri = uri
    host = address.host
    port = address.port ?? address.scheme.port
    isTLS = [.ldaps, .https].contains(address.scheme)
    isSocket = address.scheme == .ldapi
  }

  var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Shows that the server is unreachable.
  var connectCommand: String {
    "getent ahosts \(shellQuoted(host)); timeout 5 bash -c \(shellQuoted("echo > /dev/tcp/\(host)/\(port)"))"
  }

  /// Shows the certificate chain and why it isn't trusted.
  func certificateCommand(startTLS: Bool) -> String {
    "openssl s_client -connect \(shellQuoted(authority))\(startTLS ? " -starttls ldap" : "") -showcerts < /dev/null"
  }
}

extension DoctorReport {
  /// The remaining days of a certificate that needs no renewal yet.
  private static let enoughDays: Int64 = 14

  /// The largest tolerated difference between clocks, in seconds: logs and certificates depend on them.
  private static let enoughSkew: Int64 = 60

  /// Checks name, TCP and TLS of one server. Blocks for three times the connect timeout at most.
  ///
  /// - Parameter startTLS: the settings of a directory that uses StartTLS; nil for any other server.
  /// - Returns: whether further checks of it make sense.
  mutating func checkContact(
    _ endpoint: Endpoint, _ settings: ClientSettings, startTLS server: ConnectionSettings? = nil
  ) async -> Bool {
    let uri = endpoint.uri
    do {
      let address = try TLSProbe("http://\(endpoint.authority)", settings).address
      pass("\(uri), name and TCP", address)
    } catch {
      fail("\(uri), name and TCP", error.detail, remedy: endpoint.connectCommand)
      return false
    }
    guard endpoint.isTLS || server != nil else {
      pass("\(uri), TLS", "not used")
      return true
    }
    do {
      let chain = try await Self.chain(of: endpoint, settings, server)
      check(chain, of: endpoint, startTLS: server != nil)
      return true
    } catch let error as LDAPError {
      fail("\(uri), TLS", "\(error)", remedy: "\(error.remedy); \(endpoint.certificateCommand(startTLS: true))")
    } catch let error as HTTPError {
      fail(
        "\(uri), TLS", error.detail,
        remedy: "set ca_file to the CA that signed it; \(endpoint.certificateCommand(startTLS: server != nil))")
    } catch {
      fail("\(uri), TLS", "\(error)", remedy: "")
    }
    return false
  }

  private static func chain(
    of endpoint: Endpoint, _ settings: ClientSettings, _ server: ConnectionSettings?
  ) async throws -> [TLSProbe.Certificate] {
    let url = "https://\(endpoint.authority)"
    guard let server else { return try TLSProbe(url, settings).certificates }
    return try await Connection.beforeTLS(with: endpoint.uri, server) { socket in
      Result { () throws(HTTPError) in try TLSProbe(url, settings, over: socket).certificates }
    }.get()
  }

  private mutating func check(_ chain: [TLSProbe.Certificate], of endpoint: Endpoint, startTLS: Bool) {
    let now = Clock.system.wall
    let days = chain.map { ($0.notAfter - now) / 86_400 }
    let text = zip(chain, days).map { certificate, days in
      "\(certificate.subject), \(counted(Int(days), "day")) left, until \(localTime(certificate.notAfter))"
    }
    .joined(separator: "; ")
    let what = "\(endpoint.uri), TLS"
    if let least = days.min(), least < Self.enoughDays {
      fail(
        what, text,
        remedy:
          "renew it before it expires; \(endpoint.certificateCommand(startTLS: startTLS)) | openssl x509 -noout -dates")
    } else {
      pass(what, text)
    }
  }

  /// Compares a server's clock with this machine's.
  ///
  /// - Parameter time: the server's time, in seconds since 1970; nil if unknown.
  mutating func checkClock(_ uri: String, _ time: Int64?) {
    guard let time else { return pass("\(uri), clock", "not available") }
    let skew = time - Clock.system.wall
    if abs(skew) <= Self.enoughSkew { return pass("\(uri), clock", "\(abs(skew)) s apart") }
    fail(
      "\(uri), clock", "\(abs(skew)) s \(skew > 0 ? "ahead of" : "behind") this machine's",
      remedy: "find out which of the two is wrong, on both machines: timedatectl")
  }
}
