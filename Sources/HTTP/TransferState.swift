import CCurl

/// The state of one request in flight, by libcurl's callbacks.
struct TransferState {
  /// How often libcurl was about to send the request. Before the first time no byte of it was sent.
  private var attempts = 0
  private(set) var body: [UInt8] = []
  /// What is left of a mail to send.
  var upload: ArraySlice<UInt8> = []
  /// Whether the empty line after the final answer's headers has arrived. libcurl treats an answer that ends within its headers as
  /// one without a body.
  private(set) var hasHeaders = false
  /// Whether the present headers are an interim answer's (RFC 9110, section 15.2): another one follows.
  private var isInterim = false
  private var isTooLong = false

  /// Called once a connection exists and its TLS is checked, before the first byte of the request. Allows the request to start only
  /// once.
  static let mayBegin: curl_prereq_callback = { transferState, _, _, _, _ in
    guard let transferState = unsafe transferState?.assumingMemoryBound(to: TransferState.self) else {
      return CURL_PREREQFUNC_ABORT
    }
    unsafe transferState.pointee.attempts += 1
    return unsafe transferState.pointee.attempts == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
  }

  /// Handles a header line, which may end only in LF (RFC 9112, section 2.2).
  static let receiveHeader: curl_write_callback = { bytes, _, count, transferState in
    guard let bytes = unsafe bytes,
      let transferState = unsafe transferState?.assumingMemoryBound(to: TransferState.self)
    else {
      return 0
    }
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
    if unsafe line.starts(with: "HTTP/".utf8) {
      let status = unsafe line.split(separator: UInt8(ascii: " "), maxSplits: 2).dropFirst().first
      unsafe transferState.pointee.isInterim = status?.first == UInt8(ascii: "1")
    } else if unsafe line.allSatisfy({ $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
      unsafe transferState.pointee.hasHeaders = !transferState.pointee.isInterim
    }
    return count
  }

  /// Handles a part of the body; a smaller result than its size ends the transfer (CURLOPT_WRITEFUNCTION(3)).
  static let receive: curl_write_callback = { bytes, _, count, transferState in
    guard let bytes = unsafe bytes,
      let transferState = unsafe transferState?.assumingMemoryBound(to: TransferState.self)
    else {
      return 0
    }
    unsafe transferState.pointee.hasHeaders = true
    guard unsafe transferState.pointee.body.count + count <= Response.maxBodyBytes else {
      unsafe transferState.pointee.isTooLong = true
      return 0
    }
    unsafe transferState.pointee.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    return count
  }

  /// Gives libcurl the next part of a mail; 0 at its end (CURLOPT_READFUNCTION(3)).
  static let send: curl_read_callback = { buffer, size, count, transferState in
    guard let buffer = unsafe buffer,
      let transferState = unsafe transferState?.assumingMemoryBound(to: TransferState.self)
    else {
      return 0
    }
    let part = unsafe transferState.pointee.upload.prefix(size * count)
    unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size * count).copyBytes(from: part)
    unsafe transferState.pointee.upload.removeFirst(part.count)
    return part.count
  }

  /// `message` is libcurl's; empty if it has none.
  func error(_ code: CURLcode, _ message: String, of request: Request) -> HTTPError {
    let mayHaveArrived = attempts > 0
    if attempts > 1 {
      return HTTPError(
        .cutOff, code: Int32(code.rawValue),
        detail: "the server closed the connection instead of answering",
        mayHaveArrived: mayHaveArrived)
    }
    if isTooLong {
      return HTTPError(
        .other, code: Int32(code.rawValue), detail: "the answer is longer than \(Response.maxBodyBytes) bytes",
        mayHaveArrived: mayHaveArrived)
    }
    // No message is known to quote them; the check protects the key.
    let quotes = request.secrets.contains { message.contains($0) }
    return HTTPError(code, detail: quotes ? "" : message, mayHaveArrived: mayHaveArrived)
  }
}

/// A request in flight with its handle; or an idle handle.
final class Transfer {
  private let handle: EasyHandle
  private var waiting: RequestQueue.QueuedRequest?
  private var begun = ContinuousClock.now

  /// Throws for settings that libcurl refuses, or without memory.
  init(_ settings: ClientSettings) throws(HTTPError) { handle = try EasyHandle(settings) }

  var identity: EasyHandle.ID { handle.identity }

  func begin(_ waiting: RequestQueue.QueuedRequest, _ multi: borrowing MultiHandle) throws(HTTPError) {
    try handle.prepare(waiting.request)
    try multi.add(handle)
    self.waiting = waiting
    begun = .now
  }

  /// Returns the answer or the error to the waiting caller.
  func end(_ code: CURLcode, _ multi: borrowing MultiHandle) {
    guard let waiting else { return }
    self.waiting = nil
    let answer = Result { () throws(HTTPError) in try handle.answer(code, to: waiting.request) }
    multi.remove(handle)
    waiting.continuation.resume(returning: .init(answer: answer, time: .now - begun))
  }
}
