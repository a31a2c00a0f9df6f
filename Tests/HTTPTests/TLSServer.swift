import Foundation
import Glibc
import Synchronization
import TestSupport

/// `openssl s_server` on a free loopback port, with a certificate that it signed itself. Answers each request with
/// `200` and `{}`.
final class TLSServer {
  /// The certificate, as a PEM file.
  let certificate: String
  /// The hash of its public key, as CURLOPT_PINNEDPUBLICKEY has it.
  let pin: String
  private let folder: URL
  private let process = Process()
  private let output = Output()

  private static let starting = Mutex(())

  /// Everything that s_server prints, the requests in clear among it.
  private final class Output: Sendable {
    let text = Mutex("")
  }

  /// `name` is the certificate's only subjectAltName.
  init(name: String = "IP:127.0.0.1") async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    certificate = folder.appending(path: "cert.pem").path
    try await shell(
      """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
        -addext subjectAltName=\(name) -keyout key.pem -out cert.pem 2>/dev/null
      """, in: folder)
    pin = try await "sha256//" + publicKeyHash(in: folder)

    let input = Pipe()
    let printed = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem"]
    process.currentDirectoryURL = folder
    process.standardInput = input
    process.standardOutput = printed
    process.standardError = FileHandle.nullDevice
    // Foundation crashes when two threads start programs at once; `ChildProcess` has no pipe to write into.
    try Self.starting.withLock { _ in try process.run() }

    let (answers, requests, output) = (input.fileHandleForWriting, printed.fileHandleForReading, output)
    Thread.detachNewThread {
      while case let bytes = requests.availableData, !bytes.isEmpty {
        let text = String(decoding: bytes, as: UTF8.self)
        output.text.withLock { $0 += text }
        guard text.contains("\r\n\r\n") else { continue }
        try? answers.write(contentsOf: Data("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".utf8))
      }
    }
  }

  func stop() {
    // Not SIGTERM: a child of a dispatch thread is born with it blocked.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Known once it listens.
  var url: String {
    get async throws {
      var port = ""
      let listens = await eventually {
        port = output.text.withLock { String($0.firstMatch(of: /ACCEPT 127\.0\.0\.1:([0-9]+)\n/)?.1 ?? "") }
        return !port.isEmpty
      }
      guard listens else { throw Failed(what: "openssl s_server doesn't listen") }
      return "https://127.0.0.1:\(port)/"
    }
  }

  var requests: Int { output.text.withLock { $0.components(separatedBy: "POST / HTTP/1.1").count - 1 } }
}

struct Failed: Error {
  let what: String
}

/// The base64 SHA-256 of the certificate's public key in DER.
private func publicKeyHash(in folder: URL) async throws -> String {
  try await shell(
    """
    openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform der \
      | openssl dgst -sha256 -binary | openssl base64
    """, in: folder)
}

@discardableResult
private func shell(_ command: String, in folder: URL) async throws -> String {
  let finished = try await ChildProcess.run("/bin/sh", ["-c", "cd \"$0\" && \(command)", folder.path])
  guard finished.exitStatus == 0 else { throw Failed(what: "\(command): \(finished.errors)") }
  return finished.output.trimmingCharacters(in: .newlines)
}
