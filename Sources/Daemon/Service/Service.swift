import Configuration
import Journal
import Platform

/// The daemon: the same run as `--sync-now`, on a poll interval, until SIGTERM.
struct Service: Sendable {
  private let file: String
  private let log: Log
  private let notifier: ServiceNotifier
  private let mailbox = Mailbox()

  init(file: String, log: Log, notifier: ServiceNotifier) {
    self.file = file
    self.log = log
    self.notifier = notifier
  }

  /// Runs until it is told to stop. Returns at once where the first configuration is unusable.
  ///
  /// SIGTERM lets the requests in flight finish. SIGHUP reads the configuration again; one that isn't right is refused
  /// and the old one kept. SIGUSR1 makes a run now, as an admin's: what waits for its next try is tried too.
  func run() async -> ExitStatus {
    let signals = Signals { [mailbox] signal in
      let letter: Mailbox.Letter =
        switch signal {
        case .stop: .stop
        case .reload: .reload
        case .runNow: .runNow
        }
      Task(executorPreference: TaskPool.shared) { await mailbox.post(letter) }
    }
    defer { withExtendedLifetime(signals) {} }
    var setup: Setup
    do throws(ConfigurationError) {
      setup = try Setup(file: file)
    } catch {
      refuse(error)
      return .configuration
    }
    log.write(Event(.serviceStarted, "pbxsyncd \(version) started with \(file)", [.file: file]))
    notifier.ready()

    let doorbell = Doorbell(log: log) { [mailbox] in await mailbox.post(.ring) }
    var rounds = Rounds(doorbell, setup.clock)
    await rounds.resume(setup)
    rounds: while true {
      let poll = rounds.poll(setup, log)
      guard let outcome = await untilStopped(setup, { await poll() }) else { break }
      if let event = rounds.take(outcome) { log.write(event) }
      var end = ContinuousClock.now + rounds.pause(setup)
      ResidentMemory.settle()
      while true {
        let rest = end - ContinuousClock.now
        notifier.status("\(rounds.status); next in \(Int((max(rest, .zero) / .seconds(1)).rounded())) s")
        switch await take([.stop, .reload, .runNow, .ring], within: rest) {
        case nil: continue rounds
        case .runNow:
          rounds.beginAnew(as: "SIGUSR1")
          continue rounds
        case .reload:
          if reload(&setup) { await doorbell.close() }
          rounds.beginAnew()
          continue rounds
        case .ring:
          switch await rounds.respond(setup, log) {
          case .poll(let moment): end = min(end, moment ?? end)
          case .delta(let run):
            guard let report = await untilStopped(setup, { await run() }) else { break rounds }
            if let event = rounds.takeDelta(report) { log.write(event) }
          }
        case .stop:
          notifier.stopping()
          break rounds
        }
      }
    }
    await rounds.suspend(setup)
    await doorbell.close()
    log.write(Event(.serviceStopping, "pbxsyncd stopped"))
    return .asWanted
  }

  /// Does some work; nil where it was told to stop meanwhile. A reload that comes meanwhile is kept for after it.
  private func untilStopped<Result: Sendable>(
    _ setup: Setup, _ work: @escaping @Sendable () async -> Result
  ) async -> Result? {
    let task = Task(executorPreference: TaskPool.shared) { await work() }
    // A run has an end of its own; one that doesn't find it is for the watchdog.
    let patience = setup.configuration.schedule.runLimit * 2
    let watch = Task(executorPreference: TaskPool.shared) { [notifier] in
      let isToStop = await take([.stop], within: patience) == .stop
      if isToStop {
        // Said at once: the requests in flight may take their time.
        notifier.stopping(status: "finishing the requests in flight")
        task.cancel()
      }
      return isToStop
    }
    let result = await task.value
    watch.cancel()
    return await watch.value ? nil : result
  }

  /// Waits for a letter, and gives the watchdog its signs of life: they come from here alone, so that a loop that
  /// doesn't go on is found out. nil after `duration` or when the task is cancelled.
  private func take(_ expected: Set<Mailbox.Letter>, within duration: Duration) async -> Mailbox.Letter? {
    let end = ContinuousClock.now + duration
    while true {
      notifier.alive()
      let rest = end - ContinuousClock.now
      if rest <= .zero || Task.isCancelled { return nil }
      let slice = notifier.watchdog.map { min(rest, $0 / 2) } ?? rest
      if let letter = await mailbox.take(expected, within: slice) { return letter }
    }
  }

  /// - Returns: whether the new configuration is in force.
  private func reload(_ setup: inout Setup) -> Bool {
    notifier.reloading()
    defer { notifier.ready() }
    do throws(ConfigurationError) {
      setup = try Setup(file: file)
      log.write(Event(.configurationReloaded, "Read \(file) again", [.file: file]))
      return true
    } catch {
      refuse(error)
      return false
    }
  }

  private func refuse(_ error: ConfigurationError) {
    log.write(
      Event(
        .configurationRefused, "Refused the configuration: \(error)", [.file: file, .reason: error.description]))
  }
}
