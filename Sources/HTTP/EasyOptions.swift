import CCurl

/// Sets the options of a handle. A refused one is an error, because each of them matters for safety.
@safe struct EasyOptions {
  private let handle: UnsafeMutableRawPointer

  init(_ handle: UnsafeMutableRawPointer) { unsafe self.handle = handle }

  /// Everything that is the same for each request.
  func configure(_ settings: ClientSettings) throws(HTTPError) {
    try set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.milliseconds)
    try set(CURLOPT_TIMEOUT_MS, settings.requestTimeout.milliseconds)
    try set(CURLOPT_USERAGENT, settings.userAgent)
    try check(unsafe ccurl_set_header_function(handle, TransferState.receiveHeader))
    try check(unsafe ccurl_set_write_function(handle, TransferState.receive))
    try check(unsafe ccurl_set_read_function(handle, TransferState.send))

    // No surprises from the environment, from redirects or from signals.
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_NOPROXY, "*")
    try set(CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps")
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_NOSIGNAL, 1)

    // libcurl would offer HTTP/2 over TLS, with which a server can refuse a request that has begun.
    try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)

    try configureTrust(settings)
    try sendOnce(settings)
  }

  private func configureTrust(_ settings: ClientSettings) throws(HTTPError) {
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    // Only the pin is trusted: libcurl compares the key whether or not it verifies the certificate.
    let verifies = settings.caFile != nil || settings.pinnedPublicKey == nil
    try set(CURLOPT_SSL_VERIFYPEER, verifies ? 1 : 0)
    try set(CURLOPT_SSL_VERIFYHOST, verifies ? 2 : 0)
    if let pin = settings.pinnedPublicKey { try set(CURLOPT_PINNEDPUBLICKEY, pin) }
    if let file = settings.caFile {
      try set(CURLOPT_CAINFO, file)
      // Otherwise the system's CAs would be trusted besides the file's.
      try set(CURLOPT_CAPATH, nil)
    }
  }

  /// Prevents libcurl from sending a request twice.
  private func sendOnce(_ settings: ClientSettings) throws(HTTPError) {
    // A persistent connection that closes before the first byte of an answer makes libcurl repeat the request on a fresh
    // one, though the server may have acted on it. `mayBegin` forbids that (CURLOPT_FORBID_RETRY_ON_REUSE came with 8.16).
    try check(unsafe ccurl_set_prereq_function(handle, TransferState.mayBegin))
    // That case is rare if an idle connection isn't used near the end of its life.
    try set(CURLOPT_MAXAGE_CONN, max(1, Int(settings.maxIdle / .seconds(1))))
  }

  func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
    try check(unsafe ccurl_set_long(handle, option, value))
  }

  /// libcurl copies the text; nil resets the option.
  func set(_ option: CURLoption, _ value: String?) throws(HTTPError) {
    try check(unsafe ccurl_set_text(handle, option, value))
  }

  /// libcurl keeps the pointer until another is set.
  func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) throws(HTTPError) {
    try check(unsafe ccurl_set_pointer(handle, option, value))
  }

  /// libcurl keeps the list until another is set.
  func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) throws(HTTPError) {
    try check(unsafe ccurl_set_list(handle, option, list))
  }

  /// For the options whose values may exceed a C `long`.
  func set(_ option: CURLoption, size: Int) throws(HTTPError) {
    try check(unsafe ccurl_set_size(handle, option, Int64(size)))
  }

  func check(_ code: CURLcode) throws(HTTPError) {
    guard code == CURLE_OK else { throw HTTPError(code, mayHaveArrived: false) }
  }
}
