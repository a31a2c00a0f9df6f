import Configuration
import Journal
import Platform

/// One call of the program with its options read: each verb from the configuration to what is printed.
public struct Invocation: Sendable {
  private let file: String
  private let isDryRun: Bool
  private let isJSON: Bool
  private let log: Log

  public init(file: String, isDryRun: Bool, isJSON: Bool, isDebug: Bool) {
    self.file = file
    self.isDryRun = isDryRun
    self.isJSON = isJSON
    // Who asks for more looks at the terminal; under systemd its standard error is the journal all the same.
    log = isDebug ? Log(sink: StderrSink(), threshold: .debug) : Log(sink: Log.standard())
  }

  /// The daemon, until SIGTERM.
  public func serve() async -> ExitStatus {
    await Service(file: file, log: log, notifier: ServiceNotifier()).run()
  }

  /// One complete run; SIGTERM and SIGINT end it after the requests in flight.
  public func syncNow() async -> ExitStatus {
    let setup: Setup
    do throws(ConfigurationError) {
      setup = try Setup(file: file)
    } catch {
      return refuse(error)
    }
    let bar = ProgressBar()
    let run = SyncRun(setup, trigger: "sync-now", isDryRun ? .dryRun : .sync, log: log)
    let task = Task { await run { done, all in bar.show(done, of: all) } }
    let signals = Signals { signal in
      if signal == .stop { task.cancel() }
    }
    let report = await task.value
    withExtendedLifetime(signals) {}
    bar.clear()
    if isJSON {
      Terminal.print(report.json + "\n")
    } else if report.failure != nil {
      Terminal.printError("pbxsyncd: \(report.summary)\n")
    } else {
      Terminal.print(report.text)
    }
    return report.status
  }

  /// Reads and checks the configuration, templates and all; says which secrets aren't in place yet.
  public func checkConfiguration() -> ExitStatus {
    let setup: Setup
    do throws(ConfigurationError) {
      setup = try Setup(file: file)
    } catch {
      return refuse(error)
    }
    let missing = setup.missingSecrets
    if isJSON {
      let json: JSON = ["valid": true, "file": .string(file), "missing_secrets": .array(missing.map(JSON.string))]
      Terminal.print(json.text + "\n")
    } else {
      Terminal.print("\(file) is right\n")
      for secret in missing { Terminal.print("note: \(secret) isn't there yet; write the secret into it, mode 0600\n") }
    }
    return .asWanted
  }

  private func refuse(_ error: ConfigurationError) -> ExitStatus {
    if isJSON {
      let json: JSON = [
        "valid": false, "file": .string(file),
        "errors": .array(error.description.split(separator: "\n").map { .string(String($0)) }),
      ]
      Terminal.print(json.text + "\n")
    } else {
      Terminal.printError(error.description.split(separator: "\n").map { "pbxsyncd: \($0)\n" }.joined())
    }
    return .configuration
  }
}
