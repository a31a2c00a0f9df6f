package import Domain
package import LDAP
package import Ledger
import Mapping

/// Collects the mapped entries of a read.
package struct ReadAccumulator: Sendable {
  package var reading: ReadResult
  var lintChecks: LintChecks?
  /// Stores the entries; nil to collect them in `reading`.
  var store: EntryStore?
  /// The count of the present source's selected entries.
  package var entries = 0
  /// The count of the present source's unchanged entries, which weren't mapped.
  private(set) var recognised = 0
  /// Whether an entry of the present source shows Active Directory's switch.
  var showsAccountControl = false
  /// Whether to look for attributes that no entry has.
  package var looksForAttributes = false
  /// Attributes of the present source's templates that no entry has shown so far.
  package private(set) var unseen: Set<String> = []
  /// Whether to look for fields whose templates give no value.
  package var looksForFruitlessFields = false
  /// The fields without values of the present source so far.
  package private(set) var fruitless: FieldsWithoutValues?
  /// The value counts of the present source so far.
  package private(set) var values: ValueCounts?
  /// The exclusions of the present source that matched an entry.
  package var listed: Set<Int> = []

  package init(_ reading: ReadResult, _ lintChecks: LintChecks? = nil, storing store: EntryStore? = nil) {
    (self.reading, self.lintChecks, self.store) = (reading, lintChecks, store)
  }

  /// Begins the entries of another source.
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
    if lintChecks != nil { return .read }
    guard let fingerprint, let digest = store?.recognise(fingerprint.salted(bySource: source)) else { return .read }
    recognised += 1
    if digest.isSelected { entries += 1 }
    return .skip
  }

  package mutating func add(
    _ entry: borrowing Entry, through selector: EntrySelector, _ index: Int, _ context: ReadContext
  ) {
    let source = selector.source
    let text = context.identity.id(of: entry)
    let decision = selector.decision(on: entry, text)
    lintChecks?.addNumbers(of: entry, text, from: source)
    if decision == .selected {
      entries += 1
      for attribute in unseen where entry.first(attribute) != nil || !entry.languageValues(attribute).isEmpty {
        unseen.remove(attribute)
      }
      showsAccountControl = showsAccountControl || entry.first("userAccountControl") != nil
    }
    if case .excluded(let line) = decision { listed.insert(line) }
    guard let text else {
      if decision == .selected { reading.refuse(unidentified: entry, context.identity) }
      return
    }
    let mapped = source.mapped(
      entry, EntryID(text), decision, isOff: selector.disabledEntries.contains(text), at: context.now)
    let fields = source.fieldsWithValues(of: mapped, entry)
    if mapped.sighting != nil { values?.add(fields) }
    fruitless?.record(mapped.wanted, of: entry)
    if lintChecks?.isFirst(mapped) == true { lintChecks?.add(entry, mapped.entry, from: source) }
    if store == nil {
      reading.add(mapped, context.identity.name)
      return
    }
    let digest = entry.fingerprint.map {
      EntryDigest($0.salted(bySource: index), isSelected: decision == .selected).stored
    }
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
    for sourceField in fields where !sourceField.trial(of: entry, dialPlan: dialPlan).values.isEmpty {
      if let field = sourceField.field { found.insert(field) }
    }
    return found
  }
}
