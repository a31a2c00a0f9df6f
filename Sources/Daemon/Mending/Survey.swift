import Domain
import LDAP
import Mapping

/// What entries show that no run needs to know, and that an admin may want to mend: a phone number that is written in two
/// ways, and so stands twice where it should stand once; values between which chance decides.
struct Survey: Sendable {
  /// An entry's number.
  struct Claim: Sendable, Hashable {
    let kind: Kind
    let dn: String
    let entry: EntryID
    let value: NumberValue

    var key: Key { Key(kind, value.number) }
  }

  /// An entry whose number depends on which of an attribute's values comes first.
  struct Ambiguity: Sendable {
    let taken: Claim
    /// The values that would have made other numbers.
    let others: [NumberValue]
  }

  private(set) var ambiguities: [Ambiguity] = []
  /// By the whole phone number, as far as templates keep it.
  private var claims: [Key: [Claim]] = [:]

  /// Notes the numbers of an entry that a source wants.
  mutating func take(_ entry: borrowing Entry, _ id: EntryID, from source: Source) {
    let rules = source.numbering.rules(for: entry)
    for field in source.fields where field.key.contains(".number") {
      let values = field.template.numbers(of: entry, rules: rules, as: source.kind)
      for (_, values) in Dictionary(grouping: values, by: \.attribute).sorted(by: { $0.key < $1.key }) {
        let taken = Claim(kind: source.kind, dn: entry.dn, entry: id, value: values[0])
        let others = values.filter { $0.number != taken.value.number }
        if source.kind == .extension, !others.isEmpty { ambiguities.append(Ambiguity(taken: taken, others: others)) }
        if let number = taken.value.e164 { claims[Key(source.kind, number), default: []].append(taken) }
      }
    }
  }

  /// The claims that are one phone number and no other claim's equal, each with the one that keeps it: that of the holder,
  /// and without one the smallest entry id's.
  func doubles(_ owned: [Owned]) -> [(claim: Claim, keeper: Claim)] {
    let owners = Dictionary(owned.map { ($0.key, $0.entry) }) { first, _ in first }
    func rank(_ claim: Claim) -> (Int, EntryID, String) {
      (owners[claim.key] == claim.entry ? 0 : 1, claim.entry, claim.value.number)
    }
    return claims.sorted { $0.key < $1.key }.flatMap { _, claims -> [(claim: Claim, keeper: Claim)] in
      let ordered = claims.sorted { rank($0) < rank($1) }
      guard let keeper = ordered.first else { return [] }
      var numbers: Set<String> = []
      // Claims of one text are an ordinary conflict, which the plan has already.
      let firsts = ordered.filter { numbers.insert($0.value.number).inserted }
      return firsts.dropFirst().map { ($0, keeper) }
    }
  }
}
