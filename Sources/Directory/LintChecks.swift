package import Domain
import LDAP
package import Mapping
import Text

/// Findings that no run needs but that an admin may want to fix: a phone number in two formats, which is therefore listed
/// twice, and values between which the choice is arbitrary.
package struct LintChecks: Sendable {
  /// An entry's number.
  package struct Occurrence: Sendable, Hashable {
    package let kind: ObjectKind
    package let dn: String
    let entry: EntryID
    package let value: FieldValue

    package var key: ObjectKey { ObjectKey(kind, value.text) }
  }

  /// An entry with a field for which an attribute has several values.
  package struct AmbiguousNumber: Sendable {
    package let field: ObjectField
    /// As in the file, such as `extension.number`.
    package let setting: String
    package let kind: ObjectKind
    package let dn: String
    package let taken: FieldValue
    /// The values that would have made other texts.
    package let others: [FieldValue]
  }

  /// An extension that `last` makes of a phone number by cutting off other digits than for other entries.
  package struct OddCut: Sendable {
    package let claim: Occurrence
    /// As in the file, such as `extension.number`.
    package let setting: String
    /// The digits that it cuts off for other entries.
    package let usual: String
  }

  package private(set) var ambiguities: [AmbiguousNumber] = []
  /// The numbers that values of entries mean, wanted or not: no other entry gets one of them.
  package private(set) var meant = NumbersInUse()

  /// Why numbers of entries outside the sources may be unknown, as a clause; nil if they were read.
  package var blindSpot: String?
  /// By the position of a source of users: the entries of its base that its own filter doesn't select.
  private var unselected: [Int: [(entry: EntryID, dn: String, hasNumber: Bool)]] = [:]

  package init() {}
  /// Entries that a source selected.
  private var seen: [ObjectKind: Set<EntryID>] = [:]
  /// By setting.
  private var cuts: [String: [Occurrence]] = [:]
  /// By the whole phone number, as far as templates keep it.
  private var claims: [ObjectKey: [Occurrence]] = [:]

  /// Adds the numbers of an entry, even if the source doesn't select it.
  mutating func addNumbers(of entry: borrowing Entry, _ id: String?, from source: Source) {
    let id = EntryID(id ?? entry.dn)
    for number in source.numbersMeant(by: entry) { meant.add(number, of: id) }
  }

  /// Adds a number that an entry without a source means.
  mutating func add(_ number: String, of entry: EntryID) { meant.add(number, of: entry) }

  /// Adds an entry that the filter of its source doesn't select.
  mutating func add(unselected entry: borrowing Entry, _ id: String?, from source: Source) {
    addNumbers(of: entry, id, from: source)
    let hasNumber = source.numberAttributes.contains { entry.first($0) != nil }
    // Active Directory's computers and contacts are persons too.
    let classes = entry.values("objectClass").compactMap { $0.text?.lowercased() }
    if !hasNumber, classes.contains("computer") || classes.contains("contact") { return }
    unselected[source.position, default: []].append((EntryID(id ?? entry.dn), entry.dn, hasNumber))
  }

  /// The entries that the filter of a source leaves out and that no other source selects: the DNs of those with a number, and the
  /// count of people without one.
  package func leftOut(by source: Source) -> (numbered: [String], others: Int) {
    let selected = seen.values.reduce(Set()) { $0.union($1) }
    let all = unselected[source.position, default: []].filter { !selected.contains($0.entry) }
    return (all.filter(\.hasNumber).map(\.dn).sorted(), all.count { !$0.hasNumber })
  }

  /// What `last` leaves of a phone number, whose beginning is without its `+`.
  struct Ending: Hashable {
    let beginning: String
    let length: Int

    /// nil if `last` cuts nothing off the value.
    init?(_ value: FieldValue) {
      guard let beginning = value.beginning else { return nil }
      self.beginning = String(beginning.drop { $0 == "+" })
      length = value.text.utf8.count
    }
  }

  /// The beginnings that `last` cuts off of extensions' numbers.
  var endings: Set<Ending> {
    Set(cuts.values.flatMap { $0 }.filter { $0.kind == .extension }.compactMap { Ending($0.value) })
  }

  /// Whether the entry wants objects by the first source of its kind that selects it.
  mutating func isFirst(_ mapped: MappedEntry) -> Bool {
    guard mapped.sighting != nil, seen[mapped.kind, default: []].insert(mapped.entry).inserted else { return false }
    return !mapped.wanted.isEmpty || mapped.unnumbered != nil
  }

  /// Adds the fields of a selected entry.
  mutating func add(_ entry: borrowing Entry, _ id: EntryID, from source: Source) {
    let dialPlan = source.dialPlans.dialPlan(for: entry)
    for setting in source.fields {
      guard let field = setting.field else { continue }
      let trial = setting.trial(of: entry, dialPlan: dialPlan)
      guard let taken = trial.values.first else { continue }
      if !trial.rivals.isEmpty {
        ambiguities.append(
          AmbiguousNumber(
            field: field, setting: setting.key, kind: source.kind, dn: entry.dn, taken: taken, others: trial.rivals))
      }
      if taken.cut != nil {
        cuts[setting.key, default: []].append(Occurrence(kind: source.kind, dn: entry.dn, entry: id, value: taken))
      }
      for value in trial.takesAll ? trial.values : [taken] {
        guard let number = value.e164 else { continue }
        claims[ObjectKey(source.kind, number), default: []].append(
          Occurrence(kind: source.kind, dn: entry.dn, entry: id, value: value))
      }
    }
  }

  /// The extensions that come from the end of a number with a beginning of its own, where others have one in common.
  package var oddCuts: [OddCut] {
    cuts.sorted { $0.key < $1.key }.flatMap { setting, claims -> [OddCut] in
      let counts = cutCounts[setting] ?? [:]
      guard let usual = counts.mostFrequentFirst.first, usual.value > 1 else { return [] }
      return claims.filter { claim in claim.value.beginning.map { counts[$0] == 1 } ?? true }
        .map { OddCut(claim: $0, setting: setting, usual: usual.key) }
    }
  }

  /// By setting: of how many numbers `last` cuts off which digits.
  package var cutCounts: [String: [String: Int]] {
    cuts.mapValues { claims in claims.compactMap(\.value.beginning).frequencies }
  }

  /// The claims that are one phone number and no other claim's equal, each with the one that keeps it: that of the holder,
  /// and without one the smallest entry id's; of one entry's own the one in full.
  package func doubles(_ owned: [ManagedObject]) -> [(claim: Occurrence, keeper: Occurrence)] {
    let owners = Dictionary(owned.map { ($0.key, $0.entry) }) { first, _ in first }
    func rank(_ claim: Occurrence) -> (Int, EntryID, Int, String) {
      let isInFull = claim.value.e164?.hasSuffix(claim.value.text) == true
      return (owners[claim.key] == claim.entry ? 0 : 1, claim.entry, isInFull ? 0 : 1, claim.value.text)
    }
    return claims.sorted { $0.key < $1.key }.flatMap { _, claims -> [(claim: Occurrence, keeper: Occurrence)] in
      let ordered = claims.sorted { rank($0) < rank($1) }
      guard let keeper = ordered.first else { return [] }
      var numbers: Set<String> = []
      // Claims of one text are an ordinary conflict, which the plan has already.
      let firsts = ordered.filter { numbers.insert($0.value.text).inserted }
      return firsts.dropFirst().map { ($0, keeper) }
    }
  }
}

extension FieldValue {
  /// What is cut off of the number; nil where what is left isn't its end.
  fileprivate var beginning: String? { if case .off(let digits) = cut { digits } else { nil } }
}
