import Foundation

/// nghttpx(1) with TLS on a free loopback port, in front of a server that speaks HTTP/1.1 alone.
public final class HTTP2Proxy: Sendable {
  public let url: String
  public let tls: Certificates
  private let port: ReservedPort
  private let process: ChildProcess
  private let folder: TemporaryFolder
  private let log: String

  /// - Parameter protocols: what it offers in the handshake, such as `h2,http/1.1`.
  public static func start(before port: UInt16, protocols: String = "h2,http/1.1") async throws -> HTTP2Proxy {
    try await HTTP2Proxy(port, protocols)
  }

  private init(_ backend: UInt16, _ protocols: String) async throws {
    folder = try TemporaryFolder()
    tls = try await Certificates(in: folder)
    log = folder.path + "/log"
    port = try ReservedPort()
    url = "https://127.0.0.1:\(port.number)/api.aspx"
    process = try ChildProcess(
      launching: "nghttpx",
      arguments: [
        // No process of its own: who ends it ends all of it.
        "--single-process", "--conf=/dev/null", "--no-ocsp", "--frontend=127.0.0.1,\(port.number)",
        "--backend=127.0.0.1,\(backend)", "--npn-list=\(protocols)", "--accesslog-file=\(log)",
        "--accesslog-format=$remote_port $alpn $status", tls.keyFile, tls.file,
      ])
    try await eventually("nghttpx") { [process, port] in
      guard process.isRunning else { throw ChildProcessError("nghttpx didn't start: \(process.errors)") }
      guard let socket = connection(to: port.number) else { return false }
      close(socket)
      return true
    }
  }

  /// What it passed on: the client's port, the protocol that both speak, and the status.
  public var answered: [(port: Substring, protocol: Substring, status: Substring)] {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 3 ? (words[0], words[1], words[2]) : nil
    }
  }
}
