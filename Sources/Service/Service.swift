import Configuration
import Directory
package import Journal
import LDAP
import Platform
package import Sync

/// The daemon: the same run as `--sync-now`, on a poll interval, until SIGTERM.
package struct Service: Sendable {
  private let file: String
  private let log: Log
  private let notifier: ServiceNotifier
  private let wakeups = WakeupQueue()
  /// The connections to the directory. A stop ends them all, and no request follows.
  private let connections = ConnectionGroup()

  package init(file: String, log: Log, notifier: ServiceNotifier) {
    self.file = file
    self.log = log
    self.notifier = notifier
  }

  /// Runs until it is stopped. Returns at once if the first configuration is unusable.
  ///
  /// SIGTERM lets the requests in flight finish. SIGHUP reads the configuration again; one that isn't right is refused
  /// and the old one kept. SIGUSR1 makes a run now, like an admin's.
  package func run() async -> ExitStatus { await connections.hold { await serve() } }

  private func serve() async -> ExitStatus {
    let signals = Signals { [wakeups] signal in
      let wakeup: WakeupQueue.Wakeup =
        switch signal {
        case .stop: .stop
        case .reload: .reload
        case .runNow: .runNow
        }
      Task(executorPreference: TaskPool.shared) { await wakeups.post(wakeup) }
    }
    defer { withExtendedLifetime(signals) {} }
    var setup: CompiledConfiguration
    do throws(ConfigurationError) {
      setup = try CompiledConfiguration(file: file)
    } catch {
      refuse(error)
      return .configuration
    }
    var lock: LockFile?
    do throws(RunError) {
      lock = try await StateFolder.lockForService(setup)
    } catch {
      log.write(Event(.runFailed, error.text, [.reason: error.message, .remedy: error.remedy]))
      return error.status
    }
    defer { withExtendedLifetime(lock) {} }
    log.write(Event(.serviceStarted, "pbxsyncd \(version) started with \(file)", [.file: file]))
    notifier.ready()

    let listener = ChangeListener(log: log) { [wakeups] in await wakeups.post(.changesReceived) }
    var scheduler = RunScheduler(listener, setup.clock)
    await scheduler.resume(setup)
    scheduler: while true {
      let poll = scheduler.poll(setup, log)
      let (outcome, isToStop) = await untilStopped(setup) { await poll.check() }
      if let event = scheduler.record(outcome), !isToStop { log.write(event) }
      if isToStop { break }
      var end = ContinuousClock.now + scheduler.pause(setup)
      ResidentMemory.trim()
      while true {
        let rest = end - ContinuousClock.now
        notifier.status("\(scheduler.status); next in \(Int((max(rest, .zero) / .seconds(1)).rounded())) s")
        let state = ServiceState(
          notifier: await listener.uri ?? "",
          nextPoll: setup.clock.wall + Int64((max(rest, .zero) / .seconds(1)).rounded(.up)), failure: scheduler.failure,
          anchor: scheduler.anchor)
        lock?.sign(setup.configuration.digest, details: state.text)
        switch await waitForWakeup(
          [.stop, .reload, .runNow, .changesReceived], within: min(rest, setup.configuration.schedule.poll))
        {
        case nil:
          // Where an admin's own run works again, there is nothing to wait for.
          if end > .now, await !scheduler.hasRecovered(setup) { break }
          continue scheduler
        case .runNow:
          scheduler.requireCompleteRead(as: SyncRun.signal)
          continue scheduler
        case .reload:
          scheduler.refusal = await reload(&setup, &lock)
          if scheduler.refusal == nil { await listener.close() }
          scheduler.requireCompleteRead()
          continue scheduler
        case .changesReceived:
          switch await scheduler.respond(setup, log) {
          case .poll(let moment): end = min(end, moment ?? end)
          case .incremental(let run):
            let (report, isToStop) = await untilStopped(setup) { await run.run() }
            if let event = scheduler.recordIncremental(report), !isToStop { log.write(event) }
            if isToStop { break scheduler }
            await listener.listenAgain()
          }
        case .stop:
          notifier.stopping()
          break scheduler
        }
      }
    }
    await scheduler.suspend(setup)
    await listener.close()
    log.write(Event(.serviceStopping, "pbxsyncd stopped"))
    return .asWanted
  }

  /// Does some work, and returns whether a stop was requested meanwhile. A reload waits until the work is done.
  private func untilStopped<Result: Sendable>(
    _ setup: CompiledConfiguration, _ work: @escaping @Sendable () async -> Result
  ) async -> (Result, isToStop: Bool) {
    let task = Task(executorPreference: TaskPool.shared) { await work() }
    // A run has an end of its own; one that doesn't find it is for the watchdog.
    let patience = setup.configuration.schedule.runLimit * 2
    let watch = Task(executorPreference: TaskPool.shared) { [notifier, connections] in
      let isToStop = await waitForWakeup([.stop], within: patience) == .stop
      if isToStop {
        // Said at once: the requests in flight may take their time.
        notifier.stopping(status: "finishing the requests in flight")
        task.cancel()
        connections.end()
      }
      return isToStop
    }
    let result = await task.value
    watch.cancel()
    return (result, await watch.value)
  }

  /// Waits for a wakeup and feeds the watchdog. Only this loop feeds it, so that a loop that hangs is noticed. nil after
  /// `duration` or when the task is cancelled.
  private func waitForWakeup(_ expected: Set<WakeupQueue.Wakeup>, within duration: Duration) async -> WakeupQueue
    .Wakeup?
  {
    let end = ContinuousClock.now + duration
    while true {
      notifier.alive()
      let rest = end - ContinuousClock.now
      if rest <= .zero || Task.isCancelled { return nil }
      let slice = notifier.watchdog.map { min(rest, $0 / 2) } ?? rest
      if let wakeup = await wakeups.next(expected, within: slice) { return wakeup }
    }
  }

  /// - Returns: nil if the new configuration is in force; otherwise what an admin must know.
  private func reload(_ setup: inout CompiledConfiguration, _ lock: inout LockFile?) async -> Alert? {
    notifier.reloading()
    defer { notifier.ready() }
    do {
      let new = try CompiledConfiguration(file: file)
      if new.configuration.state.directory != setup.configuration.state.directory {
        lock = try await StateFolder.lockForService(new)
      } else {
        lock?.sign(new.configuration.digest)
      }
      setup = new
      log.write(Event(.configurationReloaded, "Read \(file) again", [.file: file]))
      return nil
    } catch {
      return Alert(refusedConfiguration: file, refuse(error))
    }
  }

  /// Returns the reason.
  @discardableResult
  private func refuse(_ error: any Error) -> String {
    let reason = (error as? RunError)?.text ?? "\(error)"
    log.write(
      Event(
        .configurationRefused, "Refused the configuration: \(reason)", [.file: file, .reason: reason]))
    return reason
  }
}
