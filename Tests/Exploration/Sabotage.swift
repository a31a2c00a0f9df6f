import Domain
import Reconcile

/// A fault put into the program's decisions by hand, which the exploration must find. It exists only here.
package enum Sabotage: String, CaseIterable {
  case forgetIntent = "forget-intent"
  case ignoreRequirements = "ignore-requirements"
  case repeatWithoutEnd = "repeat-without-end"
  case goOnWithBadKey = "go-on-with-bad-key"
  case incompleteCounts = "incomplete-counts"
  case oneReadSuffices = "one-read-suffices"
  case skipGrace = "skip-grace"
  case skipLimit = "skip-limit"
  case ignoreSearchChange = "ignore-search-change"
  case unprovenIsManaged = "unproven-is-managed"
  case takenIsManaged = "taken-is-managed"
  case unansweredIsRefused = "unanswered-is-undone"
  case unansweredIsDone = "unanswered-is-done"
  case unansweredDeleteIsDone = "unanswered-delete-is-done"
  case doubtEnds = "doubt-ends"
  case addContactAgain = "add-contact-again"
  case forgetEarlierNumber = "forget-earlier-number"
  case forgetOutcome = "forget-outcome"
  case repeatDelete = "repeat-delete"
  case absenceStays = "absence-stays"
  case refusalIsForgotten = "refusal-is-forgotten"
  case passHeldSets = "pass-held-sets"
  case absentUpdateIsDone = "absent-update-is-done"
  case keepEarlierRow = "keep-earlier-row"

  /// The fault in a sentence.
  package var text: String {
    switch self {
    case .forgetIntent: "no intent is stored before a request"
    case .ignoreRequirements: "a change is made although one that it requires failed"
    case .repeatWithoutEnd: "a request without an answer is repeated until there is one"
    case .goOnWithBadKey: "requests follow after the key was refused"
    case .incompleteCounts: "an incomplete read counts as complete"
    case .oneReadSuffices: "one complete read suffices for a removal"
    case .skipGrace: "removals don't wait for the grace period"
    case .skipLimit: "removals have no limit"
    case .ignoreSearchChange: "changed search settings aren't noticed"
    case .unprovenIsManaged: "the ledger forgets that an object is unproven"
    case .takenIsManaged: "\"taken\" as the answer to any add in doubt means managed"
    case .unansweredIsRefused: "a request without an answer counts as not done"
    case .unansweredIsDone: "an add or update without an answer counts as done"
    case .unansweredDeleteIsDone: "a delete without an answer counts as done"
    case .doubtEnds: "a call in doubt is closed as undone"
    case .addContactAgain: "a contact's add in doubt is repeated as an add"
    case .forgetEarlierNumber: "a contact's earlier number is forgotten when its renumbering is lost"
    case .forgetOutcome: "the outcome of an accepted add isn't stored"
    case .repeatDelete: "a delete in doubt of an earlier run is repeated without a probe"
    case .absenceStays: "an absence doesn't end when the entry is back"
    case .refusalIsForgotten: "refused values are sent in each run"
    case .passHeldSets: "held removals are made without an approval"
    case .absentUpdateIsDone: "an update that finds no object counts as done"
    case .keepEarlierRow: "the ledger keeps the row of a contact's earlier number"
    }
  }

  func spoil(_ reading: inout ReadResult, _ policy: inout Policy, _ state: inout LedgerState) {
    switch self {
    case .incompleteCounts: reading.incomplete = nil
    case .oneReadSuffices: policy.removal.completeReads = 1
    case .skipGrace: policy.removal.after = 0
    case .skipLimit: policy.removal.maxCount = 1000
    case .ignoreSearchChange: reading.searchChanges = []
    case .refusalIsForgotten: state.refusals = []
    case .unprovenIsManaged: for index in state.objects.indices { state.objects[index].unproven = nil }
    default: break
    }
  }

  func spoil(_ plan: inout Plan) {
    switch self {
    case .absenceStays:
      plan.updates.removeAll { if case .absence(_, nil) = $0 { true } else { false } }
    case .passHeldSets:
      for object in plan.held.filter({ $0.action == .removal }).flatMap(\.objects) {
        plan.changes.append(
          Change(
            .delete(object.key), before: object.before, entry: object.entry, dn: object.dn, cause: .gone(.missing)))
      }
    default: break
    }
  }

  func spoil(afterUpdates ledger: inout LedgerModel) {}

  func spoil(_ step: Settlement.Step, _ current: ChangeInProgress) -> Settlement.Step {
    let isLost =
      current.inputs.last.map { if case .answer(_, let answer) = $0 { answer.mayBeDone } else { false } } ?? false
    switch (self, step) {
    case (.unansweredIsRefused, .retry) where isLost: return .end(.undone)
    case (.unansweredIsDone, .retry(let call)) where isLost:
      guard let item = call.item else { return step }
      return .end(
        .holds(
          ManagedObject(item, entry: current.change.entry, dn: current.change.dn), replacing: current.change.before?.key
        ))
    case (.unansweredDeleteIsDone, .retry(let call)) where isLost && call.action == .delete:
      return .end(.gone(call.key))
    case (.repeatWithoutEnd, .end(.inDoubt)):
      guard isLost, let call = current.last else { return step }
      return .retry(call)
    case (.takenIsManaged, .probe), (.takenIsManaged, .end(.unproven)):
      guard let item = current.last?.item, current.answer.status == .taken else { return step }
      return .end(.holds(ManagedObject(item, entry: current.change.entry, dn: current.change.dn), replacing: nil))
    case (.addContactAgain, .retry(let call)):
      guard let item = call.item, item.kind == .contact, current.change.before == nil else { return step }
      return .retry(.add(item))
    case (.forgetEarlierNumber, .follow(.updateContact(let contact, let registered))):
      return current.attempt > 0 && contact.number != registered ? .follow(.addContact(contact)) : step
    case (.absentUpdateIsDone, .follow(let call)):
      guard let item = call.item, current.answer.status == .absent, current.last?.action == .update else { return step }
      return .end(
        .holds(
          ManagedObject(item, entry: current.change.entry, dn: current.change.dn), replacing: current.change.before?.key
        ))
    case (.repeatDelete, .probe), (.repeatDelete, .end(.unproven)):
      return current.change.call.action == .delete && current.inputs.isEmpty ? .follow(current.change.call) : step
    default: return step
    }
  }

  func spoil(_ outcome: Outcome, _ current: ChangeInProgress) -> Outcome { outcome }

  func spoil(_ ledger: inout LedgerModel, after outcome: Outcome, of intents: [Int64]) {
    switch (self, outcome) {
    case (.doubtEnds, .inDoubt): ledger.state.inDoubt.removeAll { intents.contains($0.intent) }
    case (.forgetOutcome, .holds(let object, _)): ledger.state.objects.removeAll { $0.key == object.key }
    case (.keepEarlierRow, .holds(let object, let former?)) where former != object.key:
      ledger.state.objects.append(ManagedObject(object.item, entry: object.entry, dn: object.dn))
    default: break
    }
  }
}
