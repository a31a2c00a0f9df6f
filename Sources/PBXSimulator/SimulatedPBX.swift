/// A stand-in for the PBX: its objects, its answers, and its log of calls.
///
/// A plain value without I/O; its HTTP server guards it with a lock.
package struct SimulatedPBX: Sendable {
  private let key: String
  /// The longest query string in bytes; IIS refuses more with 404.
  private let maxQuery: Int
  package var store = Store()
  package var faults = Faults()
  package var settings = Settings()
  /// The calls since the last reset, oldest first.
  package var log: [LoggedCall] = []
  /// The requests to the API since the last reset, those refused by the web server among them.
  var requests = 0
  /// The same by action.
  var calls: [String: Int] = [:]

  /// Whether replies have a line for the access log.
  private let keepsRecords: Bool

  package init(key: String, maxQuery: Int = 2048, keepsRecords: Bool = true, checks: Settings.Checks = .existsFirst) {
    settings.checks = checks
    self.key = key
    self.maxQuery = maxQuery
    self.keepsRecords = keepsRecords
  }

  /// Answers any request.
  package mutating func receive(_ request: Request) -> Response {
    request.isForAPI ? receiveCall(request) : receiveControl(request)
  }

  private mutating func receiveCall(_ request: Request) -> Response {
    requests += 1
    var reply =
      if request.method != "POST" {
        Response.html(405, title: "Not allowed", "<h1>405 - Method not allowed</h1>")
      } else if !request.hasLength {
        Response.html(411, title: "Length Required", "<h2>Length Required</h2><p>HTTP Error 411.</p>")
      } else if request.query.utf8.count > maxQuery {
        Response.html(404, title: "Not Found", "<h2>404 - File or directory not found.</h2>")
      } else {
        answer(request)
      }
    guard keepsRecords else { return reply }
    if reply.record == nil { reply.record = "\(requests) refused \(reply.status)" }
    reply.record = reply.record?.replacing(key, with: "[key]")
    return reply
  }

  private mutating func answer(_ request: Request) -> Response {
    let action = request.parameters["action"] ?? ""
    calls[action, default: 0] += 1
    let known = try? request.call.get()
    let items = known?.items ?? []
    let numbers = items.flatMap(\.numbers)
    let (fault, delay) = faults.matchFault(action: action, envelope: known?.envelope, numbers: numbers)

    let isAllowed = request.parameters["qsSecuritykey"] == key
    let (answer, done) = isAllowed ? process(request.call, fault) : (.invalidKey, 0)
    var reply = Response(answer, through: fault)
    reply.delay = delay
    reply.server = settings.server

    let logged = LoggedCall(
      n: requests, action: action, envelope: known?.envelope, items: items, done: done,
      answer: fault?.showsAnswer ?? true ? answer : nil,
      fault: fault?.kind ?? (delay > 0 ? .delay : nil))
    log.append(logged)
    if keepsRecords { reply.record = logged.line(status: reply.status) }
    return reply
  }

  /// The answer, and the number of executed objects.
  private mutating func process(_ call: Result<Call, Exception>, _ fault: Fault?) -> (APIReply, done: Int) {
    switch call {
    case .failure(let exception):
      return (fault?.answer(exceptionCode: "WEBSERVICE_ERROR") ?? exception.answer, 0)
    case .success(let call):
      let (truth, done) = fault?.processes ?? true ? perform(call, fault) : (.internalError, 0)
      return (fault?.answer(exceptionCode: call.action.exceptionCode(in: call.envelope)) ?? truth, done)
    }
  }

  private mutating func perform(_ call: Call, _ fault: Fault?) -> (APIReply, done: Int) {
    // Kept only if it may be restored: a second reference makes each change copy everything.
    let before = settings.batch == .atomic ? store : nil
    let count = fault?.kind == .halfBatch ? call.items.count / 2 : call.items.count
    for (index, fields) in call.items.prefix(count).enumerated() {
      if let refusal = fault?.refusal(of: fields) ?? store.perform(call, on: fields, settings: settings) {
        guard let before else { return (refusal, index) }
        store = before
        return (refusal, 0)
      }
    }
    return (.success(status: call.action.success(in: call.envelope)), count)
  }
}
