import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `The section for alerts` {
  @Test func `is empty by default, and nobody is told`() throws {
    let it = try read(configuration())
    #expect(it.alerts.isEmpty && it.alerts.smtp.text == "smtp://localhost" && it.alerts.login == nil)
  }

  @Test(arguments: [
    ("mail_to = [\"a@b.example\", \"root@localhost\"]", ""),
    ("mail_to = [\"A <a@b.example>\"]", "isn't a mail address"), ("mail_to = [\"a\"]", "isn't a mail address"),
    ("mail_to = [\"a@b\\r\\nRCPT TO:<c@d>\"]", "control characters"), ("mail_to = [\"ü@b.example\"]", "in ASCII"),
    ("mail_to = [\"a@b\", \"a@b\"]", "twice"), ("mail_to = \"a@b\"", "a list"),
    ("mail_from = \"a@b\"", "'mail_from' has no effect without 'mail_to'"),
    ("mail_to = [\"a@b\"]\nsmtp_user = \"u\"", "'smtp_user' has no effect without 'smtp_password_file'"),
    ("mail_to = [\"a@b\"]\nsmtp_password_file = \"p\"", "'smtp_password_file' has no effect without 'smtp_user'"),
    ("smtp = \"mail.example.com\"", "begin it with smtp:// or smtps://"),
    ("smtp = \"https://mail.example.com\"", "begin it with smtp:// or smtps://"),
    ("smtp = \"smtp://mail.example.com/path\"", "can't have a path"),
    ("smtp = \"smtp://u:p@mail.example.com\"", "has a user"),
    ("smtp = \"smtps://[::1]:465\"", ""), ("mail = [\"a@b\"]", "did you mean 'mail_to'?"),
    ("webhook_file = \"w\"", ""), ("ca_file = \"/nowhere/ca.pem\"", "can't be read"),
    ("allow_plaintext = \"yes\"", "true or false"),
  ])
  func `says what is wrong`(keys: String, complaint: String) {
    let found = complaints(configuration("alerts", "[alerts]\n\(keys)\n"))
    if complaint.isEmpty {
      #expect(found == [])
    } else {
      #expect(found.contains { $0.contains(complaint) }, "\(found)")
    }
  }
}
