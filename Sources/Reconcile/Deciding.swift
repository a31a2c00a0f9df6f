public import Domain

extension Reading {
  /// Decides what of the wishes only the ledger can: a value that is in use stays as long as the directory lists it. The numbers
  /// that lose are nobody else's all the same.
  public mutating func decide(by memory: Memory) {
    if !wanted.contains(where: { $0.open != nil }) { return }
    let present = PresentObjects(memory)
    for index in wanted.indices {
      guard let open = wanted[index].open else { continue }
      let wish = wanted[index].decided(by: present[wanted[index]])
      if wish.item.kind == .extension {
        reserved += (open.choices[.number] ?? []).filter { $0 != wish.item.number }.map {
          ReservedNumber($0, of: wish.entry, dn: wish.dn)
        }
      }
      wanted[index] = wish
    }
  }
}

/// What each entry has, or may have got by a call in doubt.
struct PresentObjects {
  private let objects: [Claims.Claimant: [Owned]]

  init(_ memory: Memory) {
    let added = memory.doubts.compactMap { doubt in
      doubt.call.verb == .add ? doubt.call.item.map { Owned($0, entry: doubt.entry, dn: doubt.dn) } : nil
    }
    objects = Dictionary(grouping: memory.owned.sorted { $0.key < $1.key } + added) {
      Claims.Claimant(entry: $0.entry, kind: $0.key.kind)
    }
  }

  subscript(wish: Wanted) -> [Owned] { objects[Claims.Claimant(entry: wish.entry, kind: wish.item.kind)] ?? [] }
}
