import Domain

/// The extensions that a table showed and that the ledger doesn't know, for entries without a number: an entry that has one gets no
/// second number from a pool.
struct ShownExtensions {
  private var adoptions: [EntrySign: [AllowedAdoption]] = [:]
  /// The entries with each sign.
  private var entries: [EntrySign: Set<EntryID>] = [:]

  /// - Parameter users: those that have no extension.
  init(_ input: PlannerInput, among users: [UnnumberedUser]) {
    guard input.reading.isComplete else { return }
    for (_, adoption) in input.adoptions.sorted(by: { $0.key < $1.key }) where adoption.key.kind == .extension {
      guard let item = adoption.item else { continue }
      for sign in EntrySign.all(of: item, "") { adoptions[sign, default: []].append(adoption) }
    }
    if adoptions.isEmpty { return }
    for user in users {
      for sign in EntrySign.all(of: user.wanted.item, "") { entries[sign, default: []].insert(user.entry) }
    }
  }

  /// The number of the only extension that is the entry's: with its mail address, and exactly its values unless an admin allowed its
  /// adoption. One that an admin allowed may have its names alone, if either has no address.
  func number(of user: UnnumberedUser, where mayHave: (String) -> Bool) -> String? {
    let own = adoptions(for: user).filter { adoption, sign in
      mayHave(adoption.key.number) && (isMail(sign) || entries[sign]?.count == 1)
        && (!adoption.isAsItIs || adoption.item?.isStored(as: user.numbered(adoption.key.number).item) == true)
    }
    let numbers = Set(own.map(\.adoption.key.number))
    return numbers.count == 1 ? numbers.first : nil
  }

  /// The allowed extensions that may be the entry's or another one's; nil if there are none.
  func unclear(of user: UnnumberedUser, where mayHave: (String) -> Bool) -> [String]? {
    let numbers = Set(adoptions(for: user).filter { !isMail($0.sign) }.map(\.adoption.key.number).filter(mayHave))
    return numbers.isEmpty ? nil : numbers.sorted()
  }

  private func adoptions(for user: UnnumberedUser) -> [(adoption: AllowedAdoption, sign: EntrySign)] {
    EntrySign.all(of: user.wanted.item, "").flatMap { sign in
      (adoptions[sign] ?? []).compactMap { adoption in
        guard user.pool.contains(adoption.key), let item = adoption.item,
          isMail(sign) || !adoption.isAsItIs && sign.identifies(user.wanted.item, like: item)
        else { return nil }
        return (adoption, sign)
      }
    }
  }

  private func isMail(_ sign: EntrySign) -> Bool { if case .mail = sign { true } else { false } }
}
