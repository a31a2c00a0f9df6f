import CCurl

/// A request on its way, with the handle that carries it; or a handle that rests until the next one.
final class Transfer {
  private let handle: EasyHandle
  private var waiting: RequestQueue.QueuedRequest?
  private var begun = ContinuousClock.now

  /// Settings that libcurl can't take, or no memory, are the error.
  init(_ settings: ClientSettings) throws(HTTPError) { handle = try EasyHandle(settings) }

  var identity: EasyHandle.ID { handle.identity }

  func begin(_ waiting: RequestQueue.QueuedRequest, _ multi: borrowing MultiHandle) throws(HTTPError) {
    try handle.prepare(waiting.request)
    try multi.add(handle)
    self.waiting = waiting
    begun = .now
  }

  /// Gives the answer or the error to whoever waits for it.
  func end(_ code: CURLcode, _ multi: borrowing MultiHandle) {
    guard let waiting else { return }
    self.waiting = nil
    let answer = Result { () throws(HTTPError) in try handle.answer(code, to: waiting.request) }
    multi.remove(handle)
    waiting.continuation.resume(returning: .init(answer: answer, time: .now - begun))
  }
}
