import Domain
import Testing

extension Case {
  /// What a PBX that accepts everything, and the plan's notes, leave in the ledger; fails where two objects would share
  /// a number.
  mutating func apply(_ plan: Plan) {
    apply(plan.notes)
    var held = Dictionary(uniqueKeysWithValues: memory.owned.map { ($0.key, $0) })
    for change in plan.changes {
      switch change.call {
      case .addExtension, .addContact:
        #expect(held[change.call.key] == nil, "\(change.call) would make a second object")
      case .updateContact(_, let registered):
        let old = Key(.contact, registered)
        #expect(held.removeValue(forKey: old) != nil, "\(change.call) moves nothing")
        #expect(held[change.call.key] == nil, "\(change.call) would make a second object")
      case .updateExtension, .deleteExtension, .deleteContact:
        #expect(held.removeValue(forKey: change.call.key) != nil, "\(change.call) meets nothing")
      }
      if let item = change.call.item { held[item.key] = Owned(item, entry: change.entry, dn: change.dn) }
    }
    memory.owned = Array(held.values)
  }

  /// What the ledger does with notes.
  mutating func apply(_ notes: [Note]) {
    var held = Dictionary(uniqueKeysWithValues: memory.owned.map { ($0.key, $0) })
    for note in notes {
      switch note {
      case .absence(let key, let absence): held[key]?.absence = absence
      case .holder(let key, let entry, let dn):
        held[key]?.entry = entry
        held[key]?.dn = dn
      case .adopt(let object), .unprove(let object, _): held[object.key] = object
      case .forgetRefusal(let key): memory.refusals.removeAll { $0.item.key == key }
      case .seen(let object): held[object.key] = object
      case .lost(let key):
        if let object = held.removeValue(forKey: key) {
          memory.lost.append(Freed(key, entry: object.entry, dn: object.dn, at: now))
        }
      case .release(let object): held[object.key] = nil
      case .foreign(let key): memory.knownForeign.append(KnownForeign(key, since: now))
      case .allowed(let adoption): memory.adoptions.append(adoption)
      case .known(let kind): memory.restored[kind] = nil
      case .foreignGone(let key):
        memory.adoptions.removeAll { $0.key == key && $0.item != nil }
        memory.knownForeign.removeAll { $0.key == key }
        memory.refusals.removeAll { $0.item.key == key }
      case .allocate(let it):
        memory.allocations.removeAll { $0.number == it.number || $0.entry == it.entry }
        memory.allocations.append(it)
      }
    }
    memory.owned = Array(held.values)
  }
}
