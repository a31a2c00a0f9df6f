import Dispatch
import Foundation
import Synchronization

/// A program that a test runs. Its output goes to files, so that no pipe can fill up; it is killed when nobody holds it.
public final class ChildProcess: Sendable {
  /// What came of a program that ended by itself.
  public struct Finished: Sendable {
    /// The exit status, or 128 and the signal that ended it, as a shell says it.
    public let exitStatus: Int32
    public let output: String
    public let errors: String
  }

  public let pid: Int32
  private let folder: TemporaryFolder
  private let end: Ending

  public var output: String { text("output") }
  public var errors: String { text("errors") }

  /// Starts a program.
  ///
  /// - Parameter environment: instead of this process's own.
  public init(
    launching program: String, arguments: [String] = [], environment: [String: String]? = nil, input: String = ""
  ) throws {
    folder = try TemporaryFolder()
    pid = try spawn(
      program, arguments, environment: environment, input: try folder.write("input", input),
      output: folder.path + "/output",
      errors: folder.path + "/errors")
    end = Ending(of: pid)
  }

  deinit {
    send(SIGKILL)
    end.block()
  }

  /// Runs a program to its end.
  public static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil, input: String = ""
  ) async throws -> Finished {
    let child = try ChildProcess(launching: program, arguments: arguments, environment: environment, input: input)
    let status = await child.waitUntilExit()
    return Finished(exitStatus: status, output: child.output, errors: child.errors)
  }

  public func send(_ signal: Int32) { end.send(signal) }

  /// Has it stand still until SIGCONT. What it does by then is done when this returns: on a busy machine its threads go on for a
  /// while after the signal.
  func pause() {
    send(SIGSTOP)
    var info = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(pid), &info, WSTOPPED) != 0 && errno == EINTR {}
  }

  public var isRunning: Bool { end.status == nil }

  /// Waits for the end.
  @discardableResult
  public func waitUntilExit() async -> Int32 { await end.wait() }

  /// Waits until its output or its errors hold `text`.
  ///
  /// - Throws: when the program ends first.
  public func wait(for text: String) async throws {
    try await eventually("\"\(text)\"; output: \(output); errors: \(errors)") {
      // In this order: what it said at last counts too.
      let isRunning = isRunning
      if output.contains(text) || errors.contains(text) { return true }
      guard isRunning else {
        throw ChildProcessError("it ended without \"\(text)\"; output: \(output); errors: \(errors)")
      }
      return false
    }
  }

  private func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data(), as: UTF8.self)
  }
}

/// The end of a process. A thread waits for it, so that no polling is needed.
private final class Ending: Sendable {
  private struct State {
    /// A process can be waited for only once.
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }

  private let pid: pid_t
  /// Written by the thread and by the waiting task.
  private let state = Mutex(State())
  private let over = DispatchGroup()

  init(of pid: pid_t) {
    self.pid = pid
    over.enter()
    Thread.detachNewThread { self.observe() }
  }

  private func observe() {
    var info = unsafe siginfo_t()
    // Its number stays its own until it is known here that it has ended.
    while unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    let (status, waiting) = state.withLock { state in
      var raw: Int32 = 0
      _ = unsafe waitpid(pid, &raw, 0)
      let signal = raw & 0x7F
      let status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
      state.status = status
      return (status, state.waiting)
    }
    over.leave()
    for it in waiting { it.resume(returning: status) }
  }

  /// Nil while it runs.
  var status: Int32? { state.withLock { $0.status } }

  func send(_ signal: Int32) { state.withLock { if $0.status == nil { kill(pid, signal) } } }

  /// Blocks the thread.
  func block() { over.wait() }

  func wait() async -> Int32 {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }
}

public struct ChildProcessError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
