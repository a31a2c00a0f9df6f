/// A fault to inject, as in `POST /control/faults`.
package struct Fault: Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    /// The answer comes `ms` milliseconds late. Can be combined with another fault.
    case delay
    /// The connection is closed before the call is processed.
    case cutBefore = "cut-before"
    /// The call is processed, then the connection is closed without an answer.
    case cutAfter = "cut-after"
    /// The call is processed, then half of the answer's bytes are sent and the connection is closed.
    case cutReply = "cut-reply"
    /// The API's `500`.
    case error500 = "error-500"
    /// An HTML page with status 500.
    case http500 = "http-500"
    /// The API's `WEBSERVICE_ERROR` with `message`.
    case exception = "webservice-error"
    /// An HTML login page with status 200.
    case html
    /// Status 200 and no body.
    case empty
    /// Status 200 and JSON in neither documented form.
    case wrongJSON = "wrong-json"
    /// A failure with an `errorCode` that the page doesn't list.
    case unknownCode = "unknown-code"
    /// `AUTH_ID_EXPIRED`.
    case keyExpired = "key-expired"
    /// The first half of a batch is created; then the fault named by `then`, `error-500` by default.
    case halfBatch = "half-batch"
    /// The object with `number` is refused with `code` and `message`.
    case refuse
    /// A byte order mark before the answer.
    case bom
    /// Failures come with HTTP status `status`, 400 by default.
    case httpStatus = "http-status"
  }

  package var kind: Kind
  /// Only calls of this action.
  package var action: String?
  /// Only calls with an object of this number.
  package var number: String?
  /// The number of matching calls before the first fault.
  package var after: Int?
  /// The number of calls with the fault; without it, all until the faults are cleared.
  package var times: Int?
  /// Whether the call is executed before a fault that otherwise prevents it.
  package var processed: Bool?
  package var ms: Int?
  package var message: String?
  package var code: String?
  package var status: Int?
  package var then: Kind?

  package init(_ kind: Kind) { self.kind = kind }

  /// Whether the call is executed at all.
  var processes: Bool {
    switch kind {
    case .delay, .cutAfter, .cutReply, .halfBatch, .refuse, .bom, .httpStatus: true
    case .cutBefore, .error500, .http500, .exception, .html, .empty, .wrongJSON, .unknownCode, .keyExpired:
      processed ?? false
    }
  }

  /// The caller's answer, whatever was executed.
  var shown: Kind { kind == .halfBatch ? then ?? .error500 : kind }

  /// The API's reply instead of the true one.
  func answer(exceptionCode: String) -> APIReply? {
    switch shown {
    case .error500: .internalError
    case .exception: .failure(message: message ?? "Exception Detail", code: exceptionCode)
    case .unknownCode: .failure(message: "Something new", code: "SOMETHING_NEW")
    case .keyExpired: .expiredKey
    default: nil
    }
  }

  /// The refusal of this object, if the fault is about it.
  func refusal(of fields: Fields) -> APIReply? {
    guard kind == .refuse, number.map(fields.numbers.contains) ?? true else { return nil }
    return .failure(message: message ?? "Refused", code: code ?? "REFUSED")
  }
}

/// The armed faults, with the number of their matches.
package struct Faults: Sendable {
  private var waiting: [(fault: Fault, seen: Int, played: Int)] = []

  package init(_ faults: [Fault] = []) { waiting = faults.map { ($0, 0, 0) } }

  /// The fault for a call: the first that is due, with the longest due delay.
  mutating func matchFault(action: String, envelope: String?, numbers: [String]) -> (fault: Fault?, delay: Int) {
    var chosen: Fault?
    var delay = 0
    for index in waiting.indices {
      let fault = waiting[index].fault
      guard fault.action.map({ $0 == action }) ?? true, fault.number.map(numbers.contains) ?? true,
        fault.kind != .halfBatch || envelope == APIAction.batch
      else { continue }
      waiting[index].seen += 1
      guard waiting[index].seen > fault.after ?? 0, waiting[index].played < fault.times ?? .max,
        fault.kind == .delay || chosen == nil
      else { continue }
      waiting[index].played += 1
      if fault.kind == .delay { delay = max(delay, fault.ms ?? 0) } else { chosen = fault }
    }
    return (chosen, delay)
  }
}
