import Domain
import Exploration
import Testing

extension Case {
  /// What a PBX that accepts everything, and the plan's notes, leave in the ledger; fails where two objects would share
  /// a number.
  mutating func apply(_ plan: Plan) {
    apply(plan.updates)
    var held = Dictionary(uniqueKeysWithValues: state.objects.map { ($0.key, $0) })
    for change in plan.changes {
      switch change.call {
      case .addExtension, .addContact:
        #expect(held[change.call.key] == nil, "\(change.call) would make a second object")
      case .updateContact(_, let registered):
        let old = ObjectKey(.contact, registered)
        #expect(held.removeValue(forKey: old) != nil, "\(change.call) moves nothing")
        #expect(held[change.call.key] == nil, "\(change.call) would make a second object")
      case .updateExtension, .deleteExtension, .deleteContact:
        #expect(held.removeValue(forKey: change.call.key) != nil, "\(change.call) meets nothing")
      }
      if let item = change.call.item { held[item.key] = ManagedObject(item, entry: change.entry, dn: change.dn) }
    }
    state.objects = Array(held.values)
  }

  /// What the ledger does with updates.
  mutating func apply(_ updates: [LedgerUpdate]) { state.apply(updates, at: now) }
}
