import Domain
import LDAP
import Mapping

extension Reading {
  /// Maps an entry and keeps what becomes of it; its id where it became something.
  ///
  /// - Parameter text: the entry's id; nil where it shows no `identity`.
  @discardableResult
  mutating func take(
    _ entry: borrowing Entry, _ text: String?, from source: Source, _ identity: IdentityAttribute, _ now: Seconds
  ) -> EntryID? {
    if let site = source.numbering.site(of: entry) { sites.insert(site.name) }
    guard let text else {
      problems.append(
        Problem(
          dn: entry.dn, entry: nil, attribute: identity.rawValue, reason: "the entry shows no \(identity.rawValue)",
          remedy: "let the bind identity read \(identity.rawValue)"))
      // An entry that can't be told apart may be anybody's: nobody can be called missing.
      doubt("\(entry.dn) shows no \(identity.rawValue)")
      return nil
    }
    let id = EntryID(text)
    // In two sources of a kind: the first in the file has it.
    if sighting(of: id, as: source.kind) != nil {
      reserve(entry, text, from: source)
      return nil
    }
    switch source.map(entry, id, now) {
    case .wanted(let wanted, let problems):
      self.wanted += wanted.map { $0.from(source: source.position) }
      self.problems += problems
      // Half mapped is not mapped: what the unusable value stood for must stay.
      note(problems.isEmpty ? .mapped : .unmappable, of: id, as: source.kind)
      return id
    case .numberless(let it, let problems):
      numberless.append(it)
      self.problems += problems
      note(.mapped, of: id, as: source.kind)
    case .disabled:
      reserve(entry, text, from: source)
      note(.disabled, of: id, as: source.kind)
    case .unmappable(let problems):
      self.problems += problems
      reserve(entry, text, from: source)
      let isNumberless = problems.count == 1 && problems[0].isMissingNumber
      note(isNumberless ? .withoutNumber : .unmappable, of: id, as: source.kind)
    }
    return nil
  }

  /// Keeps the number of an entry that comes to nothing from the pools.
  mutating func reserve(_ entry: borrowing Entry, _ id: String?, from source: Source) {
    guard let number = source.reservedNumber?(entry) else { return }
    reserved.append(ReservedNumber(number, of: EntryID(id ?? ""), dn: entry.dn))
  }
}
