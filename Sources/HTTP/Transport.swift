/// What carries a request to a server and brings its answer back: a `Client`, or a simulation of the network.
public protocol Transport: Sendable {
  /// Sends the request once, and waits for the complete answer, whatever its status. The time is that in flight.
  func sendTimed(_ request: Request) async -> (answer: Result<Response, HTTPError>, time: Duration)

  /// The server's clock in its last answer, in seconds since 1970; nil before the first answer with one.
  var serverDate: Int64? { get }

  /// The `Server` header of the last answer, empty if there is none; nil before the first answer.
  var serverSoftware: String? { get }
}
