import CallControl
import Directory
import Domain
import Foundation
import HTTP
import Journal
import Ledger
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Executor

/// A PBX in the process that answers by a script, and then accepts everything.
final class ScriptedPBX: Transport {
  enum Answer: Hashable, Sendable {
    case accepted
    /// An error code of the API.
    case code(String)
    /// The refusal of a probe because of its own value.
    case free
    /// A page that isn't the API's.
    case page
    /// No answer comes, or nothing was sent.
    case lost, unreachable

    static let taken = code("EXTENSION_EXIST")
    static let absent = code("INVALID_EXTENSION")
    static let badKey = code("INVALID_AUTH_ID")
    static let failed = code("500")
  }

  private struct State {
    var answers: ArraySlice<Answer>
    var requests: [String] = []
    var underWay = 0
    var mostAtOnce = 0
    /// Stops the run after so many requests.
    var stop: (after: Int, @Sendable () -> Void)?
  }

  private let state: Mutex<State>

  init(_ answers: [Answer]) { state = Mutex(State(answers: answers[...])) }

  /// The requests in a few words: `add 101 102`, `probe name 101`.
  var requests: [String] { state.withLock(\.requests) }

  /// The most requests that were under way at one time.
  var mostAtOnce: Int { state.withLock(\.mostAtOnce) }

  var mayBeStopped: Bool { state.withLock { $0.stop != nil } }

  /// Calls `stop` once the PBX has answered so many requests.
  func afterRequest(_ count: Int, _ stop: @escaping @Sendable () -> Void) {
    state.withLock { $0.stop = (count, stop) }
  }

  var serverDate: Int64? { nil }
  var serverSoftware: String? { state.withLock { $0.requests.isEmpty ? nil : "IIS" } }

  func sendTimed(_ request: HTTP.Request) async -> (answer: Result<HTTP.Response, HTTPError>, time: Duration) {
    guard case .query(let query) = request.content, let text = query.removingPercentEncoding else {
      preconditionFailure("the API's calls are queries")
    }
    let answer = state.withLock { state in
      state.requests.append(words(text))
      state.underWay += 1
      state.mostAtOnce = max(state.mostAtOnce, state.underWay)
      return state.answers.popFirst() ?? .accepted
    }
    // Other tasks may send theirs meanwhile.
    for _ in 0..<20 { await Task.yield() }
    let stop = state.withLock { state in
      state.underWay -= 1
      return state.stop?.after == state.requests.count ? state.stop?.1 : nil
    }
    stop?()
    return (result(of: text, answer), .milliseconds(1))
  }

  private func words(_ text: String) -> String {
    let numbers = text.matches(of: #/"(?:ExtentionNumber|PhoneNumber)":"([^"]*)"/#).map { String($0.output.1) }
    let action = text.contains("action=add") ? "add" : text.contains("action=update") ? "update" : "delete"
    return ([probeForm(text).map { "probe \($0.rawValue)" } ?? action] + numbers).joined(separator: " ")
  }

  private func probeForm(_ text: String) -> ProbeForm? {
    if text.contains("no-address") { .email } else if text.contains(#""FirstName":"""#) { .name } else { nil }
  }

  private func result(of text: String, _ answer: Answer) -> Result<HTTP.Response, HTTPError> {
    func reply(_ body: String) -> Result<HTTP.Response, HTTPError> {
      .success(HTTP.Response(status: 200, contentType: "application/json", body: Array(body.utf8), server: "IIS"))
    }
    return switch answer {
    case .lost: .failure(HTTPError(.timedOut, code: 28, detail: "no answer", mayHaveArrived: true))
    case .unreachable: .failure(HTTPError(.unreachable, code: 7, detail: "no connection", mayHaveArrived: false))
    case .page: reply("<html>")
    case .code(let code): reply(#"{"errorCode":"\#(code)"}"#)
    case .free: reply(#"{"errorCode":"\#(probeForm(text) == .email ? "INVALID_EMAIL" : "FNAME_INVALID")"}"#)
    case .accepted:
      reply(
        #"{"status":"\#(text.contains("mExtension") ? "All " : "")\#(text.contains("Phonebook") ? "Contact" : "Extension") "#
          + (text.contains("action=add") ? "Created" : text.contains("action=update") ? "Updated" : "Deleted") + "\"}")
    }
  }
}

/// Executes changes with a ledger of its own.
final class TestRun {
  private let folder: TemporaryFolder
  private let lock: LockFile
  let ledger: Ledger
  let pbx: ScriptedPBX
  let memory: PresenceMemory
  private let journal = Events()

  /// - Parameters:
  ///   - isProbing: whether numbers are probed before their adds.
  ///   - form: the form that is known to reveal taken numbers; nil if that isn't known yet.
  convenience init(_ answers: ScriptedPBX.Answer..., isProbing: Bool = false, knowing form: ProbeForm? = nil) throws {
    try self.init(isProbing: isProbing, knowing: form, script: answers)
  }

  init(isProbing: Bool, knowing form: ProbeForm?, script answers: [ScriptedPBX.Answer]) throws {
    folder = try TemporaryFolder()
    lock = try LockFile(path: folder.path + "/lock")
    let ledger = try Ledger(path: folder.path + "/ledger.sqlite", under: lock)
    self.ledger = ledger
    pbx = ScriptedPBX(answers)
    let known = form.map { PresenceKnowledge(url: "u", server: "IIS", form: $0, learnedAt: ledger.now()) }
    memory = PresenceMemory(isOff: !isProbing, url: "u", known: known, ledger)
  }

  /// The events of the log.
  var events: [Event] { journal.all.withLock(\.self) }

  func beginRun() async throws -> RunID { try await ledger.beginRun(RunStart(trigger: "sync-now", pid: 1, at: 1)) }

  /// Executes the changes, one request at a time.
  ///
  /// - Parameter stop: after how many requests the run is stopped; nil for never.
  func execute(
    _ changes: [Change], after learned: SendingPace? = nil, retries: Int = 0,
    until deadline: ContinuousClock.Instant = .now + .seconds(3600), stoppingAfter stop: Int? = nil
  ) async throws -> ExecutionResult {
    let executor = PlanExecutor(
      pbx: CallControl(CallControlSettings(url: "http://127.0.0.1:1/", key: SecurityKey("secret")), over: pbx),
      ledger: ledger, run: try await beginRun(), log: RunLog(log: Log(sink: journal)),
      settings: PlanExecutor.ExecutionSettings(maxInFlight: 1, retries: retries, deadline: deadline),
      presenceMemory: memory)
    let pbx = pbx
    let run = Task {
      // Until it is known how to stop it.
      while stop != nil, !pbx.mayBeStopped { await Task.yield() }
      return await executor.execute(changes, after: learned, progress: { _, _ in })
    }
    if let stop { pbx.afterRequest(stop) { run.cancel() } }
    let result = await run.value
    #expect(pbx.mostAtOnce <= 1)
    return result
  }

  /// Logs those of the changes that are in doubt.
  func logInDoubt(_ changes: [Change], in result: ExecutionResult, nextTries: [ObjectKey: Timestamp]) {
    RunLog(log: Log(sink: journal)).logInDoubt(changes, in: result, nextTries: nextTries)
  }

  /// Leaves a call in doubt, as a run that was killed.
  func leaveInDoubt(_ call: Call) async throws -> InDoubtCall {
    let (entry, dn) = (EntryID(call.key.number), "uid=\(call.key.number)")
    let intents = try await ledger.recordIntents([Intent(call, entry: entry, dn: dn, at: 1)], in: beginRun())
    return InDoubtCall(intent: intents[0], call: call, entry: entry, dn: dn)
  }

  private final class Events: Sink {
    /// Guards the events, which several tasks write.
    let all = Mutex<[Event]>([])

    func write(_ event: Event) { all.withLock { $0.append(event) } }
  }
}
