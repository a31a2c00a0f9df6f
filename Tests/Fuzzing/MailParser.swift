import HTTP

@testable import TestSupport

/// One for all inputs, as in a daemon.
private let client = Client(ClientSettings(connectTimeout: .seconds(5), requestTimeout: .seconds(5)))

/// The replies of a mail server. The first byte picks the use of TLS, whose handshake gets the replies too.
func parseMailReplies(_ bytes: [UInt8]) {
  let first = bytes.first ?? 0
  let replies = Array(bytes.dropFirst())
  let login = first & 4 == 0 ? nil : MailLogin(user: "alerts", password: secret)
  let envelope = MailEnvelope(
    from: "from@example.com", to: ["a@example.com", "b@example.com"], login: login,
    startTLS: [.never, .ifOffered, .required, .never][Int(first & 3)])
  waitFor {
    do {
      let server = try HostileServer(.smtp, answering: replies)
      let answer = await client.sendTimed(
        Request(url: server.uri, .mail(Array("Subject: test\r\n\r\n.\r\n\(secret)\r\n".utf8), envelope))
      ).answer
      withExtendedLifetime(server) {}
      switch answer {
      // RFC 5321, section 4.2.2: the server asks for the message, and then takes it.
      case .success:
        precondition(replies.contains(UInt8(ascii: "3")) && replies.contains(UInt8(ascii: "2")), "accepted by nobody")
      case .failure(let error):
        expectNoSecret(in: error.description)
        expectVisible(error.description)
        precondition(error.kind != .timedOut, "\(error)")
      }
    } catch {
      fatalError("\(error)")
    }
  }
}
