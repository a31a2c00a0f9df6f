import Domain

/// Numbers that those without one had, or most likely had: until it is decided what becomes of these a pool gives them none.
struct EarlierNumbers {
  /// Objects whose entries a complete read doesn't show.
  private var missing: [Sign: ManagedObject] = [:]
  /// What the PBX lost of those to whom the directory had given it.
  private var lost: [EntryID: FormerHolder] = [:]
  private var lostByDN: [String: FormerHolder] = [:]

  /// By what an entry that was made anew is known.
  private enum Sign: Hashable { case mail(String), names(String), dn(String) }

  /// - Parameter input: with a complete read; of another one nobody can say who is missing.
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
      for sign in Self.signs(of: object.item, object.dn) { missing[sign] = missing[sign] ?? object }
    }
  }

  /// The number that the entry had by the directory until the PBX lost it.
  func lost(of it: UnnumberedUser) -> FormerHolder? { lost[it.entry] ?? lostByDN[it.wanted.dn] }

  /// The object of one who isn't there any more and has the DN of this entry, its mail address, or where one of the two has none its
  /// names: most likely the same person, whose entry was made anew and whose number is hidden.
  func missing(like it: UnnumberedUser) -> ManagedObject? {
    Self.signs(of: it.wanted.item, it.wanted.dn).lazy.compactMap { sign in
      guard let object = missing[sign] else { return nil }
      if case .names = sign, object.item.mail != nil, it.wanted.item.mail != nil { return nil }
      return object
    }.first
  }

  private static func signs(of item: PBXObject, _ dn: String) -> [Sign] {
    guard case .extension(let it) = item else { return [] }
    let names = "\(it.firstName)\n\(it.lastName)".lowercased()
    return (item.mail.map { [.mail($0.lowercased())] } ?? []) + (names == "\n" ? [] : [.names(names)])
      + (dn.isEmpty ? [] : [.dn(dn)])
  }
}
