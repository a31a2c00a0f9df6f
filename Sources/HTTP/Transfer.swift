import CCurl

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
