import Domain

/// Certain or probable earlier numbers of entries without a number, which were perhaps created again. Until they are decided, a pool
/// allocates these entries no number.
struct EarlierNumbers {
  /// An extension whose entry has left.
  struct Holding {
    enum State: Hashable { case missing, disabled, gone(at: Timestamp) }

    let object: ManagedObject
    let state: State
    /// Whether a pool allocated the number.
    let isAllocated: Bool

    var isPresent: Bool { if case .gone = state { false } else { true } }
    var at: Timestamp { if case .gone(let at) = state { at } else { 0 } }
  }

  private var holdings: [EntrySign: [Holding]] = [:]
  /// The entry without an extension that is most like the holder of each number, unless several are.
  private var heirs: [ObjectKey: (likeness: Int, entry: EntryID?)] = [:]
  /// Holders of objects that the PBX lost and whose number came from the directory.
  private var losers: [EntryID: FormerHolder] = [:]
  private var losersBySign: [EntrySign: [FormerHolder]] = [:]

  init(_ input: PlannerInput) {
    let losses = input.lost.values.filter { loss in
      loss.key.kind == .extension && !loss.entry.text.isEmpty && input.present(loss.key) == nil
    }
    for loss in losses.sorted(by: { $0.key < $1.key }) where !input.allocated.contains(Dispute(loss.key, loss.entry)) {
      losers[loss.entry] = losers[loss.entry] ?? loss
      if !input.hasLeft(loss.entry, .extension) { continue }
      for sign in EntrySign.all(of: loss.item, loss.dn) { losersBySign[sign, default: []].append(loss) }
    }
    // Only a complete read shows who has left.
    guard input.reading.isComplete else { return }
    func add(_ object: ManagedObject, _ state: Holding.State) {
      var object = object
      if let mail = object.item.mail, input.sharedMailboxes.contains(mail.lowercased()) {
        object.item = object.item.withoutMail
      }
      let holding = Holding(object: object, state: state, isAllocated: input.isAllocated(object))
      for sign in EntrySign.all(of: object.item, object.dn) { holdings[sign, default: []].append(holding) }
    }
    let objects = (Array(input.owned.values) + input.unproven.values).filter { $0.key.kind == .extension }
    for object in objects.sorted(by: { $0.key < $1.key }) where input.hasLeft(object.entry, .extension) {
      add(object, input.reading.sighting(of: object.entry, as: .extension) == nil ? .missing : .disabled)
    }
    let former = input.formerHolders.values.filter { $0.key.kind == .extension && input.present($0.key) == nil }
    for holder in (Array(former) + losses).sorted(by: { ($0.key, $0.at) < ($1.key, $1.at) })
    where input.hasLeft(holder.entry, .extension) {
      add(ManagedObject(holder.item, entry: holder.entry, dn: holder.dn), .gone(at: holder.at))
    }
    findHeirs(among: input.reading.unnumbered, served: Set(objects.map(\.entry)))
  }

  private mutating func findHeirs(among users: [UnnumberedUser], served: Set<EntryID>) {
    for user in users where !served.contains(user.entry) {
      for holding in holdings(of: user) {
        let likeness = user.wanted.likeness(to: holding.object)
        let best = heirs[holding.object.key]
        if likeness > best?.likeness ?? 0 {
          heirs[holding.object.key] = (likeness, user.entry)
        } else if likeness == best?.likeness, best?.entry != user.entry {
          heirs[holding.object.key] = (likeness, nil)
        }
      }
    }
  }

  /// The number that the entry had by the directory until the PBX lost it.
  func lost(of user: UnnumberedUser) -> FormerHolder? {
    losers[user.entry]
      ?? EntrySign.all(of: user.wanted.item, user.wanted.dn).lazy.flatMap { losersBySign[$0] ?? [] }.first { loss in
        loss.dn == user.wanted.dn || user.wanted.likeness(to: loss) > 0
      }
  }

  /// The extensions of leavers that are probably the same person, whose entry was created again with its number hidden; the surest first.
  ///
  /// A missing entry's has this entry's mail address, its DN, or its names if either has no address.
  func leaving(like user: UnnumberedUser) -> [Holding] {
    EntrySign.all(of: user.wanted.item, user.wanted.dn).flatMap { sign in
      (holdings[sign] ?? []).filter { holding in
        switch holding.state {
        case .missing, .disabled:
          user.wanted.isAlike(holding.object, by: sign, isDisabled: holding.state == .disabled)
        case .gone: false
        }
      }
    }
  }

  /// The pool's number that surely was the entry's, under another ID: that of an extension which is still there, or the last one that it
  /// had if nobody like it has one.
  func number(of user: UnnumberedUser, where mayHave: (Holding) -> Bool) -> String? {
    let own = holdings(of: user).filter { holding in
      user.pool.contains(holding.object.key) && heirs[holding.object.key]?.entry == user.entry
        && user.wanted.likeness(to: holding.object) > 0 && mayHave(holding)
    }
    // A disabled account may come back: while it is there, an admin decides.
    let present = Set(own.filter { $0.state == .missing && $0.isAllocated }.map(\.object.key))
    if present.count == 1 { return present.first?.number }
    guard leaving(like: user).isEmpty else { return nil }
    return own.max { ($0.at, $0.object.key) < ($1.at, $1.object.key) }?.object.key.number
  }

  private func holdings(of user: UnnumberedUser) -> [Holding] {
    EntrySign.all(of: user.wanted.item, user.wanted.dn).flatMap { holdings[$0] ?? [] }
  }
}

extension PBXObject {
  /// The same object of somebody who isn't recognised by the mail address, because others have it too.
  fileprivate var withoutMail: PBXObject {
    guard case .extension(var user) = self else { return self }
    user.email = ""
    return .extension(user)
  }
}
