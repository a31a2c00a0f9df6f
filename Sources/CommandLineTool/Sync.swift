import Configuration
import Directory
import Domain
import LDAP
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Makes one complete run; SIGTERM and SIGINT end it after the requests in flight.
  package func syncNow(isDryRun: Bool) async -> ExitStatus {
    await answer { setup in
      // systemd.exec(5): set if a timer or another unit started the process, and not for an admin's command.
      let isByTimer = environment("TRIGGER_UNIT") != nil
      return await run(setup, isByTimer ? SyncRun.timer : "sync-now", isDryRun ? .dryRun : .sync).reply
    }
  }

  /// Prints the changes that a run would make, or writes them to a file for `apply`.
  ///
  /// - Parameter edited: a configuration to use with the present ledger; nil for the one in force. Its changes are grouped by the keys
  ///   that cause them.
  package func plan(with edited: String?, out: String?) async -> ExitStatus {
    await answer(trying: edited) { setup in
      var report = await run(setup, "plan", .dryRun)
      if let edited { report.list(by: "plan --with \(shellQuoted(edited))") }
      if let out, report.failure == nil {
        let plan = PlanFile(report, setup.configuration, at: setup.clock.wall)
        try write("plan", plan.text, to: out, markedBy: PlanFile.heading)
      }
      guard let edited, report.failure == nil else { return report.reply }
      let effect = try await effect(of: edited, setup, report)
      var page = Page(effect.text)
      page.addGap()
      page.add(report.page)
      return CommandOutput(
        status: report.status, page: page, json: report.json.adding(effect.members))
    }
  }

  /// - Parameter report: of the plan with the edited configuration.
  private func effect(
    of edited: String, _ setup: CompiledConfiguration, _ report: RunReport
  ) async throws -> ConfigurationEffect {
    // The present one may have an error that the edited one corrects.
    let present = try? CompiledConfiguration(file: file, clock: setup.clock)
    var today: RunReport?
    if let present { today = await SyncRun(present, trigger: "plan", .dryRun, log: log, listing: .max).run() }
    let sections = (setup.sources + (present?.sources ?? [])).map { source in
      ConfigurationEffect.Section(
        path: "\(source.kind == .extension ? "users" : "contacts")[\(source.position)]", kind: source.kind
      ) { dn in source.covers(DN(dn)) }
    }
    return ConfigurationEffect(
      from: try Configuration.keys(of: file), to: try Configuration.keys(of: edited),
      today: today?.failure == nil ? today?.plan : nil, edited: report.plan,
      removal: present?.configuration.removal, problems: (today?.problems ?? [], report.problems), sections: sections)
  }

  /// Makes exactly the changes of a plan file, or none.
  package func apply(_ path: String) async -> ExitStatus {
    await answer { setup in await run(setup, "apply", .apply(try PlanFile(file: path))).reply }
  }

  /// Reverts a past run; shows the changes and asks first.
  ///
  /// - Parameter isConfirmed: whether no confirmation on the terminal is needed.
  package func undo(_ word: String, isConfirmed: Bool) async -> ExitStatus {
    await answer { setup in
      guard let number = Int64(word) else { throw RunError(noRun: word) }
      guard let ledger = try await StateFolder.ledgerToPlan(setup) else { throw RunError(noRun: word) }
      let preview = try await UndoPreview(RunID(number), ledger, setup)
      var report = RunReport()
      report.isDryRun = true
      report.list(by: "undo \(number)")
      report.plan = preview.plan
      report.measure()
      var page = Page("These changes would undo \(preview.name). Nothing was sent yet.")
      page.add(report.page)
      if report.plan.isEmpty || (!isConfirmed && (isJSON || !Terminal.isInteractive)) {
        if !report.plan.isEmpty {
          page.addGap()
          page.add("Next step: \(UndoPreview.nextStep(number))")
        }
        return CommandOutput(status: report.status, page: page, json: report.json)
      }
      if !isConfirmed {
        page.addGap()
        Terminal.print(page)
        guard Terminal.confirms("\(UndoPreview.warning).\nMake these changes? [y/N] ") else {
          return CommandOutput(status: .refused, text: "Nothing was changed.\n", json: .null)
        }
      }
      let undone = await run(setup, "undo", .undo(RunID(number)))
      if undone.failure != nil { return undone.reply }
      page = Page("Undid \(preview.name):")
      page.add(undone.page)
      return CommandOutput(status: undone.status, page: page, json: undone.json)
    }
  }

  func run(_ setup: CompiledConfiguration, _ trigger: String, _ work: SyncRun.Work) async -> RunReport {
    let bar = ProgressBar()
    // Programs get all of a long list, people its beginning.
    let run = SyncRun(setup, trigger: trigger, work, log: log, listing: isJSON ? .max : 1000)
    let connections = ConnectionGroup()
    let task = Task(executorPreference: TaskPool.shared) {
      await connections.hold { await run.run { done, all in bar.show(done, of: all) } }
    }
    let signals = Signals { signal in
      if signal == .stop {
        task.cancel()
        connections.end()
      }
    }
    let report = await task.value
    withExtendedLifetime(signals) {}
    bar.clear()
    if !isJSON, let failure = report.failure {
      Terminal.printError("pbxsyncd: \(failure.message)", remedy: failure.remedy)
    }
    return report
  }
}

extension RunReport {
  /// A failure of the whole run was printed on standard error already.
  var reply: CommandOutput { CommandOutput(status: status, page: failure == nil ? page : Page(), json: json) }
}
