import CCurl

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
        CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
        .untrusted
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: .cutOff
      default: .other
      }
  }
}
