import Domain

// The rules of the phonebook: shared numbers, contacts that are users too, and the limit on its size.

extension PlannerInput {
  /// The phonebook policy of the contact's source.
  func rule(of wantedObject: WantedObject) -> PhonebookPolicy {
    policy.phonebook.indices.contains(wantedObject.source) ? policy.phonebook[wantedObject.source] : PhonebookPolicy()
  }

  /// Separates contacts that are users too from all others, if their source excludes users.
  func withoutUsers(_ wantedObjects: [WantedObject]) -> (kept: [WantedObject], left: [WantedObject]) {
    guard policy.phonebook.contains(where: \.skipsUsers) else { return (wantedObjects, []) }
    let users = ExtensionHolders(self, wantedObjects)
    func isLeft(_ wantedObject: WantedObject) -> Bool {
      wantedObject.item.kind == .contact && rule(of: wantedObject).skipsUsers && users.include(wantedObject, reading)
    }
    return (wantedObjects.filter { !isLeft($0) }, wantedObjects.filter(isLeft))
  }

  /// Whether the contact may share its number with others.
  func mayShareNumber(_ wantedObject: WantedObject) -> Bool {
    wantedObject.item.kind == .contact && rule(of: wantedObject).sharing != .conflict
  }

  /// The contact that the phonebook shows for a shared number that was granted to `wantedObject`.
  ///
  /// A company that represented several people stays when only one of them is left, so that the phones show no change.
  func shown(_ wantedObject: WantedObject, among wantedObjects: [WantedObject]) -> WantedObject {
    guard case .contact(let contact) = wantedObject.item, case .company(let firstName) = rule(of: wantedObject).sharing,
      let company = contact.ofCompany(firstName: firstName)
    else { return wantedObject }
    let isShared = wantedObjects.contains { $0.entry != wantedObject.entry && isSatisfied($0, by: wantedObject) }
    let isLast = owned[wantedObject.item.key]?.company(firstName)?.lowercased() == contact.company.lowercased()
    guard isShared || isLast else { return wantedObject }
    return WantedObject(.contact(company), entry: wantedObject.entry, dn: wantedObject.dn, source: wantedObject.source)
  }

  /// The entry that represents a company from now on under a shared number, because its present holder has another company; nil if
  /// none has to.
  func representative(ofCompanyUnder key: ObjectKey, among wantedObjects: [WantedObject]) -> WantedObject? {
    guard let object = owned[key], let holder = wantedObjects.first(where: { $0.entry == object.entry }),
      case .company(let firstName) = rule(of: holder).sharing, let company = object.company(firstName)
    else { return nil }
    func isOfCompany(_ wantedObject: WantedObject) -> Bool {
      guard case .contact(let other) = wantedObject.item, case .company = rule(of: wantedObject).sharing else {
        return false
      }
      return other.company.lowercased() == company.lowercased()
    }
    return isOfCompany(holder) ? nil : wantedObjects.filter(isOfCompany).min { $0.entry < $1.entry }
  }

  /// Whether a claim to the same number is satisfied when `winner` has it.
  func isSatisfied(_ wantedObject: WantedObject, by winner: WantedObject) -> Bool {
    guard case .contact(let contact) = wantedObject.item, case .contact(let other) = winner.item else { return false }
    return switch rule(of: wantedObject).sharing {
    case .conflict: false
    case .first: true
    case .company: !contact.company.isEmpty && contact.company.lowercased() == other.company.lowercased()
    }
  }

  /// Whether a shared number's contact passes to `wantedObject`, because its holder has left or no longer wants it. An
  /// entry that is missing from an incomplete read, or can't be mapped, hasn't left.
  func changesRepresentative(to wantedObject: WantedObject, from holder: ManagedObject) -> Bool {
    guard mayShareNumber(wantedObject) else { return false }
    return switch reading.sighting(of: holder.entry, as: .contact) {
    case nil: reading.isComplete
    case .mapped, .disabled: true
    case .withoutNumber: handsOver(holder, to: wantedObject)
    case .unmappable: false
    }
  }
}

extension ManagedObject {
  /// The company that it represents; nil for a person.
  fileprivate func company(_ firstName: String) -> String? {
    guard case .contact(let contact) = item, contact.ofCompany(firstName: firstName) == contact else { return nil }
    return contact.company
  }
}

/// The entries with an extension, and their numbers.
struct ExtensionHolders {
  private let entries: Set<EntryID>
  private let numbers: Set<String>

  /// - Parameter wantedObjects: all wanted objects; after an incomplete read the objects in the ledger count too.
  init(_ input: PlannerInput, _ wantedObjects: [WantedObject]) {
    var extensions = wantedObjects.filter { $0.item.kind == .extension }.map { ($0.entry, $0.item) }
    if !input.reading.isComplete {
      extensions += (Array(input.owned.values) + input.unproven.values).filter { $0.key.kind == .extension }.map {
        ($0.entry, $0.item)
      }
    }
    entries = Set(extensions.map(\.0))
    numbers = Set(
      extensions.flatMap { _, item -> [String] in
        guard case .extension(let user) = item else { return [] }
        return [user.number, user.callerID].filter { !$0.isEmpty }.map(\.withoutPlus)
      })
  }

  /// Whether the contact's entry has an extension, or the contact has the number of one.
  func include(_ wantedObject: WantedObject, _ reading: ReadResult) -> Bool {
    if entries.contains(wantedObject.entry) || numbers.contains(wantedObject.item.number.withoutPlus) { return true }
    // A user whose entry can't be mapped now is still a user.
    return [.mapped, .unmappable, .withoutNumber].contains(reading.sighting(of: wantedObject.entry, as: .extension))
  }
}

extension String {
  fileprivate var withoutPlus: String { hasPrefix("+") ? String(dropFirst()) : self }
}

/// Removes the contacts from a plan for which the phonebook has no room, and the changes that require them. Existing contacts stay;
/// new contacts are added in the order of their sources and entry IDs.
func limitingContacts(_ changes: [Change], _ input: PlannerInput) -> (changes: [Change], overflow: PhonebookOverflow?) {
  guard let limit = input.policy.maxContacts else { return (changes, nil) }
  let wantedObjects = Dictionary(input.wanted.map { (ContactClaim($0), $0) }, uniquingKeysWith: { first, _ in first })
  let new = changes.filter { change in
    let key = change.call.key
    return key.kind == .contact && change.before == nil && !input.assumed.contains(key) && input.adoptions[key] == nil
      && input.unproven[key] == nil
  }
  .compactMap { change in change.call.item.flatMap { wantedObjects[ContactClaim(change.entry, $0.key)] } }
  .sorted { ($0.source, $0.entry, $0.item.key) < ($1.source, $1.entry, $1.item.key) }
  let owned = input.count(of: .contact) + input.unproven.keys.count { $0.kind == .contact }

  var kept = changes
  while true {
    let present = owned - kept.count { $0.call.action == .delete && $0.call.key.kind == .contact }
    let left = new.dropFirst(max(0, limit - present))
    if left.isEmpty { return (kept, nil) }
    let noRoom = Set(left.map(\.item.key))
    let fitting = applyingBackoff(from: changes) { noRoom.contains($0.call.key) && $0.call.item != nil ? true : nil }
      .kept
    // A removal that waits for a contact without room makes no room either.
    if fitting.count == kept.count {
      return (
        kept, PhonebookOverflow(limit: limit, present: present + new.count - left.count, wantedObjects: Array(left))
      )
    }
    kept = fitting
  }
}

/// A claim by its entry and number.
private struct ContactClaim: Hashable {
  let entry: EntryID
  let key: ObjectKey

  init(_ entry: EntryID, _ key: ObjectKey) {
    self.entry = entry
    self.key = key
  }

  init(_ wantedObject: WantedObject) { self.init(wantedObject.entry, wantedObject.item.key) }
}
