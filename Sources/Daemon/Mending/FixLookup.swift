import Configuration
import Domain
import LDAP
import Ledger
import Mapping
import Platform

/// Reads the entries with which something is wrong once more, with all that a proposal looks at.
struct FixLookup {
  private let desk: Desk
  private let sources: [Source]
  private let granted: [Wanted]
  private let present: [EntryID: [Owned]]
  private let classes: ObjectClasses?
  private let cuts: [String: [String: Int]]
  private let now: Seconds
  /// By the place of the source and the entry above.
  private var models: [Place: FixContext.Model?] = [:]

  private struct Place: Hashable {
    let source: Int
    let parent: String
  }

  init(_ setup: Setup, _ outlook: Outlook) async throws {
    desk = try await Desk(setup, at: outlook.pass.record.server)
    classes = try await desk.connection.objectClasses()
    sources = setup.sources
    now = setup.clock.wall
    cuts = outlook.pass.survey?.cutCounts ?? [:]
    present = Dictionary(grouping: outlook.memory.owned, by: \.entry)
    let parked = Set(outlook.plan.parked.map(\.wanted))
    granted = outlook.pass.reading.wanted.filter { $0.item.kind == .extension && !parked.contains($0) }
  }

  /// nil where no source has the entry.
  mutating func context(of dn: String) async throws -> FixContext? {
    let near = sources.filter { $0.covers(dn) }
    guard let entry = try await desk.read(dn, for: near, with: ["objectClass", "mobile"]),
      let text = desk.identity.id(of: entry)
    else { return nil }
    let id = EntryID(text)
    var own: [Source] = []
    for source in near where !own.contains(where: { $0.kind == source.kind }) {
      guard try await desk.connection.read(entry.dn, filter: source.filter, attributes: ["1.1"]) != nil else {
        continue
      }
      // Groups are read for those sources alone that have some.
      if !source.isWhole, try await desk.reason(source, leavesOut: entry, id) != nil { continue }
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
      allowed: Set(wished.filter { classes?.allow($0, in: names) == true }.map { $0.lowercased() }), cuts: cuts)
  }

  /// An entry that has its number, of the same place or else of the same site.
  private mutating func model(for entry: Entry, in source: Source) async throws -> FixContext.Model? {
    let place = Place(source: source.position, parent: foldedDN(parent(ofDN: entry.dn)))
    if let known = models[place] { return known }
    let site = source.numbering.rules(for: entry).site
    let near = granted.filter { $0.source == source.position }
    let others = near.filter { foldedDN(parent(ofDN: $0.dn)) == place.parent } + near
    var found: FixContext.Model?
    for wanted in others.prefix(20) where found == nil {
      guard let other = try await desk.read(wanted.dn, for: [source]) else { continue }
      let rules = source.numbering.rules(for: other)
      guard rules.site == site, let value = source.numberSetting?.trial(of: other, rules: rules).values.first,
        value.text == wanted.item.number
      else { continue }
      // One who writes it in full and nothing besides shows how.
      let isWhole = rules.phoneNumber(in: value.value)?.hasSuffix(value.text) ?? (value.value == value.text)
      guard isWhole, value.value.allSatisfy({ $0.isASCII && !$0.isLetter }) else { continue }
      found = FixContext.Model(attribute: value.attribute, value: value.value, number: value.text)
    }
    models[place] = .some(found)
    return found
  }
}
