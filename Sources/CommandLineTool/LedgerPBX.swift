import Configuration
import Directory
import Domain
import Journal
import Ledger
import Platform
import Sync

/// What an admin says about a configured PBX that isn't the ledger's.
package enum LedgerRebinding: String, Sendable, CaseIterable {
  /// It is the same one under another address.
  case same
  /// It took the other's place.
  case replaced
}

extension CommandContext {
  /// Says which PBX the ledger is of, and binds it to the configured one where that is wanted.
  func rebind(_ setup: CompiledConfiguration, _ how: LedgerRebinding?, isConfirmed: Bool) async throws -> CommandOutput
  {
    let folder = setup.configuration.state.directory
    let configured = setup.configuration.pbx.identity
    let lock = try await StateFolder.lockWhenFree(folder)
    defer { withExtendedLifetime(lock) {} }
    guard Ledger.exists(at: StateFolder.ledgerFile(folder)) else {
      throw RunError(refusing: "there is no ledger in \(folder)", remedy: "the first run makes it")
    }
    let ledger = try StateFolder.ledgerOfAnyPBX(folder, under: lock)
    let bound = try await ledger.pbx()
    // Another PBX may have come to the same address.
    guard let how, !bound.isEmpty, bound != configured || how == .replaced else {
      let text = bound.isEmpty ? "The ledger is of no PBX yet; the first run binds it." : "The ledger is of \(bound)."
      return CommandOutput(text: text + "\n", json: ["pbx": .string(bound), "configured": .string(configured)])
    }
    let question =
      switch how {
      case .same: "Take \(configured) for the same PBX as \(bound), with all that is ours there? [y/N] "
      case .replaced:
        "Take \(configured) for another PBX, in the place of \(bound == configured ? "the one that was there" : bound)? All "
          + "objects become unproven: none is changed or removed until it is adopted or proved. [y/N] "
      }
    if !isConfirmed {
      guard !isJSON, Terminal.isInteractive else {
        throw RunError(
          refusing: "nothing was changed: this needs a yes", remedy: "look at \(pbxsyncd) status, then add --yes")
      }
      guard Terminal.confirms(question) else {
        return CommandOutput(status: .refused, text: "Nothing was changed.\n", json: .null)
      }
    }
    // It is of the PBX that was there.
    DigestTable.remove(from: folder)
    var done = "The ledger is of \(configured) now"
    switch how {
    case .same: try await ledger.bind(to: configured)
    case .replaced:
      let count = try await ledger.bind(toReplacement: configured, at: ledger.now())
      done +=
        "; unproven: \(counted(count, "object")). Next step: \(pbxsyncd) audit --csv FILE --yes with each of the PBX's exports, or \(pbxsyncd) adopt NUMBER"
    }
    log.write(Event(.ledgerRebound, "\(done); it was of \(bound)", [.action: how.rawValue, .outcome: "done"]))
    return CommandOutput(
      text: done + ".\n", json: ["pbx": .string(configured), "before": .string(bound), "how": .string(how.rawValue)])
  }
}
