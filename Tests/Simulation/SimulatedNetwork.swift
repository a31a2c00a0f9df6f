import HTTP
import PBXSimulator
import Synchronization

/// What happens to a request.
enum RequestFault: Hashable, Sendable {
  /// A fault of the PBX or of the connection.
  case played(Fault.Kind)
  /// There is no connection.
  case unreachable
  /// The process is killed before the request leaves, or once the PBX has processed it.
  case killBefore, killAfter
}

/// The way to the PBX, in the process. Each request meets the fault that the history chooses.
final class SimulatedNetwork: Transport {
  fileprivate struct State {
    var pbx: SimulatedPBX
    /// Whether the program takes a request without an answer for one that never left.
    let hidesLosses: Bool
    var isDead = false
    var chooseFault: @Sendable (Int) -> RequestFault? = { _ in nil }
    var requests = 0
    var handled: [HandledRequest] = []
  }

  /// A request that the PBX got, with its result for the program.
  struct HandledRequest: Sendable {
    let call: LoggedCall
    let fault: RequestFault?
  }

  private let state: Mutex<State>

  init(_ pbx: SimulatedPBX, hidesLosses: Bool = false) { state = Mutex(State(pbx: pbx, hidesLosses: hidesLosses)) }

  /// Begins a run.
  ///
  /// - Parameter chooseFault: the fault of the run's n-th request, from 0.
  func begin(_ chooseFault: @escaping @Sendable (Int) -> RequestFault?) {
    state.withLock { state in
      state.isDead = false
      state.chooseFault = chooseFault
      state.requests = 0
      state.handled = []
      state.pbx.log = []
    }
  }

  /// Whether a request killed the process.
  var hasKilled: Bool { state.withLock(\.isDead) }

  /// The requests since `begin` that the PBX got.
  var handled: [HandledRequest] { state.withLock(\.handled) }

  /// The extensions on the PBX.
  var extensions: [ExtensionRecord] { state.withLock { $0.pbx.store.extensions } }

  /// Changes the PBX by hand.
  func edit(_ change: (inout SimulatedPBX) -> Void) { state.withLock { change(&$0.pbx) } }

  var serverDate: Int64? { nil }
  var serverSoftware: String? { state.withLock { $0.requests > 0 ? "" : nil } }

  func sendTimed(_ request: HTTP.Request) async -> (answer: Result<HTTP.Response, HTTPError>, time: Duration) {
    (state.withLock { $0.answer(request) }, .milliseconds(5))
  }
}

extension SimulatedNetwork.State {
  mutating func answer(_ request: HTTP.Request) -> Result<HTTP.Response, HTTPError> {
    let notSent = HTTPError(.unreachable, code: 7, detail: "no connection", mayHaveArrived: false)
    let lost = HTTPError(.cutOff, code: 56, detail: "connection closed", mayHaveArrived: true)
    if isDead || SimulatedDisk.hasFailed { return .failure(notSent) }
    let fault = chooseFault(requests)
    requests += 1
    switch fault {
    case .unreachable: return .failure(notSent)
    case .killBefore:
      isDead = true
      SimulatedDisk.fail(after: 0)
      return .failure(notSent)
    case .killAfter:
      isDead = true
      SimulatedDisk.fail(after: 0)
    case .played, nil: break
    }
    if case .played(let kind)? = fault { pbx.faults = Faults([Fault(kind)]) } else { pbx.faults = Faults() }
    let response = pbx.receive(PBXSimulator.Request(request))
    if let call = pbx.log.last { handled.append(SimulatedNetwork.HandledRequest(call: call, fault: fault)) }
    if isDead || response.extent != .whole { return .failure(hidesLosses ? notSent : lost) }
    return .success(
      HTTP.Response(status: response.status, contentType: response.contentType, body: response.body, server: ""))
  }
}

extension PBXSimulator.Request {
  fileprivate init(_ request: HTTP.Request) {
    switch request.content {
    case .form(let form):
      self.init(
        method: "POST", target: "/api.aspx", contentType: "application/x-www-form-urlencoded", body: Array(form.utf8))
    case .query(let query): self.init(method: "POST", target: "/api.aspx?\(query)")
    case .none, .json, .mail: self.init(method: "POST", target: "/api.aspx")
    }
  }
}
