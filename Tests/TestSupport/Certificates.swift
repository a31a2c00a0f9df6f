import Foundation
import Synchronization

/// An authority of the tests' own and a certificate for 127.0.0.1, in files that are one test's.
public struct Certificates: Sendable {
  public let caFile: String
  /// An authority that signed nothing here.
  public let wrongCAFile: String
  /// The public key as libcurl's CURLOPT_PINNEDPUBLICKEY takes it: `sha256//...`.
  public let pin: String
  let file: String
  let keyFile: String

  /// - Parameter days: how long they hold.
  init(in folder: borrowing TemporaryFolder, days: Int = 60) async throws {
    let texts = try await Self.made(for: days).value
    for (name, text) in texts { try folder.write(name, text) }
    let place = folder.path
    caFile = place + "/ca.pem"
    wrongCAFile = place + "/wrong-ca.pem"
    file = place + "/server.pem"
    keyFile = place + "/server-key.pem"
    pin = "sha256//" + (texts["pin"] ?? "").trimmingCharacters(in: .newlines)
  }

  /// By days, the files' texts. They are made once in a run of the tests, by eight calls of openssl(1).
  private static let all = Mutex<[Int: Task<[String: String], any Error>]>([:])

  private static func made(for days: Int) -> Task<[String: String], any Error> {
    all.withLock { all in
      if let task = all[days] { return task }
      let task = Task { try await make(days) }
      all[days] = task
      return task
    }
  }

  private static func make(_ days: Int) async throws -> [String: String] {
    let folder = try TemporaryFolder()
    let script = """
      set -eu; cd "$0"
      authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days \(days) \
        -subj "/CN=$1" -keyout "$1-key.pem" -out "$1.pem"; }
      authority ca
      authority wrong-ca
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 \
        -keyout server-key.pem -out server.csr
      printf 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:ldap1.example.com,DNS:ldap2.example.com\\n' > server.ext
      openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days \(days) \
        -extfile server.ext -out server.pem
      openssl pkey -in server-key.pem -pubout -outform der | openssl dgst -sha256 -binary | openssl base64 > pin
      """
    let made = try await ChildProcess.run("/bin/sh", ["-c", script, folder.path])
    guard made.exitStatus == 0 else { throw ChildProcessError("can't make certificates with openssl: \(made.errors)") }
    var texts: [String: String] = [:]
    for name in ["ca.pem", "wrong-ca.pem", "server.pem", "server-key.pem", "pin"] {
      texts[name] = try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }
    return texts
  }
}
