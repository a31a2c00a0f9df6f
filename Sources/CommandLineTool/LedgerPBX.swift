import Configuration
import Directory
import Domain
import Journal
import Ledger
import Platform
import Sync

/// An admin's statement about a configured PBX that isn't the ledger's.
package enum LedgerRebinding: String, Sendable, CaseIterable {
  /// The same PBX with another address.
  case same
  /// Another PBX has replaced it.
  case replaced
}

extension CommandContext {
  /// Shows which PBX the ledger belongs to, or binds it to the configured one.
  func rebind(_ setup: CompiledConfiguration, _ how: LedgerRebinding?, isConfirmed: Bool) async throws -> CommandOutput
  {
    let folder = setup.configuration.state.directory
    let configured = setup.configuration.pbx.identity
    return try await confirming(in: folder) { lock, answered in
      guard Ledger.exists(at: StateFolder.ledgerFile(folder)) else {
        throw RunError(refusing: "there is no ledger in \(folder)", remedy: "the first run creates it")
      }
      let ledger = try Ledger(path: StateFolder.ledgerFile(folder), under: lock)
      let bound = try await ledger.pbx()
      // Another PBX may have the same address now.
      guard let how, !bound.isEmpty, bound != configured || how == .replaced else {
        let text =
          bound.isEmpty
          ? "The ledger belongs to no PBX yet; the first run binds it." : "The ledger belongs to \(bound)."
        return .done(
          CommandOutput(text: text + "\n", json: ["pbx": .string(bound), "configured": .string(configured)]))
      }
      let question =
        switch how {
        case .same: "Is \(configured) the same PBX as \(bound), with all managed objects? [y/N] "
        case .replaced:
          "Is \(configured) another PBX, in place of \(bound == configured ? "the previous one" : bound)? All "
            + "objects become unproven: none is changed or removed until it is adopted or proved. [y/N] "
        }
      if !isConfirmed {
        guard !isJSON, Terminal.isInteractive else {
          throw RunError(
            refusing: "nothing was changed: this needs a confirmation",
            remedy: "check \(pbxsyncd) status, then add --yes"
          )
        }
        if answered != question { return .question(question) }
      }
      var done = "The ledger now belongs to \(configured)"
      switch how {
      case .same: try await ledger.bind(to: configured)
      case .replaced:
        let count = try await ledger.bind(toReplacement: configured, at: ledger.now())
        done +=
          "; unproven: \(counted(count, "object")). Next step: \(pbxsyncd) audit --csv FILE --yes with each of the PBX's exports, or \(pbxsyncd) adopt NUMBER"
      }
      log.write(Event(.ledgerRebound, "\(done); it belonged to \(bound)", [.action: how.rawValue, .outcome: "done"]))
      return .done(
        CommandOutput(
          text: done + ".\n",
          json: ["pbx": .string(configured), "before": .string(bound), "how": .string(how.rawValue)]))
    }
  }
}
