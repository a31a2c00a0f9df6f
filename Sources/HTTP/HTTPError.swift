/// Why a request has no complete answer.
public struct HTTPError: Error, Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    /// The name couldn't be resolved, or nothing accepts connections there.
    case unreachable
    /// TLS failed: no handshake, or a certificate or key that isn't trusted.
    case untrusted
    /// One of the two timeouts passed.
    case timedOut = "timed out"
    /// The connection ended before the answer was complete.
    case cutOff = "cut off"
    case other
  }

  public let kind: Kind
  /// libcurl's CURLcode (libcurl-errors(3)).
  public let code: Int32
  /// libcurl's text. Contains neither query nor form.
  public let detail: String
  /// False only if no byte of the request was sent.
  public let mayHaveArrived: Bool

  public init(_ kind: Kind, code: Int32, detail: String, mayHaveArrived: Bool) {
    self.kind = kind
    self.code = code
    self.detail = detail
    self.mayHaveArrived = mayHaveArrived
  }
}

extension HTTPError: CustomStringConvertible {
  public var description: String {
    "\(kind.rawValue): \(detail) (libcurl error \(code); the request \(mayHaveArrived ? "may have arrived" : "was not sent"))"
  }
}
