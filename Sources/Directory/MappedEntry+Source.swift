package import Domain
import LDAP
import Ledger
import Mapping

extension Source {
  /// Maps an entry by this source.
  ///
  /// - Parameters:
  ///   - decision: whether the source selects the entry.
  ///   - isOff: whether the account is known to be disabled, whatever the entry shows.
  func mapped(
    _ entry: borrowing Entry, _ id: EntryID, _ decision: EntrySelector.Decision, isOff: Bool, at now: Timestamp
  ) -> MappedEntry {
    var mapped = MappedEntry(id, dn: entry.dn, kind: kind, source: position)
    guard decision == .selected else {
      mapped.reserved = numbersReserved(by: entry)
      return mapped
    }
    mapped.site = dialPlans.site(of: entry)?.name
    switch isOff ? .disabled : map(entry, id, now) {
    case .wanted(let wanted, let problems):
      mapped.wanted = wanted.map { $0.from(source: position) }
      mapped.problems = problems
      // A partly mapped entry counts as unmappable: the object of its unusable number must stay.
      mapped.sighting = problems.allSatisfy { $0.keptField != nil } ? .mapped : .unmappable
    case .unnumbered(let user, let problems):
      mapped.unnumbered = user.from(source: position)
      mapped.problems = problems
      mapped.sighting = .mapped
    case .disabled:
      mapped.reserved = numbersReserved(by: entry)
      mapped.sighting = .disabled
    case .unmappable(let partial, let problems):
      mapped.partial = partial
      mapped.problems = problems
      mapped.reserved = numbersReserved(by: entry)
      let costly = problems.filter { $0.keptField == nil }
      let isNumberless = costly.count == 1 && costly[0].isMissingNumber
      mapped.sighting = isNumberless ? .withoutNumber : .unmappable
    }
    return mapped
  }

  /// The record of a mapped entry for the ledger.
  ///
  /// - Parameters:
  ///   - digest: the digest of the entry; nil if unknown.
  ///   - settings: the digest of the source's settings.
  func record(
    _ entry: borrowing Entry, _ mapped: MappedEntry, _ decision: EntrySelector.Decision, _ fields: Set<ObjectField>,
    digest: UInt64?, settings: UInt64, at now: Timestamp
  ) -> EntryRecord {
    let end = end(entry)
    // The clock may go back: an expired entry is mapped at each read.
    let hasExpired = end.map { $0 <= now } ?? false
    var record = EntryRecord(
      mapped, digest: hasExpired ? nil : digest, settings: settings, expiresAt: hasExpired ? nil : end)
    record.fields = fields
    if case .excluded(let line) = decision { record.excludedLine = line }
    if mapped.unnumbered != nil { record.attributes = entry.stored }
    return record
  }

  /// Maps an entry again from its stored attributes; nil if it doesn't need a number from a pool.
  package func unnumbered(_ attributes: String, _ mapped: MappedEntry, at now: Timestamp) -> UnnumberedUser? {
    guard let entry = Entry(stored: attributes, dn: mapped.dn),
      case .unnumbered(let user, _) = map(entry, mapped.entry, now)
    else { return nil }
    return user.from(source: position)
  }

  /// The extension numbers that an entry has or means: if it can't be mapped, no other entry gets one of them.
  func numbersReserved(by entry: borrowing Entry) -> [String] {
    kind == .extension ? numbersMeant(by: entry).filter { !$0.hasPrefix("+") }.sorted() : []
  }
}

extension ReadResult {
  /// Adds a source's mapping of an entry. If two sources of a kind select an entry, the first in the file wins: the sources
  /// come in that order.
  package mutating func add(_ mapped: MappedEntry, _ identity: String) {
    guard let sighting = mapped.sighting else {
      reserved += mapped.reservedNumbers
      return
    }
    if let first = name(of: mapped.entry, as: mapped.kind) {
      reserved += mapped.allNumbers
      if first != mapped.dn, DN(first) != DN(mapped.dn) { refuse(mapped, like: first, identity) }
      return
    }
    wanted += mapped.wanted
    if let user = mapped.unnumbered { unnumbered.append(user) }
    if let item = mapped.partial {
      partial.append(WantedObject(item, entry: mapped.entry, dn: mapped.dn, source: mapped.source))
    }
    reserved += mapped.reservedNumbers
    problems += mapped.problems
    record(sighting, of: mapped.entry, as: mapped.kind, dn: mapped.dn, source: mapped.source)
  }

  /// Of two entries with one ID, the owner of the objects is unknown: they stay as they are.
  private mutating func refuse(_ mapped: MappedEntry, like first: String, _ identity: String) {
    let id = mapped.entry
    for wantedObject in wanted where wantedObject.entry == id && wantedObject.item.kind == .extension {
      reserved.append(ReservedNumber(wantedObject.item.number, of: id, dn: wantedObject.dn))
    }
    withdraw(id, as: mapped.kind)
    refuse([first, mapped.dn], with: id, identity)
  }

  /// Records entries with the same ID: the objects of each must stay.
  mutating func refuse(_ names: [String], with id: EntryID, _ identity: String) {
    guard let first = names.first, let other = names.last, names.count > 1 else { return }
    markIncomplete(because: "\(first) and \(other) have the same \(identity)")
    problems += add(twins: names, of: id).map { name in
      MappingProblem(twin: name, of: name == first ? other : first, id, identity)
    }
  }

  /// Records an entry that can't be identified: no entry counts as missing then.
  mutating func refuse(unidentified entry: borrowing Entry, _ identity: IdentityAttribute) {
    let isShown = entry.first(identity.name) != nil
    problems.append(MappingProblem(unidentified: entry.dn, isShown: isShown, identity))
    markIncomplete(because: "\(entry.dn) shows no \(identity.name)\(isShown ? " that can be read" : "")")
  }
}

extension MappingProblem {
  /// The problem of an entry with the same ID as another.
  fileprivate init(twin dn: String, of other: String, _ id: EntryID, _ identity: String) {
    self.init(
      dn: dn, entry: id, attribute: identity, value: id.text,
      reason: "\(other) has the same \(identity), so the two can't be told apart",
      remedy: "leave one of them out by filter or exclude, or create it again without the other's \(identity)")
  }

  fileprivate init(unidentified dn: String, isShown: Bool, _ identity: IdentityAttribute) {
    self.init(
      dn: dn, entry: nil, attribute: identity.name,
      reason: isShown
        ? "the entry's \(identity.name) can't be read as \(identity.syntax.words)"
        : "the entry shows no \(identity.name)",
      remedy: isShown
        ? "set [directory] identity_syntax to what it is: text, guid or octets"
        : "let the bind identity read \(identity.name), or name another attribute in [directory] identity")
  }
}

extension IdentityAttribute.Syntax {
  fileprivate var words: String {
    switch self {
    case .text: "text"
    case .guid: "a GUID of 16 bytes"
    case .octets: "bytes"
    }
  }
}
