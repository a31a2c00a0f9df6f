import Configuration
import Directory
import Journal
import Platform
import Service
package import Sync

/// One call of the program with its options read. Each verb is an extension of its own in `Commands`.
package struct CommandContext: Sendable {
  let file: String
  let isJSON: Bool
  let log: Log

  package init(file: String, isJSON: Bool, isDebug: Bool) {
    self.file = file
    self.isJSON = isJSON
    // Who asks for more looks at the terminal; under systemd its standard error is the journal all the same.
    log = isDebug ? Log(sink: StderrSink(), threshold: .debug) : Log(sink: Log.standard())
  }

  /// Does some work, unless the process may open too few files for any.
  package func withDescriptors(_ work: () async -> ExitStatus) async -> ExitStatus {
    do throws(DescriptorLimit.Shortage) {
      try DescriptorLimit.raise()
    } catch {
      return refuse(
        RunError(
          .stateNotWritable, .runFailed,
          "this process may have \(error.limit) files open at once, and pbxsyncd needs \(error.needed)",
          remedy: "raise the limit: ulimit -n \(error.needed) in a shell, LimitNOFILE=\(error.needed) in a systemd unit"
        ))
    }
    return await work()
  }

  /// The daemon, until SIGTERM.
  package func serve() async -> ExitStatus {
    await Service(file: file, log: log, notifier: ServiceNotifier()).run()
  }
}

/// What a command says: to a person, and to a tool.
struct CommandOutput {
  var status = ExitStatus.asWanted
  /// Ends with a line's end, or is empty.
  let text: String
  private let makeJSON: () -> JSON

  /// - Parameter json: Is made where a tool asks for it alone: of a long plan it takes more memory than the run.
  init(status: ExitStatus = .asWanted, text: String, json: @autoclosure @escaping () -> JSON) {
    (self.status, self.text, makeJSON) = (status, text, json)
  }

  var json: JSON { makeJSON() }
}

extension CommandContext {
  /// Reads the configuration, asks for the reply, and prints it or why there is none.
  ///
  /// - Parameters:
  ///   - edited: a configuration to try in its place.
  ///   - known: what can be said though the configuration isn't right; nil for nothing.
  func answer(
    trying edited: String? = nil, _ body: (CompiledConfiguration) async throws -> CommandOutput,
    knowing known: (ConfigurationError) async throws -> CommandOutput? = { _ in nil }
  ) async -> ExitStatus {
    do {
      let reply = try await body(try CompiledConfiguration(file: file, trying: edited))
      Terminal.print(isJSON ? reply.json.text + "\n" : reply.text)
      return reply.status
    } catch let error as ConfigurationError {
      // The fault of the configuration is the news, whatever else is wrong.
      return refuse(error, knowing: try? await known(error))
    } catch {
      return refuse(RunError(error))
    }
  }

  /// Writes a file that was asked for, for its owner alone: it may name people.
  func write(_ what: String, _ text: String, to path: String) throws(RunError) {
    guard let reason = writeFile(path, text) else { return }
    throw RunError(
      refusing: "the \(what) can't be written to \(path): \(reason)", .stateNotWritable,
      remedy: "choose a folder that is there and that you may write to")
  }

  private func refuse(_ failure: RunError) -> ExitStatus {
    if isJSON {
      let json: JSON = [
        "status": .number(Int64(failure.status.rawValue)),
        "error": ["message": .string(failure.message), "remedy": .string(failure.remedy)],
      ]
      Terminal.print(json.text + "\n")
    } else {
      Terminal.printError("pbxsyncd: \(failure.text)\n")
    }
    return failure.status
  }

  /// - Parameter known: what can be said all the same; its members of JSON stand behind those of the error.
  func refuse(_ error: ConfigurationError, knowing known: CommandOutput? = nil) -> ExitStatus {
    if isJSON {
      let members: [(String, JSON)] = [
        ("status", .number(Int64(ExitStatus.configuration.rawValue))),
        ("error", ["message": .string(error.description), "remedy": ""]),
        ("valid", false), ("file", .string(file)),
        ("errors", .array(error.description.split(separator: "\n").map { .string(String($0)) })),
      ]
      let more: [(String, JSON)] = if case .object(let members) = known?.json { members } else { [] }
      Terminal.print(JSON.object(members + more).text + "\n")
    } else {
      Terminal.printError(error.description.split(separator: "\n").map { "pbxsyncd: \($0)\n" }.joined())
      if let known { Terminal.print(known.text) }
    }
    return .configuration
  }
}
