extension Configuration {
  /// A host that is only an example, with its key.
  public struct ExampleHost: Sendable, Hashable {
    /// Such as `[pbx] url`.
    public let key: String
    public let host: String

    /// A sentence without a full stop.
    public var text: String { "\(key): \(host) is an example" }

    /// The next step for one or several of them.
    public static let remedy = "replace the examples with your own servers"
  }

  /// The hosts that nobody has, because they are reserved for examples (RFC 2606, RFC 5737, RFC 3849): an edited sample has none.
  public var exampleHosts: [ExampleHost] {
    let servers = directory.servers.compactMap(Address.init).filter { $0.scheme != .ldapi }.map(\.host)
    let service = directory.srv.map { [$0] } ?? []
    let found =
      servers.map { ExampleHost(key: "[directory] servers", host: $0) }
      + service.map { ExampleHost(key: "[directory] srv", host: $0) }
      + [Address(pbx.url)].compactMap(\.self).map { ExampleHost(key: "[pbx] url", host: $0.host) }
    return found.filter { isExample($0.host.lowercased()) }
  }
}

private func isExample(_ host: String) -> Bool {
  let labels = host.split(separator: ".")
  if let last = labels.last, ["example", "invalid"].contains(last) { return true }
  let domain = labels.suffix(2).joined(separator: ".")
  return ["example.com", "example.net", "example.org"].contains(domain)
    || ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"].contains { host.hasPrefix($0) }
}
