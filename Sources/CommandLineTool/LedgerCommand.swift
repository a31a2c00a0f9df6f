import Configuration
import Directory
import Domain
import Journal
import Ledger
import Platform
package import Sync

/// The actions of the command `ledger`.
package enum LedgerCommand: String, Sendable, CaseIterable {
  case verify, backup, restore, export, pbx
}

extension CommandContext {
  /// - Parameters:
  ///   - path: the backup's file; or `same` or `replaced`.
  ///   - isConfirmed: whether no confirmation on the terminal is needed.
  package func ledger(_ verb: LedgerCommand, _ path: String?, isConfirmed: Bool) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      switch verb {
      case .verify: return try await verify(folder)
      case .backup: return try await backUp(folder, path)
      case .restore: return try await restore(folder, path ?? "", isConfirmed: isConfirmed)
      case .export: return try await export(folder)
      case .pbx: return try await rebind(setup, path.flatMap(LedgerRebinding.init), isConfirmed: isConfirmed)
      }
    }
  }

  private func existing(_ folder: String) throws -> Ledger {
    guard let ledger = try StateFolder.ledgerToRead(folder) else {
      throw RunError(refusing: "there is no ledger in \(folder)", remedy: "the first run creates it")
    }
    return ledger
  }

  private func verify(_ folder: String) async throws -> CommandOutput {
    let problems = try await existing(folder).verify()
    return CommandOutput(
      status: problems.isEmpty ? .asWanted : .dataError,
      text: problems.isEmpty ? "Ledger OK.\n" : problems.map { $0 + "\n" }.joined(),
      json: ["sound": .bool(problems.isEmpty), "faults": .strings(problems)])
  }

  private func backUp(_ folder: String, _ path: String?) async throws -> CommandOutput {
    let ledger = try existing(folder)
    if let path, fileExists(path) {
      throw RunError(refusing: "\(path) exists already, and stays as it is", remedy: "name a new file")
    }
    // A copy leaves nothing if a signal ends it.
    let signals = Signals { _ in Ledger.stopCopies() }
    let made: String
    if let path {
      try await backUp(ledger, to: path)
      made = path
    } else {
      made = try await ledger.backUp(at: Clock.system.wall)
    }
    signals.end()
    return CommandOutput(page: Page(verbatim: "\(made)\n"), json: ["backup": .string(made)])
  }

  /// An unusable file says nothing about the ledger.
  private func backUp(_ ledger: Ledger, to path: String) async throws(RunError) {
    do throws(LedgerError) {
      try await ledger.backUp(to: path)
    } catch {
      let failure = RunError(error)
      if error.path != path || error.kind == .stopped { throw failure }
      throw RunError(
        refusing: "the backup can't be written to \(path): \(error.detail)", failure.status,
        remedy: failure.status == .diskFailed
          ? "free space on its disk, or choose another one" : "choose an existing folder with write access")
    }
  }

  private func restore(_ folder: String, _ backup: String, isConfirmed: Bool) async throws -> CommandOutput {
    try await confirming(in: folder) { lock, answered in
      let (file, now) = (StateFolder.ledgerFile(folder), Clock.system.wall)
      let preview = try restoring(backup, folder) { () throws(LedgerError) in
        try Ledger.rehearseRestore(file, from: backup, at: now, under: lock)
      }
      // Who names the ledger itself knows that it is an older one, as in a snapshot of the host.
      if backup != file, try await isSound(folder, preview.copied) {
        return .done(
          CommandOutput(
            text: "Nothing to restore: the present ledger is intact, and \(backup) holds the same.\n",
            json: preview.json(of: backup, isDone: false)))
      }
      if !isConfirmed {
        guard !isJSON, Terminal.isInteractive else {
          return .done(
            CommandOutput(
              status: .refused,
              text: preview.text(of: backup, at: now) + "Nothing was changed. Next step: the same with --yes.\n",
              json: JSON.object([
                ("status", ExitStatus.refused.json),
                (
                  "error",
                  [
                    "message": "nothing was changed: a restore needs a confirmation",
                    "remedy": "check what the backup lacks, then give the same command with --yes",
                  ]
                ),
              ]).adding(preview.json(of: backup, isDone: false).members)))
        }
        let later = preview.missing.isEmpty ? "" : ", without \(counted(preview.missing.count, "later change"))"
        let question = "Replace the ledger with it\(later)? [y/N] "
        if answered != question { return .question(question, preview: Page(preview.text(of: backup, at: now))) }
      }
      let done = try restoring(backup, folder) { () throws(LedgerError) in
        try Ledger.restore(file, from: backup, at: now, under: lock)
      }
      log.write(
        Event(
          .ledgerRestored, "Replaced the ledger with \(backup); unproven: \(counted(done.unproven, "object"))",
          [.file: backup]))
      return .done(CommandOutput(text: done.doneText(of: backup, at: now), json: done.json(of: backup, isDone: true)))
    }
  }

  /// Whether the present ledger is intact and equal to the copy: a restore would needlessly make its objects unproven.
  private func isSound(_ folder: String, _ copied: (ledger: String, generation: Int64)) async throws -> Bool {
    guard let ledger = try? StateFolder.ledgerToRead(folder), let problems = try? await ledger.verify(),
      problems.isEmpty
    else {
      return false
    }
    return try await LedgerVersion(of: ledger) == LedgerVersion(ledger: copied.ledger, generation: copied.generation)
  }

  /// An unusable file says nothing about the present ledger.
  private func restoring(
    _ backup: String, _ folder: String, _ body: () throws(LedgerError) -> Restoration
  ) throws(RunError) -> Restoration {
    // Not while the admin is asked.
    let signals = Signals { _ in Ledger.stopCopies() }
    do throws(LedgerError) {
      let result = try body()
      signals.end()
      return result
    } catch {
      if error.kind == .stopped { throw RunError(error) }
      if error.path != backup || backup == StateFolder.ledgerFile(folder) { throw RunError(error) }
      throw RunError(
        refusing: "the ledger is unchanged: the file \(error.account)", .dataError,
        remedy: "name one of \(folder)/backups, or another copy made by \(pbxsyncd) ledger backup")
    }
  }

  private func export(_ folder: String) async throws -> CommandOutput {
    let ledger = try existing(folder)
    let standing = try await LedgerVersion(of: ledger)
    let state = try await ledger.state()
    let json: JSON = [
      "ledger": .string(standing.ledger), "generation": .number(standing.generation),
      "objects": .array(state.objects.map(\.json)),
      "in_doubt": .array(
        state.inDoubt.map {
          [
            "intent": .number($0.intent), "action": .string($0.call.action.rawValue),
            "kind": .string($0.call.key.kind.rawValue), "number": .string($0.call.key.number),
            "entry": .string($0.entry.text), "dn": .string($0.dn), "values": $0.call.item?.json ?? .null,
          ]
        }),
      "refused": .array(
        state.refusals.map {
          [
            "kind": .string($0.item.kind.rawValue), "entry": .string($0.entry.text), "values": $0.item.json,
            "error_code": .string($0.answer.errorCode), "message": .string($0.answer.message),
            "since": .number($0.since),
          ]
        }),
      "may_be_adopted": .array(
        state.adoptions.map {
          ["kind": .string($0.key.kind.rawValue), "number": .string($0.key.number), "values": $0.item?.json ?? .null]
        }),
      "freed": .array(
        state.formerHolders.map {
          [
            "number": .string($0.key.number), "entry": .string($0.entry.text), "dn": .string($0.dn),
            "at": .number($0.at),
          ]
        }),
      "failing": .array(
        state.backoffs.map {
          [
            "kind": .string($0.key.kind.rawValue), "number": .string($0.key.number), "failures": .count($0.failures),
            "next_at": .number($0.nextAt), "message": .string($0.message),
          ]
        }),
      "frozen": state.freeze?.json ?? .null,
      "held": .array(try await ledger.holds().map(\.json)),
      "runs": .array(try await ledger.runs(last: .max).map(\.json)),
    ]
    return CommandOutput(page: Page(verbatim: json.text + "\n"), json: json)
  }
}
