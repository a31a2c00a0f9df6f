import Configuration
import Directory
import Domain
import Executor
import LDAP
import Ledger
import Mapping
import Platform
import Sync
import Text

/// One entry, from its attributes to its changes in the next run.
struct EntryReport {
  let dn: String
  private(set) var entry: EntryID?
  /// nil if the directory can't be read.
  private var isThere: Bool?
  private var traces: [MappingTrace] = []
  private var owned: [ManagedObject] = []
  private var pastCalls: [PastCall] = []
  private var sharing: [String] = []
  private var next: [String] = []

  /// - Parameter gone: the entry, if only the ledger knows it.
  init(
    _ dn: String, _ gone: EntryID?, _ setup: CompiledConfiguration, _ preview: RunPreview,
    _ lookup: EntryLookup?
  ) async throws {
    let asked = DN(dn)
    let known = preview.state.objects.first { DN($0.dn) == asked }?.entry
    var (name, shown) = (dn, try await lookup?.read(dn, for: setup.sources))
    // It may have another DN by now.
    if shown == nil, let lookup, let id = known ?? gone, let found = try await lookup.name(of: id, setup) {
      (name, shown) = (found, try await lookup.read(found, for: setup.sources))
    }
    // The directory's spelling, and the read's.
    name = shown?.dn ?? name
    self.dn = name
    isThere = lookup.map { _ in shown != nil }
    let entry = shown.flatMap { lookup?.identity.id(of: $0) }.map(EntryID.init) ?? known ?? gone
    self.entry = entry
    if let shown, let lookup, let entry {
      for source in setup.sources {
        let outside = try await lookup.reason(source, leavesOut: shown, entry)
        let present = preview.state.objects.filter { $0.entry == entry && $0.key.kind == source.kind }
        traces.append(
          MappingTrace(
            source, shown, entry, present, outside: outside,
            isOff: try await lookup.isOff(name, by: source.disabledFilter), after: traces,
            now: preview.ledger.now()))
      }
    }
    // Objects of another entry with the same ID are reported there.
    let twins = Set((entry.map(preview.read.reading.twins) ?? []).filter { $0 != name }.map(DN.init))
    owned = preview.state.objects.filter { $0.entry == entry && (twins.isEmpty || !twins.contains(DN($0.dn))) }
    if let entry {
      pastCalls = try await preview.ledger.pastCalls(for: entry).filter {
        twins.isEmpty || !twins.contains(DN($0.intent.dn))
      }
    }
    sharing = entry.map(preview.sharing) ?? []
    next = preview.next(for: entry, name, setup.configuration.removal, holds: try await preview.ledger.holds())
  }

  /// All about it, for `why`.
  ///
  /// - Parameter label: what comes before each planned change.
  func page(next label: String = "Next run") -> Page {
    var page = Page()
    page.add("\(dn)" + (entry.map { " (entry \($0))" } ?? ""))
    if isThere == false { page.add("The entry is no longer found in the directory", indent: 2) }
    if !traces.isEmpty { page.add(Page(paragraph(traces.flatMap(\.lines).map { "  \($0)" }))) }
    for object in owned {
      page.add(
        object.isManaged
          ? "Managed: \(object.key), \(object.ownership.rawValue), \(object.item.name)"
          : "Unproven: \(object.unprovenText())", indent: 2)
    }
    for line in sharing { page.add(line, indent: 2) }
    // The newest first.
    page.add(
      table: pastCalls.lines().reversed().map { ["Sent: \($0)"] }, most: 10,
      all: "\(pbxsyncd) why \(shellQuoted(dn)) | less")
    for line in next { page.add("\(label): \(line)", indent: 2) }
    return page
  }

  var json: JSON {
    [
      "dn": .string(dn), "entry": .optional(entry?.text), "in_directory": isThere.map(JSON.bool) ?? .null,
      "sources": .array(traces.map(\.json)), "owned": .array(owned.map(\.json)), "calls": pastCalls.json,
      "sharing": .strings(sharing),
      "next_run": .strings(next),
    ]
  }
}

extension RunPreview {
  /// The entries with which it shares numbers of contacts, and the contact's name.
  fileprivate func sharing(_ entry: EntryID) -> [String] {
    let own = Set(read.reading.wanted.filter { $0.entry == entry && $0.item.kind == .contact }.map(\.item.key))
    if own.isEmpty { return [] }
    let wantedObjects = Dictionary(grouping: read.reading.wanted.filter { own.contains($0.item.key) }, by: \.item.key)
    return own.sorted().compactMap { key in
      guard let others = wantedObjects[key]?.filter({ $0.entry != entry }), !others.isEmpty,
        let shown = plan.changes.first(where: { $0.call.key == key })?.call.item
          ?? state.objects.first(where: { $0.key == key })?.item
      else { return nil }
      let who = "\(others.map(\.dn).listed(to: 5)) \(others.count == 1 ? "has" : "have")"
      return "Shared: \(who) the number \(key.number) too; the contact is \"\(shown.name)\""
    }
  }

  /// The plan's changes for an entry, with their reasons.
  ///
  /// - Parameter holds: the held sets of the ledger.
  fileprivate func next(
    for entry: EntryID?, _ dn: String, _ policy: RemovalPolicy, holds: [HeldSetRecord]
  ) -> [String] {
    guard read.failure == nil else { return [] }
    /// The set of the ledger with a held change. A run over one entry finds another one than the complete run that keeps it.
    func stored(_ held: HeldSet) -> HeldSetRecord? {
      holds.first { $0.name == held.name }
        ?? holds.first { hold in
          hold.action == held.action && hold.members.contains { $0.entry == entry }
        }
    }
    /// How to decide on a held set.
    func decision(_ held: HeldSet) -> String {
      let kept = stored(held)
      let name = kept?.name ?? held.name
      if isOfEntry, kept == nil { return "\(pbxsyncd) --sync-now holds all such changes and names the set" }
      let choice = "\(pbxsyncd) approve \(name) or reject \(name)"
      return kept == nil ? "after that run: \(choice)" : choice
    }
    var lines = plan.changes.filter { $0.entry == entry }.map {
      "\($0.action(nil).rawValue) \($0.call.key): \($0.causeText)"
    }
    lines += plan.changes.filter { $0.before?.entry == entry && $0.entry != entry }.map {
      "\($0.before?.key ?? $0.call.key) is handed over to \($0.dn): \($0.causeText)"
    }
    lines += plan.frozen.filter { $0.entry == entry || $0.before?.entry == entry }.map {
      "\($0.actionWord) \($0.call.key) waits for the end of the freeze: \($0.causeText)"
    }
    lines += plan.conflicts.filter { $0.wanted.entry == entry }.map {
      "leave \($0.wanted.item.key) out: \($0.reasonText); \(isOfEntry ? $0.remedyBesideOldEntries : $0.remedy)"
    }
    /// What the ledger doesn't know yet, neither does `status` or `approve`.
    func isStored(_ held: HeldSet) -> Bool { stored(held) != nil }
    let absent = Set(state.objects.filter { $0.absence != nil }.map(\.key))
    lines += pendingRemovals.filter { $0.entry == entry }.map {
      let verb = absent.contains($0.key) ? "is" : "becomes"
      return "\($0.key) \(verb) pending removal: \($0.absence.map { "\($0.reason.text), \($0.dueText(policy))" } ?? "")"
    }
    lines += plan.unproven.filter { $0.entry == entry }.map { "leave \($0.key) alone, unproven: \($0.unprovenRemedy)" }
    for held in plan.held where held.objects.contains(where: { $0.entry == entry }) {
      let start =
        isStored(held) ? "its \(held.action.rawValue) is held" : "its \(held.action.rawValue) will be held"
      lines.append("\(start): \(held.limit); \(decision(held))")
    }
    for held in plan.held {
      lines += held.dependents.filter { $0.entry == entry }.map {
        "\($0.key) depends on the \(held.action.rawValue) of another, which \(isStored(held) ? "is held" : "will be held"): "
          + "\(held.limit); "
          + decision(held)
      }
    }
    lines += plan.rejected.filter { $0.entry == entry }.map {
      "leave \($0.key) as it is: an admin rejected \($0.deed)"
    }
    lines += plan.alsoUsers.filter { $0.entry == entry }.map {
      "leave \($0.item.key) out: it is a user's too, and the source has also_users = \"skip\""
    }
    if let overflow = plan.overflow {
      lines += overflow.wantedObjects.filter { $0.entry == entry }.map {
        "leave \($0.item.key) out: \(overflow.text); \(overflow.remedy)"
      }
    }
    lines += read.reading.problems.filter { $0.dn == dn }.map {
      "\($0.keptField == nil ? "leave it out" : "use no value for a field"): \($0.text); \(clause(of: $0.remedy))"
    }
    return lines.isEmpty ? ["no changes for it"] : lines
  }
}
