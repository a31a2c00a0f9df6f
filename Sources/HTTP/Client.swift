/// Sends requests over connections that it keeps open, at most `maxInFlight` at once.
///
/// A request is sent once: never again after a redirect, a closed connection or an error. Waiting requests go in the
/// order in which they came. Cancelling the task doesn't stop a request, as nobody would know then what became of it:
/// the timeouts bound it.
public actor Client {
  private var idle: [Lane]
  /// What the server's clock said in its last answer, in seconds since 1970; nil before the first that says it.
  public private(set) var serverDate: Int64?
  private var waiting: [CheckedContinuation<Lane, Never>] = []

  public init(_ settings: ClientSettings) {
    precondition(settings.connectTimeout.milliseconds > 0, "a timeout of 0 would be libcurl's own")
    precondition(settings.requestTimeout.milliseconds > 0, "a timeout of 0 would wait for ever")
    precondition(settings.maxInFlight > 0, "a client without a lane would never send")
    idle = (0..<settings.maxInFlight).map { _ in Lane(settings) }
  }

  /// Sends `request` as soon as a lane is free, and waits for the complete answer, whatever its status.
  public func send(_ request: Request) async throws(HTTPError) -> Response {
    let lane = await take()
    defer { giveBack(lane) }
    let response = try await lane.send(request)
    serverDate = response.date ?? serverDate
    return response
  }

  /// How many requests wait for a lane.
  var waitingCount: Int { waiting.count }

  private func take() async -> Lane {
    // The lane used last is the likeliest to have an open connection.
    if let lane = idle.popLast() { return lane }
    return await withCheckedContinuation { waiting.append($0) }
  }

  private func giveBack(_ lane: Lane) {
    if waiting.isEmpty { idle.append(lane) } else { waiting.removeFirst().resume(returning: lane) }
  }
}
