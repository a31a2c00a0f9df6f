package import Domain

extension LedgerState {
  /// What `Ledger.apply(_:at:)` (Ledger/LedgerUpdate.swift) makes of a plan's updates, in memory.
  ///
  /// - Parameter now: the time of the updates.
  package mutating func apply(_ updates: [LedgerUpdate], at now: Timestamp) {
    var rows = Dictionary(uniqueKeysWithValues: objects.map { ($0.key, $0) })
    for update in updates {
      switch update {
      case .absence(let key, let absence): rows[key]?.absence = absence
      case .holder(let key, let entry, let dn):
        rows[key]?.entry = entry
        rows[key]?.dn = dn
      case .unprove(let object, let intents):
        rows[object.key] = object
        inDoubt.removeAll { intents.contains($0.intent) }
      case .adopt(let object), .seen(let object):
        rows[object.key] = object
        clearRestrictions(on: object.key)
      case .deleteRefusal(let key): refusals.removeAll { $0.item.key == key }
      case .lost(let key):
        if let object = rows.removeValue(forKey: key) { lose(object, at: now) }
      case .release(let object): rows[object.key] = nil
      case .foreign(let key): knownForeign.append(KnownForeign(key, since: now))
      case .allowed(let adoption): adoptions.append(adoption)
      case .known(let kind): restored[kind] = nil
      case .foreignGone(let key):
        adoptions.removeAll { $0.key == key && $0.item != nil }
        knownForeign.removeAll { $0.key == key }
        refusals.removeAll { $0.item.key == key && $0.answer.status == .taken }
      case .allocate(let allocation):
        allocations.removeAll { $0.number == allocation.number || $0.entry == allocation.entry }
        allocations.append(allocation)
      }
    }
    objects = rows.values.sorted { $0.key < $1.key }
  }

  /// Records that the PBX no longer has the object.
  package mutating func lose(_ object: ManagedObject, at now: Timestamp) {
    lost.removeAll { $0.key == object.key }
    lost.append(FormerHolder(object.key, entry: object.entry, dn: object.dn, at: now))
  }

  /// Deletes what only matters until a managed object is there (Ledger/Ledger+Intents.swift).
  package mutating func clearRestrictions(on key: ObjectKey) {
    refusals.removeAll { $0.item.key == key }
    backoffs.removeAll { $0.key == key }
    adoptions.removeAll { $0.key == key }
    formerHolders.removeAll { $0.key == key }
    knownForeign.removeAll { $0.key == key }
    lost.removeAll { $0.key == key }
  }
}
