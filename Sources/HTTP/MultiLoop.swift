import CCurl
import Platform

/// Carries all requests of a client, in one thread. It runs while any is in flight, and blocks this actor's own queue meanwhile,
/// never the shared pool.
actor MultiLoop {
  private let executor = BlockingExecutor(label: "http")
  private let settings: ClientSettings
  private let queue: RequestQueue
  private let multi = MultiHandle()
  private var inFlight: [Transfer] = []
  private var idle: [Transfer] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  init(_ settings: ClientSettings, _ queue: RequestQueue) {
    self.settings = settings
    self.queue = queue
  }

  /// Wakes a waiting loop to check the queue. From any thread.
  nonisolated func wake() { multi.wake() }

  /// Sends waiting requests until none waits and none is in flight. Then it lingers for a moment: without that, requests one after the
  /// other would each start the loop again, for 25 µs more CPU time and 0.1 ms more time.
  func run() {
    var hasLingered = false
    while let requests = queue.dequeue(room, mayEnd: hasLingered) {
      for request in requests { begin(request) }
      hasLingered = inFlight.isEmpty
      if !inFlight.isEmpty {
        advance()
      } else if queue.mayRest(room) {
        try? multi.wait(.milliseconds(50))
      }
    }
  }

  private var room: Int { settings.maxInFlight - inFlight.count }

  private func begin(_ waiting: RequestQueue.QueuedRequest) {
    do throws(HTTPError) {
      let transfer: Transfer
      if let rested = idle.popLast() { transfer = rested } else { transfer = try Transfer(settings) }
      try transfer.begin(waiting, multi)
      inFlight.append(transfer)
    } catch {
      waiting.continuation.resume(returning: .init(answer: .failure(error)))
    }
  }

  /// Performs the transfers in flight; waits if none has finished.
  private func advance() {
    do throws(HTTPError) {
      try multi.perform()
      var count = 0
      while let ended = multi.nextEnded() {
        count += 1
        if let index = inFlight.firstIndex(where: { $0.identity == ended.handle }) { end(index, ended.code) }
      }
      if count == 0, queue.mayRest(room) { try multi.wait(.seconds(1)) }
    } catch {
      // Only a lack of memory or a programming error fails the handle itself; all its transfers end with it.
      while !inFlight.isEmpty { end(0, CURLE_OUT_OF_MEMORY) }
    }
  }

  private func end(_ index: Int, _ code: CURLcode) {
    let transfer = inFlight.remove(at: index)
    transfer.end(code, multi)
    idle.append(transfer)
  }
}
