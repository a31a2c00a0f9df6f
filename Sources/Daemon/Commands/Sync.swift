import Configuration
import Domain
import LDAP
import Ledger
import Platform

extension Invocation {
  /// One complete run; SIGTERM and SIGINT end it after the requests in flight.
  public func syncNow(isDryRun: Bool) async -> ExitStatus {
    await answer { setup in
      // systemd.exec(5): set for what a timer or another unit began, and for no command of an admin.
      let isByTimer = environment("TRIGGER_UNIT") != nil
      return await run(setup, isByTimer ? SyncRun.timer : "sync-now", isDryRun ? .dryRun : .sync).reply
    }
  }

  /// What a run would do, to look at or to lay into a file for `apply`.
  ///
  /// - Parameter edited: a configuration to try on the ledger as it is; nil for the one in force.
  public func plan(with edited: String?, out: String?) async -> ExitStatus {
    await answer(trying: edited) { setup in
      let report = await run(setup, "plan", .dryRun)
      if let out, report.failure == nil {
        let plan = PlanFile(report, setup.configuration, at: setup.clock.wall)
        if let reason = writeFile(out, plan.text) {
          throw Failure(refusing: "the plan can't be written to \(out): \(reason)", .stateNotWritable, remedy: "")
        }
      }
      return report.reply
    }
  }

  /// Makes exactly the changes of a plan file, or none.
  public func apply(_ path: String) async -> ExitStatus {
    await answer { setup in await run(setup, "apply", .apply(try PlanFile(file: path))).reply }
  }

  /// Shows the way back from a past run, and takes it where that is confirmed.
  ///
  /// - Parameter isConfirmed: whether it needn't be asked for on the terminal.
  public func undo(_ word: String, isConfirmed: Bool) async -> ExitStatus {
    await answer { setup in
      guard let number = Int64(word) else { throw Failure(noRun: word) }
      guard let ledger = try await State.ledgerToPlan(setup) else { throw Failure(noRun: word) }
      var report = Report()
      report.isDryRun = true
      report.plan = try await Undoing(RunID(number), ledger, setup).plan
      report.measure()
      if report.plan.isEmpty || (!isConfirmed && (isJSON || !Terminal.isInteractive)) {
        let next = report.plan.isEmpty ? "" : "Next step: \(pbxsyncd) undo \(number) --yes. \(Undoing.warning).\n"
        return Reply(status: report.status, text: report.text + next, json: report.json)
      }
      if !isConfirmed {
        Terminal.print(report.text)
        guard Terminal.confirms("\(Undoing.warning).\nMake these changes? [y/N] ") else {
          return Reply(status: .refused, text: "Nothing was changed.\n", json: .null)
        }
      }
      return await run(setup, "undo", .undo(RunID(number))).reply
    }
  }

  func run(_ setup: Setup, _ trigger: String, _ work: SyncRun.Work) async -> Report {
    let bar = ProgressBar()
    let run = SyncRun(setup, trigger: trigger, work, log: log)
    let sessions = SessionGroup()
    let task = Task(executorPreference: TaskPool.shared) {
      await sessions.hold { await run { done, all in bar.show(done, of: all) } }
    }
    let signals = Signals { signal in
      if signal == .stop {
        task.cancel()
        sessions.end()
      }
    }
    let report = await task.value
    withExtendedLifetime(signals) {}
    bar.clear()
    if !isJSON, report.failure != nil { Terminal.printError("pbxsyncd: \(report.summary)\n") }
    return report
  }
}

extension Report {
  /// What failed as a whole was said on standard error already.
  var reply: Reply { Reply(status: status, text: failure == nil ? text : "", json: json) }
}

extension Failure {
  init(noRun word: String) {
    self.init(
      refusing: "there is no run \(word)", remedy: "\(pbxsyncd) history lists the runs that are remembered")
  }
}
