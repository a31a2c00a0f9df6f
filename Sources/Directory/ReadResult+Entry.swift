import Domain
import LDAP
import Mapping

extension ReadResult {
  /// Maps an entry and keeps what becomes of it; its id where it became something.
  ///
  /// - Parameters:
  ///   - text: the entry's id; nil where it shows no `identity`.
  ///   - isOff: whether the account is known to be switched off, whatever the entry shows.
  @discardableResult
  mutating func add(
    _ entry: borrowing Entry, _ text: String?, from source: Source, _ identity: IdentityAttribute, _ now: Timestamp,
    isOff: Bool = false
  ) -> EntryID? {
    if let site = source.dialPlans.site(of: entry) { sites.insert(site.name) }
    guard let text else {
      let isShown = entry.first(identity.name) != nil
      problems.append(
        MappingProblem(
          dn: entry.dn, entry: nil, attribute: identity.name,
          reason: isShown
            ? "the entry's \(identity.name) can't be read as \(identity.syntax.words)"
            : "the entry shows no \(identity.name)",
          remedy: isShown
            ? "set [directory] identity_syntax to what it is: text, guid or octets"
            : "let the bind identity read \(identity.name), or name another attribute in [directory] identity"))
      // An entry that can't be told apart may be anybody's: nobody can be called missing.
      markIncomplete(because: "\(entry.dn) shows no \(identity.name)\(isShown ? " that can be read" : "")")
      return nil
    }
    let id = EntryID(text)
    if let first = name(of: id, as: source.kind) {
      reserve(entry, text, from: source)
      // In two sources of a kind the first in the file has it.
      if first != entry.dn, DN(first) != DN(entry.dn) {
        refuse(entry, id, like: first, from: source, identity)
      }
      return nil
    }
    switch isOff ? .disabled : source.map(entry, id, now) {
    case .wanted(let wanted, let problems):
      self.wanted += wanted.map { $0.from(source: source.position) }
      self.problems += problems
      // Half mapped is not mapped: what the unusable number stood for must stay.
      let isMapped = problems.allSatisfy { $0.keptField != nil }
      record(isMapped ? .mapped : .unmappable, of: id, as: source.kind, dn: entry.dn, source: source.position)
      return id
    case .unnumbered(let it, let problems):
      unnumbered.append(it)
      self.problems += problems
      record(.mapped, of: id, as: source.kind, dn: entry.dn, source: source.position)
      return id
    case .disabled:
      reserve(entry, text, from: source)
      record(.disabled, of: id, as: source.kind, dn: entry.dn, source: source.position)
    case .unmappable(let problems):
      self.problems += problems
      reserve(entry, text, from: source)
      let costly = problems.filter { $0.keptField == nil }
      let isNumberless = costly.count == 1 && costly[0].isMissingNumber
      let sighting = isNumberless ? Sighting.withoutNumber : .unmappable
      record(sighting, of: id, as: source.kind, dn: entry.dn, source: source.position)
    }
    return nil
  }

  /// Of two entries with one id nobody can say whose the objects are: they stay as they are.
  private mutating func refuse(
    _ entry: borrowing Entry, _ id: EntryID, like first: String, from source: Source, _ identity: IdentityAttribute
  ) {
    for wantedObject in wanted where wantedObject.entry == id && wantedObject.item.kind == .extension {
      reserved.append(ReservedNumber(wantedObject.item.number, of: id, dn: wantedObject.dn))
    }
    withdraw(id, as: source.kind)
    // What the second one had by its own id must stay.
    markIncomplete(because: "\(first) and \(entry.dn) have the same \(identity.name)")
    problems += note(twins: [first, entry.dn], of: id).map { name in
      MappingProblem(
        dn: name, entry: id, attribute: identity.name, value: id.text,
        reason: "\(name == first ? entry.dn : first) has the same \(identity.name), so nobody can tell the two apart",
        remedy: "leave one of them out by filter or exclude, or make it anew without the other's \(identity.name)")
    }
  }

  /// Keeps the numbers that an entry has or means, and that comes to nothing, from being given to others.
  mutating func reserve(_ entry: borrowing Entry, _ id: String?, from source: Source) {
    guard source.kind == .extension else { return }
    let (id, dn) = (EntryID(id ?? ""), entry.dn)
    reserved += source.numbersMeant(by: entry).filter { !$0.hasPrefix("+") }.sorted().map {
      ReservedNumber($0, of: id, dn: dn)
    }
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
