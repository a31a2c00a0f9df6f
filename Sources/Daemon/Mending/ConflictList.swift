import CallControl
import Configuration
import Domain
import Ledger
import Mapping
import Platform
import Reconcile

/// What stands in the way of the directory's wishes, each with what mends it.
struct ConflictList: Sendable {
  struct Item: Sendable {
    let what: String
    /// What sort of trouble it is, in a few words: "duplicate number", "mail unusable".
    let topic: String
    let dn: String
    let number: String
    let reason: String
    let remedy: String
    /// The record that mends it and all items of the entry that stand right before it; nil where nothing is certain.
    var ldif: String?
    /// A record that isn't certain, in comments; nil where there is one that is, or none.
    var example: String?
    /// The record to show for it; nil where there is none.
    var record: String? { ldif ?? example }
    /// What it is about where it is an unproven object: several are said as one.
    var unproven: UnprovenObject?
    /// What of the entry it is about, where another value might help.
    var subject: FixSubject?

    /// Whether two have the same claim to a number: who gets another is an admin's to say.
    var isTie = false

    /// What it is about, and why it is so.
    var heading: String { number.isEmpty ? reason : "\(what) for \(dn): \(reason)" }
  }

  private(set) var items: [Item] = []

  var isEmpty: Bool { items.isEmpty }

  init(_ items: [Item]) { self.items = items }

  /// - Parameter isLint: whether values belong to it of which the directory leaves open which is meant: they stand in nobody's
  ///   way. Then no ledger was asked, so nobody knows which numbers are free.
  init(_ outlook: Outlook, _ setup: Setup, isLint: Bool = false) async throws {
    items = outlook.pass.vacantSites.map(Item.init)
    if let surplus = outlook.plan.surplus {
      items.append(
        Item(
          what: "phonebook", topic: "no room in the phonebook", dn: "", number: "", reason: surplus.text,
          remedy: surplus.remedy))
    }
    items += setup.pools.flatMap { Self.foreign(in: $0, outlook) }
    items += outlook.plan.unproven.map(Item.init)
    items += tooLong(outlook, setup) + unwritten(outlook)
    let survey = outlook.pass.survey ?? Survey()
    if isLint { items += survey.oddCuts.map(Item.init) + survey.emergencies.map(Item.init(emergency:)) }
    let present = Set(outlook.memory.owned.map(\.key) + outlook.memory.doubts.map(\.call.key))
    items += outlook.plan.parked.map { Item($0, isTie: !isLint && !present.contains($0.wanted.item.key)) }
    items += outlook.pass.reading.problems.map(Item.init)
    items += survey.doubles(outlook.memory.owned).map(Item.init)
    if isLint { items += survey.ambiguities.map(Item.init) }
    try await propose(outlook, setup, survey, mayAllocate: !isLint && outlook.tellsFreeNumbers)
  }

  /// Gives the items of each entry the one record that mends them, and brings them together.
  private mutating func propose(_ outlook: Outlook, _ setup: Setup, _ survey: Survey, mayAllocate: Bool) async throws {
    let attributes = Set(
      setup.sources.filter { $0.kind == .extension }.flatMap(\.fields)
        .filter { $0.field == .number || $0.field == .callerID }.flatMap(\.template.attributes).map { $0.lowercased() })
    let dns = Set(items.filter { $0.subject?.isForProposal(attributes) == true }.map(\.dn))
    if dns.isEmpty { return }
    var lookup = try await FixLookup(setup, outlook)
    var free = FreeNumbers(setup.configuration.numbers.policy, outlook, meant: survey.meant)
    var groups: [String: [Item]] = [:]
    for item in items where dns.contains(item.dn) { groups[item.dn, default: []].append(item) }
    var ordered: [Item] = []
    for item in items {
      guard dns.contains(item.dn) else {
        ordered.append(item)
        continue
      }
      guard var group = groups.removeValue(forKey: item.dn) else { continue }
      if let context = try await lookup.context(of: item.dn) {
        let request = FixPlanner.Request(group.compactMap(\.subject))
        let isTie = group.contains(where: \.isTie)
        func isSolved(_ item: Item, _ proposal: FixProposal) -> Bool {
          item.subject?.key.map(proposal.solved.contains) == true
        }
        let planner = FixPlanner(context: context, request: request, mayAllocate: mayAllocate && !isTie)
        if let proposal = planner.proposal(&free) {
          // The record stands behind all that it mends.
          group = group.filter { !isSolved($0, proposal) } + group.filter { isSolved($0, proposal) }
          if let last = group.indices.last, isSolved(group[last], proposal) { group[last].ldif = proposal.ldif }
        } else if let proposal = FixPlanner(
          context: context, request: request, mayAllocate: mayAllocate, mayShorten: true
        ).proposal(&free), let index = group.firstIndex(where: { isSolved($0, proposal) }) {
          group[index].example = proposal.example
        }
      }
      ordered += group
    }
    items = ordered
  }

  /// What is wanted and can't be sent. Where the key can't be read its length isn't known, and nothing is said.
  private func tooLong(_ outlook: Outlook, _ setup: Setup) -> [Item] {
    guard !outlook.plan.changes.isEmpty, let key = try? setup.securityKey() else { return [] }
    let pbx = setup.callControl(with: key)
    return outlook.plan.changes.compactMap { change in
      guard let reason = pbx.objection(to: change.call) else { return nil }
      return Item(
        what: "\(change.call.key)", topic: "too long to send", dn: change.dn, number: change.call.key.number,
        reason: reason, remedy: "shorten the names in the directory or by [names], or raise [pbx] max_query_bytes")
    }
  }

  /// Numbers that the PBX has and that weren't written to the directory.
  private func unwritten(_ outlook: Outlook) -> [Item] {
    let changing = Set(outlook.plan.changes.map(\.call.key))
    return outlook.plan.writings.filter { !changing.contains(Key(.extension, $0.number)) }.map { writing in
      Item(
        what: "\(Key(.extension, writing.number))", topic: "number not written back", dn: writing.dn,
        number: writing.number,
        reason: writing.objection.map { "\(writing.attribute) can't be written back: \($0)" }
          ?? "\(writing.attribute) \"\(writing.value)\" isn't in the directory yet, and the PBX has the extension",
        remedy: writing.objection == nil
          ? "see why the last run couldn't write it (journalctl -u pbxsyncd), or write it by hand"
          : "mend extension.number or extension.write_back_value, or the value in the directory",
        subject: writing.value.isEmpty || writing.objection != nil ? nil : .unwritten(writing))
    }
  }

  /// The numbers of a pool that it passes over, because the PBX had a foreign extension there when one was given.
  private static func foreign(in pool: NumberPool, _ outlook: Outlook) -> [Item] {
    let named = Set(outlook.plan.parked.map(\.wanted.item.key))
    return outlook.memory.refusals.compactMap { refusal in
      let key = refusal.item.key
      guard refusal.answer.verdict == .taken, key.kind == .extension, !named.contains(key),
        pool.ranges.contains(where: { $0.contains(key.number) })
      else { return nil }
      return Item(
        what: "\(key)", topic: "foreign number in a pool", dn: "the pool of \"\(pool.source)\"",
        number: key.number,
        reason: "the PBX has had a foreign extension \(key.number) since \(localTime(refusal.since)) or longer, so the "
          + "pool passes it over",
        remedy: "remove it on the PBX; the number is asked for again when the pool has no other left")
    }
  }
}

extension ConflictList.Item {
  fileprivate init(_ unproven: Owned) {
    self.init(
      what: "\(unproven.key)", topic: "unproven object", dn: unproven.dn, number: unproven.key.number,
      reason: unproven.unproven.map { "\($0.text(of: unproven.key)), since \(localTime($0.since))" } ?? "",
      remedy: unproven.unprovenRemedy, unproven: UnprovenObject(unproven))
  }

  /// - Parameter isTie: whether the PBX has the number for nobody yet.
  fileprivate init(_ parked: Parked, isTie: Bool) {
    let wanted = parked.wanted
    var reason = parked.reasonText
    if isTie, case .duplicate(_, let dn) = parked.reason {
      reason += " too, and nothing tells the two apart: the next run gives it to \(dn), by the order of ids alone"
      self.isTie = true
    }
    (what, topic, dn, number) = ("\(wanted.item.key)", parked.topic, wanted.dn, wanted.item.number)
    (self.reason, remedy) = (reason, parked.remedy)
    unproven = UnprovenObject(parked)
    subject = wanted.item.kind == .extension ? .parked(parked.reason) : nil
  }

  fileprivate init(_ problem: Problem) {
    self.init(
      what: "entry", topic: problem.topic, dn: problem.dn, number: "", reason: problem.text, remedy: problem.remedy,
      subject: .problem(problem))
  }
}

extension Problem {
  fileprivate var topic: String {
    let name = attribute.isEmpty ? "entry" : attribute
    return value.isEmpty ? "\(name) missing" : "\(name) unusable"
  }
}

extension Parked {
  fileprivate var topic: String {
    switch reason {
    case .duplicate: "duplicate number"
    case .occupied, .leaving, .resting: "number not free yet"
    case .protected: "protected number"
    case .keptProtected: "protected leaver"
    case .outOfRange: "number out of range"
    case .foreign: "foreign number"
    case .unproven: "unproven object"
    case .refused: "refused by the PBX"
    case .backingOff: "failing"
    case .poolExhausted: "pool exhausted"
    case .restored, .numberGone, .numbersHidden: "number missing"
    }
  }
}

extension Outlook {
  /// Whether a number that nobody shows is free, as far as that can be known: not after a restore, nor where somebody who has one
  /// on the PBX shows none in the directory, which may hide others too.
  fileprivate var tellsFreeNumbers: Bool {
    memory.restored[.extension] == nil
      && NumberLoss(of: .extension, in: pass.reading, among: memory.owned, given: memory.allocations).lost == 0
  }
}
