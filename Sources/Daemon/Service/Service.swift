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
      Task { await mailbox.post(letter) }
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

    var told: Set<SyncRun.Told> = []
    var settled: Settled?
    var quarantine = Quarantine()
    var lastRun = ""
    var trigger = SyncRun.poll
    while true {
      let began = ContinuousClock.now
      let known = told.union(quarantine.needsNoEvent(at: secondsSince1970()))
      let poll = Poll(run: SyncRun(setup, trigger: trigger, log: log, told: known), settled: settled)
      guard let outcome = await untilStopped(poll) else { break }
      var news = "; nothing new since"
      if case .ran(let report) = outcome {
        // A run that failed may not have got as far as the problems told before.
        told = report.failure == nil ? report.told : told.union(report.told)
        if let event = quarantine.take(report.failure, at: secondsSince1970()) { log.write(event) }
        settled = Settled(report, setup, readAt: began)
        lastRun = "last run \(localClock(secondsSince1970())), \(report.shortSummary)"
        news = ""
      }
      trigger = SyncRun.poll
      let pause = quarantine.pause(setup.configuration.schedule.poll)
      notifier.status("\(lastRun)\(news); next in \(Int((pause / .seconds(1)).rounded())) s")

      switch await take([.stop, .reload, .runNow], within: pause) {
      case nil: continue
      case .runNow:
        trigger = "SIGUSR1"
        settled = nil
        continue
      case .reload:
        reload(&setup)
        settled = nil
        continue
      case .stop: notifier.stopping()
      }
      break
    }
    log.write(Event(.serviceStopping, "pbxsyncd stopped"))
    return .asWanted
  }

  /// Makes the poll; nil where it was told to stop meanwhile. A reload that comes meanwhile is kept for after it.
  private func untilStopped(_ poll: Poll) async -> Poll.Outcome? {
    let task = Task { await poll() }
    // A run has an end of its own; one that doesn't find it is for the watchdog.
    let patience = poll.run.setup.configuration.schedule.runLimit * 2
    let watch = Task { [notifier] in
      let isToStop = await take([.stop], within: patience) == .stop
      if isToStop {
        // Said at once: the requests in flight may take their time.
        notifier.stopping(status: "finishing the requests in flight")
        task.cancel()
      }
      return isToStop
    }
    let outcome = await task.value
    watch.cancel()
    return await watch.value ? nil : outcome
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

  private func reload(_ setup: inout Setup) {
    notifier.reloading()
    do throws(ConfigurationError) {
      setup = try Setup(file: file)
      log.write(Event(.configurationReloaded, "Read \(file) again", [.file: file]))
    } catch {
      refuse(error)
    }
    notifier.ready()
  }

  private func refuse(_ error: ConfigurationError) {
    log.write(
      Event(
        .configurationRefused, "Refused the configuration: \(error)", [.file: file, .reason: error.description]))
  }
}
