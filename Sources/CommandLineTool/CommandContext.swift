import Configuration
import Directory
import Journal
package import Platform
import Service
package import Sync

/// One call of the program with its options. Each command is an extension in a file of its own.
package struct CommandContext: Sendable {
  let file: String
  let isJSON: Bool
  let log: Log

  package init(file: String, isJSON: Bool, isDebug: Bool) {
    self.file = file
    self.isJSON = isJSON
    // With --debug, events go to the terminal; under systemd standard error is the journal too.
    let sink: any Sink = isDebug ? StderrSink() : Log.standard(isToStderr: environment("PBXSYNCD_LOG") == "stderr")
    // On a terminal a command's output says the same.
    log = Log(sink: sink, threshold: isDebug ? .debug : sink is TerminalSink ? nil : .info)
  }

  /// Runs a command, unless the limit of open files is too low.
  package func withDescriptors(_ work: () async -> ExitStatus) async -> ExitStatus {
    do throws(DescriptorLimit.Shortage) {
      try DescriptorLimit.raise()
    } catch {
      return refuse(
        RunError(
          .stateNotWritable, .runFailed,
          "the limit of open files is \(error.limit), and pbxsyncd needs \(error.needed)",
          remedy: "raise the limit: ulimit -n \(error.needed) in a shell, LimitNOFILE=\(error.needed) in a systemd unit"
        ))
    }
    return await work()
  }

  /// The daemon, until SIGTERM.
  package func serve() async -> ExitStatus {
    await Service(file: file, log: log.including(.info), notifier: ServiceNotifier()).run()
  }
}

/// The output of a command, for people and as JSON.
struct CommandOutput {
  var status = ExitStatus.asWanted
  let page: Page
  private let makeJSON: () -> JSON

  /// - Parameter json: Made only if requested: for a long plan it takes more memory than the run.
  init(status: ExitStatus = .asWanted, page: Page, json: @autoclosure @escaping () -> JSON) {
    (self.status, self.page, makeJSON) = (status, page, json)
  }

  /// - Parameter text: Lines that a terminal wraps.
  init(status: ExitStatus = .asWanted, text: String, json: @autoclosure @escaping () -> JSON) {
    self.init(status: status, page: Page(text), json: json())
  }

  var json: JSON { makeJSON() }
}

extension CommandContext {
  /// Reads the configuration, runs the command, and prints its output or its error.
  ///
  /// - Parameters:
  ///   - edited: a configuration to use instead.
  ///   - known: output that is available although the configuration is wrong; nil for none.
  func answer(
    trying edited: String? = nil, _ body: (CompiledConfiguration) async throws -> CommandOutput,
    knowing known: (ConfigurationError) async throws -> CommandOutput? = { _ in nil }
  ) async -> ExitStatus {
    do {
      let reply = try await body(try CompiledConfiguration(file: file, trying: edited))
      if isJSON { Terminal.print(reply.json.answer(reply.status).text + "\n") } else { Terminal.print(reply.page) }
      return reply.status
    } catch let error as ConfigurationError {
      // The configuration's error comes first, whatever else fails.
      return refuse(error, in: error.file == edited ? error.file : nil, knowing: try? await known(error))
    } catch {
      return refuse(RunError(error))
    }
  }

  /// Writes a requested file, readable only by its owner: it may name people. An earlier file of its kind is replaced, and no other: a
  /// mistyped path may lead to a key or to the ledger.
  ///
  /// - Parameter mark: what a file of this kind has in its first kilobyte.
  func write(_ what: String, _ text: String, to path: String, markedBy mark: String) throws(RunError) {
    if fileExists(path) {
      let start = beginning(of: path, 1024).map { String(decoding: $0, as: UTF8.self) }
      guard let start, start.isEmpty || start.contains(mark) else {
        throw RunError(
          refusing: "\(path) exists and isn't a \(what) of pbxsyncd, so nothing is written", .stateNotWritable,
          remedy: "choose another name, or remove the file")
      }
    }
    do throws(FileError) {
      try writeFile(path, text)
    } catch {
      throw RunError(
        refusing: "the \(what) can't be written to \(path): \(error.reason)", .stateNotWritable,
        remedy: "choose an existing folder with write access")
    }
  }

  /// The status of a command whose output is written: that of the command, unless output was lost, which is an error of its own.
  package static func statusOfOutput(_ status: ExitStatus) -> ExitStatus {
    guard let error = Terminal.outputError else { return status }
    Terminal.printError(
      "pbxsyncd: the output can't be written: \(error.reason); the command itself ended with status \(status.rawValue)",
      remedy: error.isNoSpace
        ? "free space on the disk, or write the output elsewhere" : "write the output to a file or a terminal")
    return .diskFailed
  }

  func refuse(_ failure: RunError) -> ExitStatus { Self.refuse(failure, isJSON: isJSON) }

  /// Refuses a command line.
  package static func refuse(_ error: CommandLineOptions.UsageError, isJSON: Bool) -> ExitStatus {
    refuse(RunError(refusing: error.message, .usage, remedy: ""), isJSON: isJSON)
  }

  /// Prints a failure: the shape of all of them in JSON.
  private static func refuse(_ failure: RunError, isJSON: Bool) -> ExitStatus {
    if isJSON {
      let json: JSON = [
        "status": failure.status.json, "error": failure.json,
      ]
      Terminal.print(json.text + "\n")
    } else {
      Terminal.printError("pbxsyncd: \(failure.message)", remedy: failure.remedy)
    }
    return failure.status
  }

  /// - Parameters:
  ///   - edited: the configuration with the error; nil for the one in force.
  ///   - known: output that is available anyway; its JSON members follow those of the error.
  func refuse(_ error: ConfigurationError, in edited: String? = nil, knowing known: CommandOutput? = nil) -> ExitStatus
  {
    if isJSON {
      let members: [(String, JSON)] = [
        ("status", ExitStatus.configuration.json),
        ("error", ["message": .string(error.description), "remedy": ""]),
        ("valid", false), ("file", .string(edited ?? file)),
        ("errors", .strings(error.description.split(separator: "\n").map(String.init))),
      ]
      let more: [(String, JSON)] = if case .object(let members) = known?.json { members } else { [] }
      Terminal.print(JSON.object(members + more).text + "\n")
    } else {
      Terminal.printError(error.description.split(separator: "\n").map { "pbxsyncd: \($0)\n" }.joined())
      if let known { Terminal.print(known.page) }
    }
    return .configuration
  }
}
