public import Domain

/// What a few entries that were read by themselves surely lead to, and what only a complete read can tell.
public struct Delta: Hashable, Sendable {
  /// Adds and updates that nothing stands in the way of.
  public private(set) var plan: Plan
  /// Why a complete read must follow, as a clause; nil where nothing is left to do.
  public private(set) var remainder: String?

  /// A plan from these entries alone would lead to the same adds and updates if nobody else wanted their numbers. Nobody
  /// does where the last complete read left the number free or with its holder; where it left anything open (a call in
  /// doubt, a refusal, a failure, a wish that couldn't be met) the change is left to the next one, as is all that has to
  /// do with somebody being gone.
  ///
  /// - Parameters:
  ///   - reading: of the entries that changed, whatever became of them.
  ///   - memory: all that the ledger remembers of these entries and of the numbers that they want.
  ///   - now: seconds since 1970.
  public init(_ reading: Reading, remembering memory: Memory, by rules: Rules, at now: Seconds) {
    plan = Plan()
    if let doubt = memory.doubts.first {
      remainder = "the outcome of a call for \(doubt.call.key) isn't known"
      return
    }
    var reading = reading
    reading.incomplete = "a few entries were read by themselves"
    let whole = Reconcile.plan(for: reading, remembering: memory, by: rules, at: now)
    let world = World(reading, memory, rules, now: now)
    let open = Set(
      memory.refusals.map(\.item.key) + memory.adoptions.map(\.key) + memory.setbacks.map(\.key))
    let hanging = Hanging(reading, memory, rules)
    let (kept, withheld) = withholding(from: whole.changes) { change -> String? in
      if memory.lost.contains(where: { $0.key == change.call.key && $0.entry != change.entry }) {
        return "was another's until the PBX lost it"
      }
      if open.contains(change.call.key) || change.before.map({ open.contains($0.key) }) == true {
        return "was left open before"
      }
      return hanging.includes(change) ? "hangs on other contacts" : nil
    }
    plan.changes = kept
    let holders = Dictionary(memory.owned.map { ($0.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
    plan.notes = whole.notes.filter { note in
      switch note {
      case .absence(let key, _): reading.sighting(of: holders[key] ?? EntryID(""), as: key.kind) != nil
      // Another one with the same values may have been made anew, or be a second one; only a complete read tells.
      case .holder(let key, let entry, _): holders[key] == entry
      case .unprove, .release, .adopt, .seen, .lost, .foreign, .allowed, .known, .foreignGone, .forgetRefusal,
        .allocate:
        false
      }
    }

    let moved = Set(kept.compactMap(\.before?.key))
    let wanted = Dictionary(grouping: world.wanted, by: \.item.key).mapValues { Set($0.map(\.entry)) }
    let left = memory.owned.first { object in
      object.unproven?.hasKnownValues != false && reading.sighting(of: object.entry, as: object.key.kind) != nil
        && !moved.contains(object.key)
        && wanted[object.key]?.contains(object.entry) != true
    }
    let reasons = [
      reading.problems.first.map { "\($0.dn) can't be mapped" },
      whole.held.first?.limit,
      whole.parked.first.map { "\($0.wanted.item.key) can't be had at once" },
      world.deferredLoss.map { "\($0.item.key) would lose a field" },
      withheld.first.map { "\($0.change.call.key) \($0.reason)" },
      reading.numberless.first { $0.isUnserved(by: memory) }.map { "\($0.wish.dn) has no number" },
      hanging.shared(in: world.wanted).map { "\($0.item.key) is shared" },
      whole.notes.count == plan.notes.count ? nil : "a number has another holder, or nobody knows",
      left.map { "\($0.key) isn't wanted any more" },
      undecided(memory, but: kept).map { "\($0) was left open before" },
      whole.writings.first.map { "\(Key(.extension, $0.number)) isn't in the directory yet" },
    ]
    remainder = reasons.compactMap(\.self).first
  }

  /// The first number that an admin has to decide or has decided on, or that the PBX refused: where the entry asks for something
  /// else by now, that ends, which a complete read alone can tell.
  private func undecided(_ memory: Memory, but kept: [Change]) -> Key? {
    let approved = memory.approvals.flatMap(\.members).map(\.key)
    // A number that was taken stays in mind, whatever is wanted.
    let refused = memory.refusals.filter { $0.answer.verdict != .taken }.map(\.item.key)
    return memory.undecided.union(memory.rejections.map(\.key)).union(approved).union(refused)
      .subtracting(kept.map(\.call.key)).min()
  }

  /// Leaves something to a complete read.
  public mutating func leave(_ reason: String) { remainder = remainder ?? reason }
}

/// Contacts of which only a view of all others tells what becomes of them: numbers that are shared, those who may be users
/// too, and a phonebook that may be full.
private struct Hanging {
  private let rules: Rules
  private let sources: [EntryID: Int]
  private let holders: [Key: EntryID]

  init(_ reading: Reading, _ memory: Memory, _ rules: Rules) {
    self.rules = rules
    sources = Dictionary(
      reading.wanted.filter { $0.item.kind == .contact }.map { ($0.entry, $0.source) },
      uniquingKeysWith: { first, _ in first })
    holders = Dictionary(memory.owned.map { ($0.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
  }

  /// An update of what the entry has under the same number hangs on nobody.
  func includes(_ change: Change) -> Bool {
    guard change.call.key.kind == .contact else { return false }
    if let before = change.before, before.key == change.call.key, before.entry == change.entry { return false }
    let rule = rule(ofSource: sources[change.entry])
    let isNew = change.before == nil
    return rule.sharing != .conflict || isNew && (rule.skipsUsers || rules.maxContacts != nil)
  }

  /// The first wish for a number that another has, where that may be no conflict.
  func shared(in wishes: [Wanted]) -> Wanted? {
    wishes.first { wish in
      wish.item.kind == .contact && rule(ofSource: wish.source).sharing != .conflict
        && holders[wish.item.key].map { $0 != wish.entry } ?? false
    }
  }

  private func rule(ofSource source: Int?) -> PhonebookRule {
    guard let source, rules.phonebook.indices.contains(source) else { return PhonebookRule() }
    return rules.phonebook[source]
  }
}

extension Numberless {
  /// Whether it has no extension yet, or one whose number isn't known to be from a pool.
  fileprivate func isUnserved(by memory: Memory) -> Bool {
    let numbers = memory.allocations.filter { $0.entry == entry }.map(\.key)
    return !memory.owned.contains { $0.entry == entry && numbers.contains($0.key) }
  }
}
