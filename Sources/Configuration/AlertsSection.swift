extension Configuration {
  /// How an admin is told about what needs a person.
  public struct AlertsSection: Sendable, Hashable {
    /// The recipients; empty for no mail.
    public var mailTo: [String]
    /// The sender; nil for `pbxsyncd@` and the host's name.
    public var mailFrom: String?
    /// The mail server, `smtp://` or `smtps://`.
    public var smtp: Address
    public var login: Login?
    /// A file with the URL that gets each alert as JSON; nil for none.
    public var webhookFile: String?
    /// The certificates to trust instead of the system's, for both.
    public var caFile: String?
    /// Whether a mail or a webhook's URL may cross a network unencrypted; a password never does.
    public var allowPlaintext: Bool

    /// The user at the mail server.
    public struct Login: Sendable, Hashable {
      public var user: String
      public var passwordFile: String
    }

    /// Whether there is no way to tell anybody.
    public var isEmpty: Bool { mailTo.isEmpty && webhookFile == nil }
  }
}

extension Configuration.AlertsSection {
  init(_ table: TOMLTable) {
    mailTo = table.list("mail_to", checkAddress).map(\.value)
    mailFrom = table.text("mail_from", checkAddress)?.value
    smtp =
      table.text("smtp") { text throws(ValueError) in try Address(text, schemes: [.smtp, .smtps]) }?.value
      ?? Address("smtp://localhost") ?? .missing
    let user = table.text("smtp_user")
    let passwordFile = table.secretFile("smtp_password_file")
    login =
      if let user, let passwordFile { Login(user: user, passwordFile: passwordFile) } else { nil }
    webhookFile = table.secretFile("webhook_file")
    caFile = table.readableFile("ca_file")
    allowPlaintext = table.flag("allow_plaintext")
    if (user == nil) != (passwordFile == nil) {
      let (there, missing) =
        user == nil ? ("smtp_password_file", "smtp_user") : ("smtp_user", "smtp_password_file")
      table.report("'\(there)' has no effect without '\(missing)'", "add '\(missing)', or remove '\(there)'", at: there)
    }
    for key in ["mail_from", "smtp_user"] where mailTo.isEmpty && !table.lacks(key) && table.lacks("mail_to") {
      table.report("'\(key)' has no effect without 'mail_to'", "add, say: mail_to = [\"admins@example.com\"]", at: key)
    }
  }
}

/// The part of an address that SMTP has (RFC 5321, section 4.1.2), without quotes: in ASCII, because not each server accepts others.
private func checkAddress(_ text: String) throws(ValueError) -> String {
  let halves = text.split(separator: "@", omittingEmptySubsequences: false)
  let isPlain = text.unicodeScalars.allSatisfy {
    (0x21...0x7E).contains($0.value) && !"<>()[]\\,;:\"".unicodeScalars.contains($0)
  }
  guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty }), text.utf8.count <= 254, isPlain else {
    throw ValueError(
      "\"\(text)\" isn't a mail address", "write it as in \"admins@example.com\", in ASCII and without a name")
  }
  return text
}
