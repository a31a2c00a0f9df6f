import CallControl
import Configuration
import Domain
import LDAP
import Ledger
import Mapping
import Platform

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
    /// nil where the directory alone can't mend it.
    let ldif: String?
    /// What it is about where it is an unproven object: several are said as one.
    var unproven: UnprovenObject?

    /// What it is about, and why it is so.
    var heading: String { number.isEmpty ? reason : "\(what) for \(dn): \(reason)" }
  }

  private(set) var items: [Item] = []

  var isEmpty: Bool { items.isEmpty }

  /// - Parameter ambiguities: whether numbers belong to it of which the directory leaves open whether they are meant: they
  ///   stand in nobody's way.
  init(_ outlook: Outlook, _ setup: Setup, ambiguities: Bool = false) async throws {
    let reading = outlook.pass.reading
    items = outlook.pass.vacantSites.map(Item.init)
    if let surplus = outlook.plan.surplus {
      items.append(
        Item(
          what: "phonebook", topic: "no room in the phonebook", dn: "", number: "", reason: surplus.text,
          remedy: surplus.remedy, ldif: nil))
    }
    items += setup.pools.flatMap { Self.foreign(in: $0, outlook) }
    items += outlook.plan.unproven.map(Item.init)
    items += tooLong(outlook, setup) + unwritten(outlook)
    let survey = outlook.pass.survey ?? Survey()
    let doubles = survey.doubles(outlook.memory.owned)
    let doubtful = ambiguities ? survey.ambiguities : []
    items += ambiguities ? survey.oddCuts.map(Item.init) : []
    if outlook.plan.parked.isEmpty && reading.problems.isEmpty && doubles.isEmpty && doubtful.isEmpty { return }
    let workshop = try await Workshop(setup, outlook)
    var free = FreeNumbers(setup.configuration.numbers.policy, outlook.memory, reading)
    for problem in reading.problems {
      for number in try await workshop.mending(problem.dn, as: .extension)?.numbers ?? [] { free.reserve(number) }
    }
    for ambiguity in survey.ambiguities where ambiguity.field == .number && ambiguity.kind == .extension {
      for value in ambiguity.others { free.reserve(value.text) }
    }
    for change in outlook.plan.changes { free.reserve(change.call.key.number) }
    for parked in outlook.plan.parked {
      let wanted = parked.wanted
      let mending = parked.isForTheDirectory ? try await workshop.mending(wanted.dn, as: wanted.item.kind) : nil
      let modification =
        wanted.item.kind == .extension
        ? mending?.renumbering(from: wanted.item.number, in: parked.pool, &free)
        : mending?.removing(number: wanted.item.number)
      items.append(
        Item(
          what: "\(wanted.item.key)", topic: parked.topic, dn: wanted.dn, number: wanted.item.number,
          reason: parked.reasonText,
          remedy: parked.remedy, ldif: modification?.ldif, unproven: UnprovenObject(parked)))
    }
    for problem in reading.problems {
      var modification: Modification?
      for kind in Kind.allCases where modification == nil {
        modification = try await workshop.mending(problem.dn, as: kind)?.mending(problem, &free)
      }
      items.append(
        Item(
          what: "entry", topic: problem.topic, dn: problem.dn, number: "", reason: problem.text, remedy: problem.remedy,
          ldif: modification?.ldif))
    }
    for (claim, keeper) in doubles {
      let mending = try await workshop.mending(claim.dn, as: claim.kind)
      let modification =
        claim.kind == .extension
        ? mending?.renumbering(from: claim.value.text, &free)
        : mending?.removing(number: claim.value.text) ?? mending?.rewriting(claim, as: keeper)
      items.append(Item(claim, keeper, modification))
    }
    for ambiguity in doubtful {
      // Of several addresses or names, none need be wrong.
      let isForLDIF = ambiguity.kind == .extension && ambiguity.field == .number
      let mending = isForLDIF ? try await workshop.mending(ambiguity.dn, as: ambiguity.kind) : nil
      items.append(Item(ambiguity, mending?.settling(ambiguity) ?? []))
    }
  }

  /// What is wanted and can't be sent. Where the key can't be read its length isn't known, and nothing is said.
  private func tooLong(_ outlook: Outlook, _ setup: Setup) -> [Item] {
    guard !outlook.plan.changes.isEmpty, let key = try? setup.securityKey() else { return [] }
    let pbx = setup.callControl(with: key)
    return outlook.plan.changes.compactMap { change in
      guard let reason = pbx.objection(to: change.call) else { return nil }
      return Item(
        what: "\(change.call.key)", topic: "too long to send", dn: change.dn, number: change.call.key.number,
        reason: reason, remedy: "shorten the names in the directory or by [names], or raise [pbx] max_query_bytes",
        ldif: nil)
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
        ldif: writing.value.isEmpty || writing.objection != nil ? nil : writing.ldif)
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
        remedy: "remove it on the PBX; the number is asked for again when the pool has no other left", ldif: nil)
    }
  }
}

extension ConflictList.Item {
  fileprivate init(_ unproven: Owned) {
    self.init(
      what: "\(unproven.key)", topic: "unproven object", dn: unproven.dn, number: unproven.key.number,
      reason: unproven.unproven.map { "\($0.text(of: unproven.key)), since \(localTime($0.since))" } ?? "",
      remedy: unproven.unprovenRemedy, ldif: nil, unproven: UnprovenObject(unproven))
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

  /// The pool that has no number left.
  fileprivate var pool: NumberPool? { if case .poolExhausted(let pool, _) = reason { pool } else { nil } }

  /// Whether another value in the directory would be a way out.
  fileprivate var isForTheDirectory: Bool {
    switch reason {
    case .backingOff, .unproven, .keptProtected: false
    default: true
    }
  }
}

/// Reads the entries that stand in the way once more, with all that mending looks at.
private struct Workshop {
  private let desk: Desk
  private let sources: [Source]
  private let wanted: [Wanted]
  private let now: Seconds

  init(_ setup: Setup, _ outlook: Outlook) async throws {
    desk = try await Desk(setup, at: outlook.pass.record.server)
    sources = setup.sources
    now = setup.clock.wall
    let parked = Set(outlook.plan.parked.map(\.wanted))
    wanted = outlook.pass.reading.wanted.filter { !parked.contains($0) }
  }

  /// nil where no source of the kind has the entry.
  func mending(_ dn: String, as kind: Kind) async throws -> Mending? {
    for source in sources where source.kind == kind && source.covers(dn) {
      guard let entry = try await desk.read(dn, for: [source], filter: source.filter),
        let id = desk.identity.id(of: entry)
      else { continue }
      // Groups are read for those sources alone that have some.
      if !source.isWhole,
        try await desk.reason(source, leavesOut: entry, EntryID(id)) != nil
      {
        continue
      }
      var models: [Entry] = []
      if let model = wanted.first(where: { $0.item.kind == kind && source.covers($0.dn) })?.dn {
        models = [try await desk.read(model, for: [source], filter: source.filter)].compactMap(\.self)
      }
      return Mending(source: source, entry: entry, id: EntryID(id), now: now, models: models)
    }
    return nil
  }
}
