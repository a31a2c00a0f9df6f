import Domain

// What contacts have to do with each other and with the users: numbers that are shared, contacts that are users too, and
// a phonebook that has a size.

extension World {
  /// What the source of a contact says about it.
  func rule(of wish: Wanted) -> PhonebookRule {
    rules.phonebook.indices.contains(wish.source) ? rules.phonebook[wish.source] : PhonebookRule()
  }

  /// Parts the wishes for contacts that are users too, where their source leaves those out, from all others.
  func withoutUsers(_ wishes: [Wanted]) -> (kept: [Wanted], left: [Wanted]) {
    guard rules.phonebook.contains(where: \.skipsUsers) else { return (wishes, []) }
    let users = Users(self, wishes)
    func isLeft(_ wish: Wanted) -> Bool {
      wish.item.kind == .contact && rule(of: wish).skipsUsers && users.include(wish, reading)
    }
    return (wishes.filter { !isLeft($0) }, wishes.filter(isLeft))
  }

  func shares(_ wish: Wanted) -> Bool { wish.item.kind == .contact && rule(of: wish).sharing != .conflict }

  /// What the phonebook shows for a number that `wish` has got, and others wish for too.
  ///
  /// A company that stands for its people goes on standing there when all but one have left: nothing changes on the
  /// telephones because of that.
  func shown(_ wish: Wanted, among wishes: [Wanted]) -> Wanted {
    guard case .contact(let contact) = wish.item, case .company(let firstName) = rule(of: wish).sharing,
      let company = contact.ofCompany(firstName: firstName)
    else { return wish }
    let isShared = wishes.contains { $0.entry != wish.entry && isMet($0, by: wish) }
    guard isShared || owned[wish.item.key]?.isCompany(firstName) == true else { return wish }
    return Wanted(.contact(company), entry: wish.entry, dn: wish.dn, source: wish.source)
  }

  /// Whether a wish for the same number is as good as granted when `winner` has it.
  func isMet(_ wish: Wanted, by winner: Wanted) -> Bool {
    guard case .contact(let its) = wish.item, case .contact(let other) = winner.item else { return false }
    return switch rule(of: wish).sharing {
    case .conflict: false
    case .first: true
    case .company: !its.company.isEmpty && its.company == other.company
    }
  }

  /// Whether a number that is shared goes over to `wish`, because its holder has left or doesn't want it any more. What
  /// wasn't seen by a complete read, or can't be mapped, hasn't left.
  func passesOn(to wish: Wanted, from holder: Owned) -> Bool {
    guard shares(wish) else { return false }
    return switch reading.sighting(of: holder.entry, as: .contact) {
    case nil: reading.isComplete
    case .mapped, .disabled: true
    case .withoutNumber: handsOver(holder, to: wish)
    case .unmappable: false
    }
  }
}

extension Owned {
  fileprivate func isCompany(_ firstName: String) -> Bool {
    guard case .contact(let it) = item else { return false }
    return it.ofCompany(firstName: firstName) == it
  }
}

/// Who has an extension, and its numbers.
struct Users {
  private let entries: Set<EntryID>
  private let numbers: Set<String>

  /// What an incomplete read may have left out is known from what we own.
  init(_ world: World, _ wishes: [Wanted]) {
    var extensions = wishes.filter { $0.item.kind == .extension }.map { ($0.entry, $0.item) }
    if !world.reading.isComplete {
      extensions += (Array(world.owned.values) + world.unproven.values).filter { $0.key.kind == .extension }.map {
        ($0.entry, $0.item)
      }
    }
    entries = Set(extensions.map(\.0))
    numbers = Set(
      extensions.flatMap { _, item -> [String] in
        guard case .extension(let it) = item else { return [] }
        return [it.number, it.callerID].filter { !$0.isEmpty }.map(\.withoutPlus)
      })
  }

  /// Whether a contact is one of them, or has the number of one.
  func include(_ wish: Wanted, _ reading: Reading) -> Bool {
    if entries.contains(wish.entry) || numbers.contains(wish.item.number.withoutPlus) { return true }
    // A user who can't be mapped today is one all the same.
    return [.mapped, .unmappable, .withoutNumber].contains(reading.sighting(of: wish.entry, as: .extension))
  }
}

extension String {
  fileprivate var withoutPlus: String { hasPrefix("+") ? String(dropFirst()) : self }
}

/// Takes the contacts out of a plan for which the phonebook has no room, and what requires them. Those that are there stay;
/// of the new ones, those of the first sources and with the smallest entry ids come in.
func fitting(_ changes: [Change], _ world: World) -> (changes: [Change], surplus: Surplus?) {
  guard let limit = world.rules.maxContacts else { return (changes, nil) }
  let wishes = Dictionary(world.wanted.map { (Claim($0), $0) }, uniquingKeysWith: { first, _ in first })
  let new = changes.filter { change in
    let key = change.call.key
    return key.kind == .contact && change.before == nil && !world.assumed.contains(key) && world.adoptions[key] == nil
      && world.unproven[key] == nil
  }
  .compactMap { change in change.call.item.flatMap { wishes[Claim(change.entry, $0.key)] } }
  .sorted { ($0.source, $0.entry, $0.item.key) < ($1.source, $1.entry, $1.item.key) }
  let owned = world.owned.keys.count { $0.kind == .contact } + world.unproven.keys.count { $0.kind == .contact }

  var kept = changes
  while true {
    let present = owned - kept.count { $0.call.verb == .delete && $0.call.key.kind == .contact }
    let left = new.dropFirst(max(0, limit - present))
    if left.isEmpty { return (kept, nil) }
    let noRoom = Set(left.map(\.item.key))
    let fitting = withholding(from: changes) { noRoom.contains($0.call.key) && $0.call.item != nil ? true : nil }.kept
    // A removal that waits for somebody who doesn't come in makes no room either.
    if fitting.count == kept.count {
      return (kept, Surplus(limit: limit, present: present + new.count - left.count, wishes: Array(left)))
    }
    kept = fitting
  }
}

/// A wish by whose it is and for which number.
private struct Claim: Hashable {
  let entry: EntryID
  let key: Key

  init(_ entry: EntryID, _ key: Key) {
    self.entry = entry
    self.key = key
  }

  init(_ wish: Wanted) { self.init(wish.entry, wish.item.key) }
}
