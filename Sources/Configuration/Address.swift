/// A server's address as a URL: a scheme, a host, optionally a port and a path.
public struct Address: Sendable, Hashable {
  public enum Scheme: String, CaseIterable, Sendable {
    case ldap, ldaps, ldapi, http, https, smtp, smtps

    /// The port of addresses without one; empty for a socket.
    public var port: String {
      switch self {
      case .ldap: "389"
      case .ldaps: "636"
      case .ldapi: ""
      case .http: "80"
      case .https: "443"
      case .smtp: "25"
      case .smtps: "465"
      }
    }
  }

  public let text: String
  public let scheme: Scheme
  /// Without the brackets of an IPv6 address; for `ldapi` the socket's path, still percent-encoded.
  public let host: String
  /// nil if there is none.
  public let port: String?

  /// Replaces an address that was reported as missing; never used.
  static let missing = Address()

  private init() { (text, scheme, host, port) = ("", .https, "", nil) }

  /// Reads any URL that a configuration may have; nil for other text.
  public init?(_ text: String) {
    guard let address = try? Address(text, schemes: Scheme.allCases) else { return nil }
    self = address
  }

  /// Reads `text` if it has one of `schemes`.
  init(_ text: String, schemes: [Scheme]) throws(ValueError) {
    self.text = text
    guard let scheme = schemes.first(where: { text.lowercased().hasPrefix("\($0.rawValue)://") }) else {
      throw ValueError(
        "this isn't a URL that can be used here",
        "begin it with \(schemes.map(\.rawValue).joined(separator: ":// or "))://")
    }
    self.scheme = scheme
    let rest = text.dropFirst(scheme.rawValue.count + 3)
    let authority = rest.prefix { $0 != "/" }
    // Checked first, and the message doesn't quote the text: it may contain a password.
    guard !rest.contains("@") else { throw ValueError("the URL has a user", "remove everything up to the @") }
    guard !rest.contains(where: { "?#".contains($0) }) else {
      throw ValueError("the URL has a query or a fragment", "remove everything from the ? or # on")
    }
    guard rest.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
      throw ValueError(
        "the URL has spaces or letters outside ASCII", "percent-encode them; write a host in its xn-- form")
    }
    if scheme == .ldapi {
      // The path of a socket, percent-encoded; nothing for libldap's own (ldap.conf(5)).
      guard rest.dropFirst(authority.count).allSatisfy({ $0 == "/" }) else {
        throw ValueError(
          "the path of the socket is written with %2F for each /", "write it as in ldapi://%2Frun%2Fslapd%2Fldapi")
      }
      host = String(authority)
      port = nil
      return
    }
    let (host, port) = try split(authority)
    guard !host.isEmpty else { throw ValueError("the URL has no host", "write it after \(scheme.rawValue)://") }
    if let port {
      guard port.utf8.allSatisfy(isDigit), let number = UInt16(port), number > 0 else {
        throw ValueError("the URL's port isn't a number from 1 to 65535", "write it after the host, such as :8000")
      }
    }
    if [.smtp, .smtps].contains(scheme) && !["", "/"].contains(rest.dropFirst(authority.count)) {
      throw ValueError("the URL of a mail server can't have a path", "remove everything after the host and port")
    }
    if [.ldap, .ldaps].contains(scheme) && !["", "/"].contains(rest.dropFirst(authority.count)) {
      throw ValueError(
        "the URL of a directory server can't have a path", "write the base into [[users]] or [[contacts]]")
    }
    self.host = String(host)
    self.port = port.map(String.init)
  }

  /// Whether it is on this machine: 127.0.0.0/8, ::1 or localhost.
  public var isLoopback: Bool {
    if scheme == .ldapi || ["::1", "localhost"].contains(host.lowercased()) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { $0.utf8.allSatisfy(isDigit) && UInt8($0) != nil }
  }
}

/// The host and the port of an authority (RFC 3986, 3.2).
private func split(_ authority: Substring) throws(ValueError) -> (host: Substring, port: Substring?) {
  if authority.first == "[" {
    let inside = authority.dropFirst().prefix { $0 != "]" }
    let after = authority.dropFirst(inside.count + 2)
    let isAddress = inside.contains(":") && inside.allSatisfy { $0.isHexDigit || ":.%".contains($0) }
    guard isAddress, inside.count + 2 <= authority.count, after.isEmpty || after.first == ":" else {
      throw ValueError("the URL's IPv6 address is malformed", "write it as in https://[2001:db8::4]:8000")
    }
    return (inside, after.isEmpty ? nil : after.dropFirst())
  }
  let host = authority.prefix { $0 != ":" }
  guard host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) else {
    throw ValueError("the URL's host is malformed", "write a name or an address; an IPv6 address in brackets")
  }
  return (host, host.count == authority.count ? nil : authority.dropFirst(host.count + 1))
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
