import CCurl

/// Why a request has no complete answer.
public struct HTTPError: Error, Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    /// The name couldn't be resolved, or nothing accepts connections there.
    case unreachable
    /// TLS failed: no handshake, or a certificate or key that isn't trusted.
    case untrusted
    /// A mail server refuses the user or the password.
    case loginRefused = "login refused"
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

extension HTTPError {
  /// Whether a mail wasn't sent because the server offers no TLS (CURLE_USE_SSL_FAILED).
  public var isWithoutSTARTTLS: Bool { code == 64 }

  /// Whether the server's answer to the beginning of TLS isn't TLS, or none that can be used (CURLE_SSL_CONNECT_ERROR).
  public var isFailedHandshake: Bool { code == 35 }
}

extension HTTPError: CustomStringConvertible {
  public var description: String {
    "\(kind.rawValue): \(detail) (libcurl error \(code); the request \(mayHaveArrived ? "may have arrived" : "was not sent"))"
  }
}

extension HTTPError {
  /// The error for libcurl's code; `detail` falls back on libcurl's text for it.
  init(_ code: CURLcode, detail: String = "", mayHaveArrived: Bool) {
    self.init(
      Kind(code), code: Int32(code.rawValue),
      detail: detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail,
      mayHaveArrived: mayHaveArrived)
  }
}

extension HTTPError.Kind {
  fileprivate init(_ code: CURLcode) {
    self =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: .unreachable
      case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
        CURLE_SSL_CACERT_BADFILE, CURLE_USE_SSL_FAILED, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
        .untrusted
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_LOGIN_DENIED: .loginRefused
      case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: .cutOff
      default: .other
      }
  }
}
