import Domain
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

  /// What the ledger does with notes.
  mutating func apply(_ notes: [LedgerUpdate]) {
    var held = Dictionary(uniqueKeysWithValues: state.objects.map { ($0.key, $0) })
    for note in notes {
      switch note {
      case .absence(let key, let absence): held[key]?.absence = absence
      case .holder(let key, let entry, let dn):
        held[key]?.entry = entry
        held[key]?.dn = dn
      case .adopt(let object), .unprove(let object, _): held[object.key] = object
      case .deleteRefusal(let key): state.refusals.removeAll { $0.item.key == key }
      case .seen(let object): held[object.key] = object
      case .lost(let key):
        if let object = held.removeValue(forKey: key) {
          state.lost.append(FormerHolder(key, entry: object.entry, dn: object.dn, at: now))
        }
      case .release(let object): held[object.key] = nil
      case .foreign(let key): state.knownForeign.append(KnownForeign(key, since: now))
      case .allowed(let adoption): state.adoptions.append(adoption)
      case .known(let kind): state.restored[kind] = nil
      case .foreignGone(let key):
        state.adoptions.removeAll { $0.key == key && $0.item != nil }
        state.knownForeign.removeAll { $0.key == key }
        state.refusals.removeAll { $0.item.key == key }
      case .allocate(let it):
        state.allocations.removeAll { $0.number == it.number || $0.entry == it.entry }
        state.allocations.append(it)
      }
    }
    state.objects = Array(held.values)
  }
}
