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
  /// Guards how it ended: a process can be waited for only once.
  private let ended = Mutex<Int32?>(nil)

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
  }

  deinit {
    guard isRunning else { return }
    send(SIGKILL)
    while isRunning { usleep(1000) }
  }

  /// Runs a program to its end.
  public static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil, input: String = ""
  ) async throws -> Finished {
    let child = try ChildProcess(launching: program, arguments: arguments, environment: environment, input: input)
    let status = await child.waitUntilExit()
    return Finished(exitStatus: status, output: child.output, errors: child.errors)
  }

  public func send(_ signal: Int32) { kill(pid, signal) }

  public var isRunning: Bool { status == nil }

  /// How it ended; nil while it runs.
  private var status: Int32? {
    ended.withLock { ended in
      if ended != nil { return ended }
      var raw: Int32 = 0
      guard unsafe waitpid(pid, &raw, WNOHANG) == pid else { return nil }
      let signal = raw & 0x7F
      ended = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
      return ended
    }
  }

  /// Waits for the end.
  @discardableResult
  public func waitUntilExit() async -> Int32 {
    while true {
      if let status { return status }
      try? await Task.sleep(for: .milliseconds(4))
    }
  }

  /// Waits until its output or its errors hold `text`.
  ///
  /// - Throws: when the program ends first, or after `limit`.
  public func wait(for text: String, within limit: Duration = .seconds(30)) async throws {
    let deadline = ContinuousClock.now + limit
    while !output.contains(text) && !errors.contains(text) {
      guard isRunning, ContinuousClock.now < deadline else {
        throw ChildProcessError("\"\(text)\" didn't come; output: \(output); errors: \(errors)")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data(), as: UTF8.self)
  }
}

public struct ChildProcessError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
