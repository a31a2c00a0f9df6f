import Domain

/// Certain or probable earlier numbers of entries without a number. Until they are decided, a pool allocates these entries no number.
struct EarlierNumbers {
  /// Objects whose entries a complete read didn't find.
  private var missing: [EntrySign: [ManagedObject]] = [:]
  /// Objects that the PBX lost and whose number came from the directory.
  private var lost: [EntryID: FormerHolder] = [:]
  private var lostByDN: [String: FormerHolder] = [:]

  /// - Parameter input: the planner's input, with a complete read; an incomplete read doesn't show which entries are missing.
  init(_ input: PlannerInput) {
    let given = Set(input.allocations.map { Dispute($0.key, $0.entry) })
    for (key, loss) in input.lost.sorted(by: { $0.key < $1.key })
    where key.kind == .extension && !loss.entry.text.isEmpty && input.present(key) == nil
      && !given.contains(Dispute(key, loss.entry))
    {
      lost[loss.entry] = lost[loss.entry] ?? loss
      if input.reading.sighting(of: loss.entry, as: .extension) == nil { lostByDN[loss.dn] = lostByDN[loss.dn] ?? loss }
    }
    let absent = (Array(input.owned.values) + input.unproven.values).filter {
      $0.key.kind == .extension && input.reading.sighting(of: $0.entry, as: .extension) == nil
    }
    for object in absent.sorted(by: { $0.key < $1.key }) {
      for sign in EntrySign.all(of: object.item, object.dn) { missing[sign, default: []].append(object) }
    }
  }

  /// The number that the entry had by the directory until the PBX lost it.
  func lost(of user: UnnumberedUser) -> FormerHolder? { lost[user.entry] ?? lostByDN[user.wanted.dn] }

  /// The objects of missing entries with this entry's mail address, its DN, or its names if either has no address, the surest first:
  /// probably the same person, whose entry was recreated with its number hidden.
  func missing(like user: UnnumberedUser) -> [ManagedObject] {
    EntrySign.all(of: user.wanted.item, user.wanted.dn).flatMap { sign in
      (missing[sign] ?? []).filter { sign.identifies(user.wanted.item, like: $0.item) }
    }
  }
}
