public import Domain

extension ReadResult {
  /// The values that only their order decides.
  func arbitraryValues(beside state: LedgerState) -> [ArbitraryValue] {
    if !wanted.contains(where: { $0.open?.choices.isEmpty == false }) { return [] }
    let present = PresentObjects(state)
    return wanted.flatMap { $0.arbitraryValues(by: present[$0]) }
  }

  /// Decides the fields with several values: a value in use stays as long as the directory lists it. The entry's other numbers stay
  /// reserved for it.
  public mutating func decide(by state: LedgerState) {
    if !wanted.contains(where: { $0.open != nil }) { return }
    let present = PresentObjects(state)
    for index in wanted.indices {
      guard let open = wanted[index].open else { continue }
      let wantedObject = wanted[index].decided(by: present[wanted[index]])
      if wantedObject.item.kind == .extension {
        reserved += (open.choices[.number] ?? []).filter { $0 != wantedObject.item.number }.map {
          ReservedNumber($0, of: wantedObject.entry, dn: wantedObject.dn)
        }
      }
      wanted[index] = wantedObject
    }
  }
}

/// The objects that each entry has, or may have got by a call in doubt.
struct PresentObjects {
  private let objects: [NumberClaims.Claimant: [ManagedObject]]

  init(_ state: LedgerState) {
    let added = state.inDoubt.compactMap { inDoubtCall in
      inDoubtCall.call.action == .add
        ? inDoubtCall.call.item.map { ManagedObject($0, entry: inDoubtCall.entry, dn: inDoubtCall.dn) } : nil
    }
    objects = Dictionary(grouping: state.objects.sorted { $0.key < $1.key } + added) {
      NumberClaims.Claimant($0)
    }
  }

  subscript(wantedObject: WantedObject) -> [ManagedObject] {
    objects[NumberClaims.Claimant(wantedObject)] ?? []
  }
}
