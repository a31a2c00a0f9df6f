import Domain
import Ledger

/// A fault put into the program's settings, its ledger or its connection by hand, which the oracle must find.
package enum Sabotage: String, CaseIterable, Sendable {
  case oneReadSuffices = "one-read-suffices"
  case skipGrace = "skip-grace"
  case skipLimit = "skip-limit"
  case passHeldSets = "pass-held-sets"
  case ignoreFreeze = "ignore-freeze"
  case unprovenIsManaged = "unproven-is-managed"
  case foreignIsManaged = "foreign-is-managed"
  case unansweredIsUndone = "unanswered-is-undone"
  case forgetLedger = "forget-ledger"

  /// The fault in a sentence.
  package var text: String {
    switch self {
    case .oneReadSuffices: "one complete read suffices for a removal"
    case .skipGrace: "removals don't wait for the grace period"
    case .skipLimit: "removals have no limit"
    case .passHeldSets: "held removals are made without an approval"
    case .ignoreFreeze: "a freeze ends with the next run"
    case .unprovenIsManaged: "the ledger forgets that an object is unproven"
    case .foreignIsManaged: "the ledger takes a foreign object for a managed one"
    case .unansweredIsUndone: "a request without an answer counts as not done"
    case .forgetLedger: "the ledger forgets its objects"
    }
  }

  /// Puts the fault into the settings of the program; the oracle keeps the right ones.
  func spoil(_ settings: HostSettings) -> HostSettings {
    var settings = settings
    switch self {
    case .oneReadSuffices: settings.completeReads = 1
    case .skipGrace: settings.graceDays = 0
    case .skipLimit: settings.maxCount = 1000
    default: break
    }
    return settings
  }

  /// Puts the fault into the ledger before a run.
  func spoil(_ ledger: Ledger) async throws {
    let now = ledger.now()
    let state = try await ledger.state()
    switch self {
    case .passHeldSets:
      for hold in try await ledger.holds() where hold.isOpen && hold.action == .removal {
        _ = try await ledger.approve(hold.name, at: now)
      }
    case .ignoreFreeze: _ = try await ledger.endFreeze()
    case .unprovenIsManaged:
      let proved = state.unproven.map { ManagedObject($0.item, entry: $0.entry, dn: $0.dn) }
      try await ledger.apply(proved.map(LedgerUpdate.adopt), at: now)
    case .foreignIsManaged:
      try await ledger.apply(state.knownForeign.map { .allowed(AllowedAdoption($0.key)) }, at: now)
    case .forgetLedger: try await ledger.apply(state.objects.map(LedgerUpdate.release), at: now)
    default: break
    }
  }
}
