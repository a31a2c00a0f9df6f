package import Domain
package import LDAP
import Mapping

/// What is made of the sources' entries while they come.
package struct ReadAccumulator: Sendable {
  package var reading: ReadResult
  var lintChecks: LintChecks?
  /// Of all that came, where it is made anew.
  var digests: DigestTable?
  /// Where an earlier imprint is gone along: then the entries that it shows aren't looked into.
  var matcher: DigestMatcher?
  /// Those of the present source that its sieve let through.
  package var entries = 0
  /// Whether an entry of the present source shows Active Directory's switch.
  var showsAccountControl = false
  /// Whether attributes are looked for that no entry has.
  package var looksForAttributes = false
  /// Attributes that the templates of the present source ask for and none of its entries has so far.
  package private(set) var unseen: Set<String> = []
  /// Whether it is looked for fields of which the templates make nothing.
  package var looksForFruitlessFields = false
  /// Those of the present source so far.
  package private(set) var fruitless: FieldsWithoutValues?
  /// How many entries of the present source had which values so far.
  package private(set) var values: ValueCounts?
  /// The exclusions of the present source that named somebody.
  package var listed: Set<Int> = []

  package init(
    _ reading: ReadResult, _ lintChecks: LintChecks? = nil, digests: DigestTable? = nil, matcher: DigestMatcher? = nil
  ) {
    (self.reading, self.lintChecks, self.digests, self.matcher) = (reading, lintChecks, digests, matcher)
  }

  /// Goes on to the entries of another source.
  ///
  /// - Parameter now: the time of the read.
  package mutating func begin(_ source: Source, at now: Timestamp) {
    (entries, listed, showsAccountControl) = (0, [], false)
    fruitless = looksForFruitlessFields ? FieldsWithoutValues(of: source) : nil
    values = ValueCounts(Dictionary(source.fields.compactMap(\.field).map { ($0, 0) }) { first, _ in first }, at: now)
    unseen = looksForAttributes ? Set(source.fields.flatMap(\.template.attributes)) : []
  }

  /// What becomes of an entry of which the fingerprint alone is known.
  mutating func choose(_ fingerprint: UInt64?, from source: Int) -> Connection.EntryHandling {
    guard let fingerprint, matcher != nil else { return .take }
    if let entryDigest = matcher?.match(fingerprint.salted(bySource: source)) {
      if entryDigest.isSelected { entries += 1 }
      return .skip
    }
    return matcher?.differsTooMuch == true ? .end : .take
  }

  package mutating func add(
    _ entry: borrowing Entry, through selector: EntrySelector, _ index: Int, _ context: ReadContext
  ) {
    let id = context.identity.id(of: entry)
    let verdict = selector.verdict(on: entry, id)
    lintChecks?.noteNumbers(of: entry, id, from: selector.source)
    recordSighting(entry, id, from: selector.source, index, counts: verdict == .taken, context.now)
    switch verdict {
    case .taken:
      entries += 1
      for attribute in unseen where entry.first(attribute) != nil || !entry.languageValues(attribute).isEmpty {
        unseen.remove(attribute)
      }
      showsAccountControl = showsAccountControl || entry.first("userAccountControl") != nil
      let isOff = selector.switchedOff.contains(id)
      let (before, unnumbered) = (reading.wanted.count, reading.unnumbered.count)
      if let id = reading.add(entry, id, from: selector.source, context.identity, context.now, isOff: isOff) {
        lintChecks?.add(entry, id, from: selector.source)
      }
      if before < reading.wanted.count {
        values?.note(reading.wanted[before].item)
      } else if unnumbered < reading.unnumbered.count {
        values?.note(reading.unnumbered[unnumbered].wanted.item)
      } else {
        countValues(of: entry, id, from: selector.source)
      }
      fruitless?.record(reading.wanted[min(before, reading.wanted.count)...], of: entry)
    case .listed(let line):
      listed.insert(line)
      reading.reserve(entry, id, from: selector.source)
    case .notMember: reading.reserve(entry, id, from: selector.source)
    }
  }

  /// Counts what an entry has that can't be mapped: one bad value doesn't hide the others.
  private mutating func countValues(of entry: borrowing Entry, _ text: String?, from source: Source) {
    guard let id = text.map(EntryID.init), let sighting = reading.sighting(of: id, as: source.kind),
      [.unmappable, .withoutNumber].contains(sighting), reading.source(of: id, as: source.kind) == source.position,
      reading.name(of: id, as: source.kind) == entry.dn
    else { return }
    let dialPlan = source.dialPlans.dialPlan(for: entry)
    var fields: Set<ObjectField> = []
    for it in source.fields where !it.trial(of: entry, dialPlan: dialPlan).values.isEmpty {
      if let field = it.field { fields.insert(field) }
    }
    values?.note(fields)
  }

  /// Marks it; what can't be told apart, or didn't come in one message, makes all marks worthless.
  private mutating func recordSighting(
    _ entry: borrowing Entry, _ id: String?, from source: Source, _ index: Int, counts: Bool, _ now: Timestamp
  ) {
    guard let id, let fingerprint = entry.fingerprint?.salted(bySource: index) else {
      (digests, matcher) = (nil, nil)
      return
    }
    let entryDigest = EntryDigest(id, as: source.kind, counts: counts, fingerprint: fingerprint)
    let expiry = source.expiry(entry, now)
    digests?.record(entryDigest, expiringAt: expiry)
    matcher?.record(entryDigest, expiringAt: expiry)
  }
}

extension UInt64 {
  /// An entry in two sources is two things: other attributes were asked for.
  fileprivate func salted(bySource: Int) -> UInt64 { (self ^ UInt64(bySource)) &* 0x100_0000_01b3 }
}
