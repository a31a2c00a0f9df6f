import CCurl

/// Owns one libcurl multi handle: the persistent connections, and the transfers in flight.
@safe struct MultiHandle: ~Copyable, Sendable {
  // One thread at a time calls its functions, but for curl_multi_wakeup(3), which any may call.
  private nonisolated(unsafe) let raw: UnsafeMutableRawPointer?

  /// If memory is short each transfer fails, because libcurl accepts no null pointer.
  init() { unsafe raw = EasyHandle.libraryIsReady ? curl_multi_init() : nil }

  deinit { _ = unsafe curl_multi_cleanup(raw) }

  /// Adds a transfer, which begins with the next `perform`.
  borrowing func add(_ handle: borrowing EasyHandle) throws(HTTPError) {
    try check(unsafe curl_multi_add_handle(raw, handle.raw))
  }

  /// Removes a transfer, at its end or before. Its connection stays.
  borrowing func remove(_ handle: borrowing EasyHandle) {
    // Fails only for an unknown handle.
    _ = unsafe curl_multi_remove_handle(raw, handle.raw)
  }

  /// Sends and receives without waiting.
  borrowing func perform() throws(HTTPError) {
    var running: Int32 = 0
    try check(unsafe curl_multi_perform(raw, &running))
  }

  /// Waits until a connection has something to do, a timeout of a transfer passes, `longest` is over, or `wake` is called.
  borrowing func wait(_ longest: Duration) throws(HTTPError) {
    try check(unsafe curl_multi_poll(raw, nil, 0, Int32(longest.milliseconds), nil))
  }

  /// Ends a `wait`, or the next one. From any thread.
  borrowing func wake() { _ = unsafe curl_multi_wakeup(raw) }

  /// A finished transfer: its handle and libcurl's result.
  borrowing func nextEnded() -> (handle: EasyHandle.ID, code: CURLcode)? {
    var left: Int32 = 0
    while let message = unsafe curl_multi_info_read(raw, &left)?.pointee {
      guard unsafe message.msg == CURLMSG_DONE else { continue }
      return unsafe (Int(bitPattern: message.easy_handle), message.data.result)
    }
    return nil
  }

  private borrowing func check(_ code: CURLMcode) throws(HTTPError) {
    guard code == CURLM_OK else {
      throw HTTPError(
        .other, code: Int32(CURLE_OUT_OF_MEMORY.rawValue), detail: unsafe String(cString: curl_multi_strerror(code)),
        mayHaveArrived: false)
    }
  }
}
