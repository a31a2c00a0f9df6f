public import Domain

/// Whether a plan of a part of all entries depends on how many there are of all: where values or numbers are missing that were there.
public func needsTotals(for reading: ReadResult, remembering state: LedgerState) -> Bool {
  if ObjectKind.allCases.contains(where: { !NumberLoss(of: $0, in: reading, remembering: state).sources.isEmpty }) {
    return true
  }
  let owners = Dictionary(grouping: state.objects) { NumberClaims.Claimant(entry: $0.entry, kind: $0.key.kind) }
  return reading.wanted.contains { wanted in
    let own = owners[NumberClaims.Claimant(entry: wanted.entry, kind: wanted.item.kind)] ?? []
    return own.contains { $0.absence != nil || !$0.item.emptied(by: wanted.item).isEmpty } || own.count > 1
  } || !reading.unnumbered.isEmpty
}
