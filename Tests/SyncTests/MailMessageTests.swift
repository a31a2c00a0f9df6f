import Foundation
import TestSupport
import Testing

@testable import Sync

@Suite(.timeLimit(.minutes(15))) struct `A mail's text` {
  private func message(_ subject: String, _ body: String) -> MailMessage {
    MailMessage(
      from: "pbxsyncd@pbx.example.com", to: ["a@example.com", "b@example.com"], subject: subject, body: body,
      at: 1_795_531_094)
  }

  /// What Python's parser makes of it.
  private func parsed(_ message: MailMessage) async throws -> (subject: String, body: String, names: [String]) {
    let folder = try TemporaryFolder()
    let file = try folder.write("mail", Data(message.bytes))
    let script = """
      import email, email.policy, json, sys
      m = email.message_from_bytes(open(sys.argv[1], "rb").read(), policy=email.policy.default)
      assert not m.defects and not any(v.defects for v in m.values()), m.defects
      print(json.dumps([m["subject"], m.get_content()] + [k for k in m.keys()]))
      """
    let python = try await ChildProcess.run("/usr/bin/python3", ["-c", script, file])
    #expect(python.exitStatus == 0, "\(python.errors)")
    let all = try JSONDecoder().decode([String].self, from: Data(python.output.utf8))
    return (all[0], all[1], Array(all[2...]))
  }

  @Test(arguments: [
    ("Held: 3 removals", "plain\n"), ("Größe: 3 Müller", "Jürgen Müller ändert = alles\n\n.\n..\nFrom here\n"),
    (String(repeating: "lang ", count: 60) + "ende", String(repeating: "x", count: 2000) + "\nend \n"),
    (String(repeating: "日本語", count: 40), "日本語のテキスト 👩‍👩‍👧\n"), ("=?UTF-8?B?ZXZpbA==?=", "=\n=20\n"),
    ("a\r\nBcc: evil@example.com\r\n\r\nbody", "a\r\nb\n"), ("", ""), ("tab\there", "tab\there\n"),
  ])
  func `is read as it was written`(subject: String, body: String) async throws {
    let mail = message(subject, body)
    #expect(mail.bytes.allSatisfy { $0 < 0x80 && $0 != 0 })
    let text = String(decoding: mail.bytes, as: UTF8.self)
    let lines = text.components(separatedBy: "\r\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 998 && !$0.contains("\n") && !$0.contains("\r") })
    let read = try await parsed(mail)
    #expect(read.subject == subject.replacing("\r\n", with: "\\r\\n").replacing("\t", with: "\\t"))
    #expect(read.body.replacing("\r\n", with: "\n") == body.replacing("\r\n", with: "\n"))
    #expect(
      read.names == [
        "Date", "From", "To", "Message-ID", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
      ])
  }

  @Test func `has a date and an ID of its own`() {
    let (first, second) = (message("a", "b\n"), message("a", "b\n"))
    #expect(first.id != second.id && first.id.hasSuffix("@pbx.example.com"))
    let text = String(decoding: first.bytes, as: UTF8.self)
    #expect(text.contains("To: a@example.com,\r\n b@example.com\r\n"))
    #expect(text.firstMatch(of: /Date: [A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} 2026 \d{2}:\d{2}:14 [+-]\d{4}\r\n/) != nil)
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
  ])
  func `has base64 as RFC 4648 says`(text: String, base64: String) {
    #expect(MailMessage.base64(Array(text.utf8)) == base64)
  }
}
