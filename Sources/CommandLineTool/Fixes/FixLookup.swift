import Configuration
import Directory
import Domain
import LDAP
import Ledger
import Mapping
import Platform
import Sync

/// Reads entries with conflicts again, with all attributes that a fix needs.
struct FixLookup {
  private let lookup: EntryLookup
  private let sources: [Source]
  private let granted: [WantedObject]
  /// The same by the entry above.
  private let siblings: [DN: [WantedObject]]
  private let present: [EntryID: [ManagedObject]]
  private let classes: ObjectClasses?
  private let cuts: [String: [String: Int]]
  private let leavers: FixContext.Leavers
  private let now: Timestamp
  /// By source and parent entry.
  private var models: [Place: FixContext.Model?] = [:]

  private struct Place: Hashable {
    let source: Int
    let parent: DN
  }

  init(_ setup: CompiledConfiguration, _ preview: RunPreview) async throws {
    lookup = try await EntryLookup(setup, at: preview.read.record.server)
    classes = try await lookup.connection.objectClasses()
    sources = setup.sources
    now = setup.clock.wall
    cuts = preview.read.lintChecks?.cutCounts ?? [:]
    present = Dictionary(grouping: preview.state.objects, by: \.entry)
    leavers = FixContext.Leavers(preview.state, preview.read.reading)
    let conflict = Set(preview.plan.conflicts.map(\.wanted))
    granted = preview.read.reading.wanted.filter { $0.item.kind == .extension && !conflict.contains($0) }
    siblings = Dictionary(grouping: granted) { DN($0.dn).parent }
  }

  /// nil if no source selects the entry.
  mutating func context(of dn: String) async throws -> FixContext? {
    let name = DN(dn)
    let near = sources.filter { $0.covers(name) }
    guard let entry = try await lookup.read(dn, for: near, with: ["objectClass", "mobile"]),
      let text = lookup.identity.id(of: entry)
    else { return nil }
    let id = EntryID(text)
    var own: [Source] = []
    for source in near where !own.contains(where: { $0.kind == source.kind }) {
      guard try await lookup.connection.read(entry.dn, filter: source.filter, attributes: ["1.1"]) != nil else {
        continue
      }
      // Groups are read only for sources that have some.
      if !source.selectsAllEntries, try await lookup.reason(source, leavesOut: entry, id) != nil { continue }
      own.append(source)
    }
    if own.isEmpty { return nil }
    let names = entry.values("objectClass").compactMap(\.text)
    let wished = own.compactMap(\.numberSetting).flatMap(\.template.attributes) + ["mobile"]
    let model: FixContext.Model? =
      if let users = own.first(where: { $0.kind == .extension }) { try await self.model(for: entry, in: users) } else {
        nil
      }
    return FixContext(
      sources: own, entry: entry, id: id, now: now, present: present[id] ?? [], model: model,
      allowed: Set(wished.filter { classes?.allow($0, in: names) == true }.map { $0.lowercased() }), cuts: cuts,
      neighbours: Set(siblings[DN(entry.dn).parent, default: []].map(\.item.number)), leavers: leavers)
  }

  /// An entry with a number, in the same place or otherwise of the same site.
  private mutating func model(for entry: Entry, in source: Source) async throws -> FixContext.Model? {
    let place = Place(source: source.position, parent: DN(entry.dn).parent)
    if let known = models[place] { return known }
    let site = source.dialPlans.dialPlan(for: entry).site
    let beside = siblings[place.parent, default: []].filter { $0.source == source.position }
    let others = beside.map { ($0, true) } + granted.filter { $0.source == source.position }.map { ($0, false) }
    let usual = source.numberSetting.map { (cuts[$0.key] ?? [:]).count { $0.value > 1 } } ?? 0
    var found: FixContext.Model?
    for (wanted, isBeside) in others.prefix(20) {
      if let found, !isBeside || usual < 2 || !found.isOfSameSite { break }
      guard let other = try await lookup.read(wanted.dn, for: [source]) else { continue }
      let dialPlan = source.dialPlans.dialPlan(for: other)
      guard dialPlan.site == site, let value = source.numberSetting?.trial(of: other, dialPlan: dialPlan).values.first,
        value.text == wanted.item.number
      else { continue }
      // A value with the whole number and nothing else is a usable format.
      let isWhole = dialPlan.phoneNumber(in: value.value)?.hasSuffix(value.text) ?? (value.value == value.text)
      guard isWhole, value.value.allSatisfy({ $0.isASCII && !$0.isLetter }) else { continue }
      // Where numbers begin in several ways, those right beside the entry must begin alike.
      let isSame = found.map { beginning(of: $0.value, $0.number) == beginning(of: value.value, value.text) } ?? true
      found =
        found
        ?? FixContext.Model(attribute: value.attribute, value: value.value, number: value.text)
      found?.isOfSameSite = isSame && (isBeside || usual < 2)
      func beginning(of value: String, _ number: String) -> String? {
        dialPlan.phoneNumber(in: value).map { String($0.dropLast(number.utf8.count)) }
      }
    }
    models[place] = .some(found)
    return found
  }
}
