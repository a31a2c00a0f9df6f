/// A POST over HTTP, the only method of the API; or a mail over SMTP.
///
/// The URL and the content may contain a secret, so a request prints without them.
public struct Request: Sendable {
  /// What is sent.
  public enum Content: Hashable, Sendable {
    /// A POST with `Content-Length: 0`.
    case none
    /// The same, with this query behind the URL, which has none of its own. It is sent as it is.
    case query(String)
    /// An urlencoded body.
    case form(String)
    case json(String)
    /// A message, with CRLF at its line ends (RFC 5322). Lines that begin with a dot need no care.
    case mail([UInt8], MailEnvelope)
  }

  /// Percent-encoded, including the query; sent unchanged.
  public var url: String
  public var content: Content
  /// Whether the URL's path is a secret too.
  private let hasSecretPath: Bool

  /// - Parameter form: an urlencoded body; nil sends none.
  public init(url: String, form: String? = nil) {
    self.init(url: url, form.map(Content.form) ?? .none)
  }

  public init(url: String, _ content: Content, hasSecretPath: Bool = false) {
    self.url = url
    self.content = content
    self.hasSecretPath = hasSecretPath
  }

  /// The URL's query; nil without one.
  private var query: Substring? { url.firstIndex(of: "?").map { url[url.index(after: $0)...] } }

  /// Behind the host, with its slash; nil without one.
  private var path: Substring? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let rest = url[scheme.upperBound...].drop { $0 != "/" }.prefix { $0 != "?" && $0 != "#" }
    return rest.utf8.count > 1 ? rest : nil
  }

  /// The request's target (RFC 9112, section 3.2.1); nil if it is the path and the query of the URL.
  var target: String? { if case .query(let query) = content { "\(path ?? "/")?\(query)" } else { nil } }

  /// Text that must not be in a message; none is empty.
  var secrets: [String] {
    var texts = [query.map(String.init), hasSecretPath ? path.map(String.init) : nil]
    switch content {
    case .none, .json: break
    case .query(let query): texts.append(query)
    case .form(let form): texts.append(form)
    case .mail(_, let envelope): texts.append(envelope.login?.password)
    }
    return texts.compactMap(\.self).filter { !$0.isEmpty }
  }

  /// Whether it is sent by SMTP.
  var isMail: Bool { if case .mail = content { true } else { false } }
}

extension Request: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// `POST https://192.0.2.4:8000/api.aspx`: without query and content, without a user and password before the host, and without a
  /// secret path.
  public var description: String {
    var place = url.prefix { $0 != "?" && $0 != "#" }
    if hasSecretPath, let path { place = place.dropLast(path.count) }
    let verb = isMail ? "MAIL" : "POST"
    guard let at = place.lastIndex(of: "@") else { return "\(verb) \(place)" }
    return "\(verb) \(place.prefix { $0 != "/" })//\(place[place.index(after: at)...])"
  }

  public var debugDescription: String { description }

  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Who gets a mail, and how the server is talked to.
public struct MailEnvelope: Hashable, Sendable {
  /// The use of STARTTLS over `smtp://`; `smtps://` is always TLS. A certificate is checked in any case.
  public enum StartTLS: Hashable, Sendable {
    case never
    /// If the server offers it.
    case ifOffered
    case required
  }

  /// An address without a name.
  public let sender: String
  /// Addresses without names. One that the server refuses doesn't keep the mail from the others.
  public let recipients: [String]
  public let login: MailLogin?
  public let startTLS: StartTLS

  /// A login requires TLS, so that no password is sent in clear text.
  public init(from sender: String, to recipients: [String], login: MailLogin? = nil, startTLS: StartTLS) {
    self.sender = sender
    self.recipients = recipients
    self.login = login
    self.startTLS = login == nil ? startTLS : .required
  }
}

/// A user with a password, which prints as `***`.
public struct MailLogin: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let user: String
  let password: String

  public init(user: String, password: String) {
    self.user = user
    self.password = password
  }

  public var description: String { "***" }
  public var debugDescription: String { "***" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
