package import Domain
package import LDAP
package import Ledger
import Mapping

/// Collects what a read makes of the sources' entries.
package struct ReadAccumulator: Sendable {
  package var reading: ReadResult
  var lintChecks: LintChecks?
  /// Takes the entries; nil to have them in `reading`.
  var store: EntryStore?
  /// The count of the present source's selected entries.
  package var entries = 0
  /// The count of the present source's unchanged entries, which weren't mapped.
  private(set) var recognised = 0
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

  package init(_ reading: ReadResult, _ lintChecks: LintChecks? = nil, storing store: EntryStore? = nil) {
    (self.reading, self.lintChecks, self.store) = (reading, lintChecks, store)
  }

  /// Goes on to the entries of another source.
  ///
  /// - Parameter now: the time of the read.
  package mutating func begin(_ source: Source, at now: Timestamp) {
    (entries, recognised, listed, showsAccountControl) = (0, 0, [], false)
    fruitless = looksForFruitlessFields ? FieldsWithoutValues(of: source) : nil
    values = ValueCounts(Dictionary(source.fields.compactMap(\.field).map { ($0, 0) }) { first, _ in first }, at: now)
    unseen = looksForAttributes ? Set(source.fields.flatMap(\.template.attributes)) : []
  }

  /// The handling of an entry by its fingerprint.
  mutating func choose(_ fingerprint: UInt64?, from source: Int) -> Connection.EntryHandling {
    if store?.failure != nil { return .end }
    // The checks need every entry.
    if lintChecks != nil { return .take }
    guard let fingerprint, let digest = store?.recognise(fingerprint.salted(bySource: source)) else { return .take }
    recognised += 1
    if digest.isTaken { entries += 1 }
    return .skip
  }

  package mutating func add(
    _ entry: borrowing Entry, through selector: EntrySelector, _ index: Int, _ context: ReadContext
  ) {
    let source = selector.source
    let text = context.identity.id(of: entry)
    let decision = selector.verdict(on: entry, text)
    lintChecks?.noteNumbers(of: entry, text, from: source)
    if decision == .taken {
      entries += 1
      for attribute in unseen where entry.first(attribute) != nil || !entry.languageValues(attribute).isEmpty {
        unseen.remove(attribute)
      }
      showsAccountControl = showsAccountControl || entry.first("userAccountControl") != nil
    }
    if case .listed(let line) = decision { listed.insert(line) }
    guard let text else {
      if decision == .taken { reading.refuse(unidentified: entry, context.identity) }
      return
    }
    let mapped = source.mapped(
      entry, EntryID(text), decision, isOff: selector.disabledEntries.contains(text), at: context.now)
    let fields = source.fieldsWithValues(of: mapped, entry)
    if mapped.sighting != nil { values?.note(fields) }
    fruitless?.record(mapped.wanted[...], of: entry)
    if lintChecks?.isFirst(mapped) == true { lintChecks?.add(entry, mapped.entry, from: source) }
    if store == nil {
      reading.add(mapped, context.identity.name)
      return
    }
    let digest = entry.fingerprint.map { EntryDigest($0.salted(bySource: index), isTaken: decision == .taken).stored }
    let record = source.record(
      entry, mapped, decision, fields, digest: digest, settings: store?.digest(of: source.place) ?? 0, at: context.now)
    store?.append(record)
  }
}

extension Source {
  package var place: SourcePlace { SourcePlace(kind, position) }

  /// The fields that an entry has a value for. One bad value doesn't hide the others.
  func fieldsWithValues(of mapped: MappedEntry, _ entry: borrowing Entry) -> Set<ObjectField> {
    if let item = (mapped.wanted.first ?? mapped.unnumbered?.wanted)?.item {
      return Set(item.fields.lazy.filter { !$0.value.isEmpty }.map(\.field))
    }
    guard mapped.sighting == .unmappable || mapped.sighting == .withoutNumber else { return [] }
    let dialPlan = dialPlans.dialPlan(for: entry)
    var found: Set<ObjectField> = []
    for it in fields where !it.trial(of: entry, dialPlan: dialPlan).values.isEmpty {
      if let field = it.field { found.insert(field) }
    }
    return found
  }
}
