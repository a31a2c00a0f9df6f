import Configuration
package import Directory
import Executor
import HTTP
import Platform

/// A way to tell an admin.
package enum AlertWay: String, CaseIterable, Sendable { case mail, webhook }

/// Why an alert wasn't sent: one sentence, and the next step. It contains neither a password nor a webhook's path.
package struct AlertError: Error, Hashable, Sendable {
  package let message: String
  package let remedy: String
}

/// Sends alerts by the ways that the configuration names.
package struct AlertSender: Sendable {
  private let setup: CompiledConfiguration

  package init(_ setup: CompiledConfiguration) { self.setup = setup }

  private var section: Configuration.AlertsSection { setup.configuration.alerts }

  /// The configured ways.
  package var ways: [AlertWay] {
    (section.mailTo.isEmpty ? [] : [.mail]) + (section.webhookFile == nil ? [] : [.webhook])
  }

  /// Where a way leads, without its secrets.
  package func place(of way: AlertWay) -> String {
    switch way {
    case .mail: section.smtp.text
    case .webhook: section.webhookFile.map { "the webhook of \(setup.credentials.original(of: $0))" } ?? ""
    }
  }

  /// The recipients of mails.
  package var recipients: [String] { section.mailTo }

  /// Sends a message by one way; takes 20 seconds at most.
  ///
  /// - Parameter recipients: those of a mail; nil for all.
  package func send(_ message: AlertMessage, by way: AlertWay, to recipients: [String]? = nil) async throws(AlertError)
  {
    do {
      switch way {
      case .mail: try await sendMail(message, to: recipients ?? section.mailTo)
      case .webhook: try await sendJSON(message)
      }
    } catch let error as AlertError {
      throw error
    } catch let error as ConfigurationError {
      throw AlertError(message: error.description, remedy: "")
    } catch {
      throw AlertError(message: "\(error)", remedy: "")
    }
  }

  /// One connection for one message: alerts are rare.
  private var client: Client {
    Client(
      ClientSettings(
        connectTimeout: .seconds(10), requestTimeout: .seconds(20), caFile: section.caFile,
        userAgent: "pbxsyncd/\(version)"))
  }

  // MARK: - Mail

  private func sendMail(_ message: AlertMessage, to recipients: [String]) async throws {
    let host = hostName.utf8.allSatisfy { (0x21..<0x7F).contains($0) } && !hostName.isEmpty ? hostName : "localhost"
    let sender = section.mailFrom ?? "pbxsyncd@\(host)"
    let mail = MailMessage(
      from: sender, to: recipients, subject: message.subject, body: message.text, at: setup.clock.wall)
    let login = try section.login.map { login in
      MailLogin(user: login.user, password: try setup.credentials.secret(login.passwordFile))
    }
    let startTLS: MailEnvelope.StartTLS =
      section.smtp.isLoopback ? .never : section.allowPlaintext ? .ifOffered : .required
    let envelope = MailEnvelope(from: sender, to: recipients, login: login, startTLS: startTLS)
    do throws(HTTPError) {
      _ = try await client.send(Request(url: section.smtp.text, .mail(mail.bytes, envelope)))
    } catch {
      throw mailError(error)
    }
  }

  private func mailError(_ error: HTTPError) -> AlertError {
    let server = section.smtp.text
    switch error.kind {
    case .unreachable:
      return AlertError(
        message: "\(server) is unreachable: \(error.detail)",
        remedy: "check [alerts] smtp, and that a mail server accepts connections there")
    case .untrusted where error.isWithoutSTARTTLS:
      return AlertError(
        message: "\(server) offers no STARTTLS, so nothing was sent: \(error.detail)",
        remedy: section.login == nil
          ? "use smtps://, or allow_plaintext = true in [alerts] if the network may see the mail"
          : "use smtps://, or set up STARTTLS there: no password is sent in clear text")
    case .untrusted where error.isFailedHandshake:
      return AlertError(
        message: "\(server) begins no TLS connection: \(error.detail)",
        remedy: section.smtp.scheme == .smtps
          ? "use smtp:// if this port has STARTTLS, as 587 and 25; smtps:// is for a port with TLS from the beginning, as 465"
          : "check the TLS settings of the mail server")
    case .untrusted:
      return AlertError(
        message: "the certificate of \(server) isn't trusted: \(error.detail)",
        remedy: "name the host as in the certificate, or its CA in [alerts] ca_file")
    case .loginRefused:
      let file = section.login?.passwordFile ?? ""
      let credentials = setup.credentials
      return AlertError(
        message: "\(server) refuses the user or the password: \(error.detail)",
        remedy: "check [alerts] smtp_user, and write the password to \(credentials.original(of: file))"
          + credentials.clause(of: file))
    case .timedOut:
      return AlertError(
        message: "\(server) didn't take the mail in time: \(error.detail)",
        remedy: "check the mail server and the network"
          + (section.smtp.scheme == .smtp
            ? "; if this port has TLS from the beginning, as 465, use smtps://, because smtp:// waits for the server's greeting"
            : ""))
    case .cutOff, .other:
      return AlertError(
        message: "\(server) didn't take the mail: \(error.detail)",
        remedy: "check mail_from and mail_to in [alerts], that the server takes mails from this host, and its log")
    }
  }

  // MARK: - Webhook

  private func sendJSON(_ message: AlertMessage) async throws {
    guard let file = section.webhookFile else { return }
    let secret = try setup.credentials.secret(file)
    let name = setup.credentials.original(of: file)
    let remedy = "write a webhook's URL, https://…, to \(name)\(setup.credentials.clause(of: file))"
    guard let address = Address(String(secret.prefix { $0 != "?" })), [.http, .https].contains(address.scheme),
      secret.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) })
    else { throw AlertError(message: "\(name) holds no URL that can be used", remedy: remedy) }
    guard address.scheme == .https || address.isLoopback || section.allowPlaintext else {
      throw AlertError(
        message: "the URL in \(name) would cross the network unencrypted",
        remedy: "use https://, or allow_plaintext = true in [alerts]")
    }
    let place = "the webhook at \(address.scheme.rawValue)://\(address.host)"
    let response: Response
    do throws(HTTPError) {
      response = try await client.send(Request(url: secret, .json(message.json), hasSecretPath: true))
    } catch {
      throw AlertError(
        message: "\(place) \(error.kind.rawValue): \(error.detail)",
        remedy: "check the URL in \(name), the network and the certificate")
    }
    guard (200..<300).contains(response.status) else {
      throw AlertError(
        message: "\(place) answered \(response.status)",
        remedy: response.status >= 500
          ? "check the service behind the webhook, and its log" : "check the URL in \(name)")
    }
  }
}
