import Foundation
import Glibc

/// A real mail server on a free loopback port: aiosmtpd, with TLS and login. It keeps each mail that it accepts, and refuses
/// recipients whose names begin with "nobody".
public final class MailServer: Sendable {
  public enum TLS: String, Sendable { case none, starttls, smtps }

  /// A mail as it was accepted.
  public struct Mail: Decodable, Sendable {
    public let sender: String
    public let recipients: [String]
    /// As it came, with CRLF at the line ends.
    public let raw: String
    /// The subject and the body, decoded by Python's own parser.
    public let subject, body: String
    public let headers: [String: String]
    /// Whatever Python's parser finds wrong with it.
    public let defects: [String]
    public let isEncrypted: Bool
    public let user: String?
  }

  public let port: Int
  public let certificates: Certificates
  public let user = "alerts@example.com"
  public let password = "Sicher-\(UUID().uuidString)"
  private let folder: TemporaryFolder
  private let process: ChildProcess

  /// - Parameter requiresLogin: whether it takes mails only from `user`.
  public init(_ tls: TLS = .starttls, requiresLogin: Bool = false) async throws {
    folder = try TemporaryFolder()
    certificates = try await Certificates(in: folder)
    try folder.write("server.py", program)
    try folder.write("mails", "")
    process = try ChildProcess(
      launching: "/usr/bin/python3",
      arguments: [
        folder.path + "/server.py", tls.rawValue, requiresLogin ? user : "", password, certificates.file,
        certificates.keyFile, folder.path + "/mails",
      ])
    try await process.wait(for: "listening on ")
    port = process.output.split(separator: " ").last.flatMap { Int($0.trimmingCharacters(in: .newlines)) } ?? 0
  }

  /// The mails so far, the first one first.
  public func mails() throws -> [Mail] {
    try String(contentsOfFile: folder.path + "/mails", encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Mail.self, from: Data($0.utf8))
    }
  }

  /// Ends it, and closes its port.
  public func stop() async {
    process.send(SIGTERM)
    _ = await process.waitUntilExit()
  }
}

private let program = """
  import asyncio, email, email.policy, json, ssl, sys
  from aiosmtpd.smtp import AuthResult, SMTP

  mode, user, password, certificate, key, mails = sys.argv[1:]
  context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  context.load_cert_chain(certificate, key)

  class Handler:
      async def handle_RCPT(self, server, session, envelope, address, options):
          if address.startswith("nobody"):
              return "550 5.1.1 no such mailbox"
          envelope.rcpt_tos.append(address)
          return "250 OK"

      async def handle_DATA(self, server, session, envelope):
          message = email.message_from_bytes(envelope.content, policy=email.policy.default)
          entry = {
              "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
              "raw": envelope.content.decode("latin-1"), "subject": message["subject"],
              "body": message.get_content().replace("\\r\\n", "\\n"), "headers": {k.lower(): str(v) for k, v in message.items()},
              "defects": [repr(d) for d in message.defects] + [repr(d) for v in message.values() for d in v.defects],
              "isEncrypted": mode == "smtps" or session.ssl is not None,
              "user": session.auth_data.login.decode() if session.auth_data else None}
          with open(mails, "a") as file:
              file.write(json.dumps(entry) + "\\n")
          return "250 OK"

  def authenticate(server, session, envelope, mechanism, data):
      good = data.login == user.encode() and data.password == password.encode()
      return AuthResult(success=good, handled=False, auth_data=data if good else None)

  def protocol():
      return SMTP(
          Handler(), hostname="localhost", tls_context=context if mode == "starttls" else None,
          require_starttls=False, auth_required=bool(user), authenticator=authenticate if user else None,
          auth_require_tls=mode != "smtps", loop=loop)

  async def serve():
      server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if mode == "smtps" else None)
      print("listening on", server.sockets[0].getsockname()[1], flush=True)
      await server.serve_forever()

  loop = asyncio.new_event_loop()
  asyncio.set_event_loop(loop)
  loop.run_until_complete(serve())
  """
