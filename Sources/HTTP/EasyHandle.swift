import CCurl

/// Owns one libcurl easy handle, and its state while a request is in flight.
@safe struct EasyHandle: ~Copyable {
  /// Identifies a handle.
  typealias ID = Int

  let raw: UnsafeMutableRawPointer
  /// The buffer for libcurl's error text; CURL_ERROR_SIZE bytes.
  private let message: UnsafeMutablePointer<CChar>
  private let transferState: UnsafeMutablePointer<TransferState>
  // A name without a value leaves the header out.
  private let plainHeaders = TextList([noWait, "Content-Type:"])
  private let formHeaders = TextList([noWait, "Content-Type: application/x-www-form-urlencoded"])
  private let jsonHeaders = TextList([noWait, "Content-Type: application/json"])
  /// Of the next mail, which libcurl doesn't copy.
  private let recipients = TextListPlace()

  /// Throws if memory is short or a setting is refused.
  init(_ settings: ClientSettings) throws(HTTPError) {
    guard Self.libraryIsReady, let raw = unsafe curl_easy_init() else {
      throw HTTPError(CURLE_FAILED_INIT, mayHaveArrived: false)
    }
    let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    let transferState = UnsafeMutablePointer<TransferState>.allocate(capacity: 1)
    unsafe transferState.initialize(to: TransferState())
    do {
      let options = unsafe EasyOptions(raw)
      try options.configure(settings)
      try unsafe options.set(CURLOPT_ERRORBUFFER, pointer: message)
      try unsafe options.set(CURLOPT_PREREQDATA, pointer: transferState)
      try unsafe options.set(CURLOPT_WRITEDATA, pointer: transferState)
      try unsafe options.set(CURLOPT_READDATA, pointer: transferState)
      try unsafe options.set(CURLOPT_HEADERDATA, pointer: transferState)
    } catch {
      unsafe curl_easy_cleanup(raw)
      unsafe message.deallocate()
      unsafe transferState.deinitialize(count: 1)
      unsafe transferState.deallocate()
      throw error
    }
    unsafe self.raw = raw
    unsafe self.message = message
    unsafe self.transferState = transferState
  }

  deinit {
    unsafe curl_easy_cleanup(raw)
    unsafe message.deallocate()
    unsafe transferState.deinitialize(count: 1)
    unsafe transferState.deallocate()
  }

  /// Once a process, before the first handle (curl_global_init(3)).
  static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  var identity: ID { unsafe Int(bitPattern: raw) }

  /// libcurl's text about the last error; empty if it has none.
  var errorMessage: String { unsafe String(cString: message) }

  /// Forgets the last transfer.
  borrowing func reset() {
    unsafe message.pointee = 0
    unsafe transferState.pointee = TransferState()
  }

  /// Makes the next transfer one of `request`.
  borrowing func prepare(_ request: Request) throws(HTTPError) {
    reset()
    let options = unsafe EasyOptions(raw)
    try options.set(CURLOPT_URL, request.url)
    // libcurl parses and writes a URL several times, so a long query isn't in it.
    try options.set(CURLOPT_REQUEST_TARGET, request.target)
    switch request.content {
    case .none, .query: try preparePost("", plainHeaders)
    case .form(let form): try preparePost(form, formHeaders)
    case .json(let json): try preparePost(json, jsonHeaders)
    case .mail(let message, let envelope): try prepareMail(message, envelope)
    }
  }

  private borrowing func preparePost(_ body: String, _ headers: borrowing TextList) throws(HTTPError) {
    let options = unsafe EasyOptions(raw)
    // These two decide the method, so they come first.
    try options.set(CURLOPT_UPLOAD, 0)
    try options.set(CURLOPT_POST, 1)
    try options.set(CURLOPT_POSTFIELDSIZE, body.utf8.count)
    try options.set(CURLOPT_COPYPOSTFIELDS, body)
    try unsafe options.set(CURLOPT_HTTPHEADER, list: headers.first)
  }

  private borrowing func prepareMail(_ message: [UInt8], _ envelope: MailEnvelope) throws(HTTPError) {
    let options = unsafe EasyOptions(raw)
    try options.set(CURLOPT_MAIL_FROM, "<\(envelope.sender)>")
    try unsafe options.set(CURLOPT_MAIL_RCPT, list: recipients.hold(envelope.recipients.map { "<\($0)>" }))
    try options.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1)
    let use =
      switch envelope.startTLS {
      case .never: CURLUSESSL_NONE
      case .ifOffered: CURLUSESSL_TRY
      case .required: CURLUSESSL_ALL
      }
    try options.set(CURLOPT_USE_SSL, Int(use.rawValue))
    try options.set(CURLOPT_USERNAME, envelope.login?.user)
    try options.set(CURLOPT_PASSWORD, envelope.login?.password)
    unsafe transferState.pointee.upload = message[...]
    try options.set(CURLOPT_UPLOAD, 1)
    try options.set(CURLOPT_INFILESIZE_LARGE, size: message.count)
  }

  /// The result of a transfer of `request` that ended with `code`.
  borrowing func answer(_ code: CURLcode, to request: Request) throws(HTTPError) -> Response {
    guard code == CURLE_OK else {
      throw unsafe transferState.pointee.error(code, errorMessage, of: request)
    }
    guard unsafe request.isMail || transferState.pointee.hasHeaders else {
      throw unsafe transferState.pointee.error(
        CURLE_PARTIAL_FILE, "the connection was closed within the answer's headers", of: request)
    }

    var status = 0
    var contentType: UnsafePointer<CChar>?
    // Both fail only if libcurl doesn't know them; the answer is complete, so that isn't an error.
    _ = unsafe ccurl_get_long(raw, CURLINFO_RESPONSE_CODE, &status)
    _ = unsafe ccurl_get_text(raw, CURLINFO_CONTENT_TYPE, &contentType)
    return unsafe Response(
      status: status, contentType: contentType.map { unsafe String(cString: $0) } ?? "",
      body: transferState.pointee.body,
      date: date, server: header("Server").map { unsafe String(cString: $0) } ?? "")
  }

  /// The value of a header of the answer, which lives as long as the handle isn't used again.
  private func header(_ name: String) -> UnsafeMutablePointer<CChar>? {
    var header: UnsafeMutablePointer<curl_header>?
    guard unsafe curl_easy_header(raw, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK else { return nil }
    return unsafe header?.pointee.value
  }

  /// The answer's `Date` header, in seconds since 1970; nil if it is missing or unreadable.
  private var date: Int64? {
    guard let value = unsafe header("Date") else { return nil }
    let seconds = unsafe curl_getdate(value, nil)
    return seconds < 0 ? nil : Int64(seconds)
  }
}

/// No "100 Continue": after the answer 417 libcurl would send the request again.
private let noWait = "Expect:"
