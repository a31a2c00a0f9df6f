import CallControl
import Configuration
import Directory
import Domain
import Executor
import Ledger
import Mapping
import Platform
import Reconcile
import Sync

/// What stands in the way of the directory's wishes, each with what mends it.
struct ConflictList: Sendable {
  struct Row: Sendable {
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

  private(set) var items: [Row] = []

  var isEmpty: Bool { items.isEmpty }

  init(_ items: [Row]) { self.items = items }

  /// - Parameter isLint: whether values belong to it of which the directory leaves open which is meant: they stand in nobody's
  ///   way. Then no ledger was asked, so nobody knows which numbers are free.
  init(_ preview: RunPreview, _ setup: CompiledConfiguration, isLint: Bool = false) async throws {
    items = preview.pass.vacantSites.map(Row.init)
    if let overflow = preview.plan.overflow {
      items.append(
        Row(
          what: "phonebook", topic: "no room in the phonebook", dn: "", number: "", reason: overflow.text,
          remedy: overflow.remedy))
    }
    items += setup.pools.flatMap { Self.foreign(in: $0, preview) }
    items += preview.plan.unproven.map(Row.init)
    items += tooLong(preview, setup) + unwritten(preview)
    let lintChecks = preview.pass.lintChecks ?? LintChecks()
    if isLint { items += lintChecks.oddCuts.map(Row.init) + lintChecks.emergencies.map(Row.init(emergency:)) }
    let present = Set(preview.state.objects.map(\.key) + preview.state.inDoubt.map(\.call.key))
    items += preview.plan.conflicts.map { Row($0, isTie: !isLint && !present.contains($0.wanted.item.key)) }
    items += preview.pass.reading.problems.map(Row.init)
    items += lintChecks.doubles(preview.state.objects).map(Row.init)
    if isLint { items += lintChecks.ambiguities.map(Row.init) }
    try await propose(preview, setup, lintChecks, mayAllocate: !isLint && preview.tellsFreeNumbers)
  }

  /// Gives the items of each entry the one record that mends them, and brings them together.
  private mutating func propose(
    _ preview: RunPreview, _ setup: CompiledConfiguration, _ lintChecks: LintChecks, mayAllocate: Bool
  ) async throws {
    let attributes = Set(
      setup.sources.filter { $0.kind == .extension }.flatMap(\.fields)
        .filter { $0.field == .number || $0.field == .callerID }.flatMap(\.template.attributes).map { $0.lowercased() })
    let dns = Set(items.filter { $0.subject?.isForProposal(attributes) == true }.map(\.dn))
    if dns.isEmpty { return }
    var lookup = try await FixLookup(setup, preview)
    var free = FreeNumbers(setup.configuration.numbers.policy, preview, meant: lintChecks.meant)
    var groups: [String: [Row]] = [:]
    for item in items where dns.contains(item.dn) { groups[item.dn, default: []].append(item) }
    var ordered: [Row] = []
    for item in items {
      guard dns.contains(item.dn) else {
        ordered.append(item)
        continue
      }
      guard var group = groups.removeValue(forKey: item.dn) else { continue }
      if let context = try await lookup.context(of: item.dn) {
        let request = FixPlanner.Request(group.compactMap(\.subject))
        let isTie = group.contains(where: \.isTie)
        func isSolved(_ item: Row, _ proposal: FixProposal) -> Bool {
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
  private func tooLong(_ preview: RunPreview, _ setup: CompiledConfiguration) -> [Row] {
    guard !preview.plan.changes.isEmpty, let key = try? setup.securityKey() else { return [] }
    let pbx = setup.callControl(with: key)
    return preview.plan.changes.compactMap { change in
      guard let reason = pbx.objection(to: change.call) else { return nil }
      return Row(
        what: "\(change.call.key)", topic: "too long to send", dn: change.dn, number: change.call.key.number,
        reason: reason, remedy: "shorten the names in the directory or by [names], or raise [pbx] max_query_bytes")
    }
  }

  /// Numbers that the PBX has and that weren't written to the directory.
  private func unwritten(_ preview: RunPreview) -> [Row] {
    let changing = Set(preview.plan.changes.map(\.call.key))
    return preview.plan.directoryWrites.filter { !changing.contains(ObjectKey(.extension, $0.number)) }.map { writing in
      Row(
        what: "\(ObjectKey(.extension, writing.number))", topic: "number not written back", dn: writing.dn,
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
  private static func foreign(in pool: NumberPool, _ preview: RunPreview) -> [Row] {
    let named = Set(preview.plan.conflicts.map(\.wanted.item.key))
    return preview.state.refusals.compactMap { refusal in
      let key = refusal.item.key
      guard refusal.answer.status == .taken, key.kind == .extension, !named.contains(key),
        pool.ranges.contains(where: { $0.contains(key.number) })
      else { return nil }
      return Row(
        what: "\(key)", topic: "foreign number in a pool", dn: "the pool of \"\(pool.source)\"",
        number: key.number,
        reason: "the PBX has had a foreign extension \(key.number) since \(localTime(refusal.since)) or longer, so the "
          + "pool passes it over",
        remedy: "remove it on the PBX; the number is asked for again when the pool has no other left")
    }
  }
}

extension ConflictList.Row {
  fileprivate init(_ unproven: ManagedObject) {
    self.init(
      what: "\(unproven.key)", topic: "unproven object", dn: unproven.dn, number: unproven.key.number,
      reason: unproven.unproven.map { "\($0.text(of: unproven.key)), since \(localTime($0.since))" } ?? "",
      remedy: unproven.unprovenRemedy, unproven: UnprovenObject(unproven))
  }

  /// - Parameter isTie: whether the PBX has the number for nobody yet.
  fileprivate init(_ conflict: Conflict, isTie: Bool) {
    let wanted = conflict.wanted
    var reason = conflict.reasonText
    if isTie, case .duplicate(_, let dn) = conflict.reason {
      reason += " too, and nothing tells the two apart: the next run gives it to \(dn), by the order of ids alone"
      self.isTie = true
    }
    (what, topic, dn, number) = ("\(wanted.item.key)", conflict.topic, wanted.dn, wanted.item.number)
    (self.reason, remedy) = (reason, conflict.remedy)
    unproven = UnprovenObject(conflict)
    subject = wanted.item.kind == .extension ? .conflict(conflict.reason) : nil
  }

  fileprivate init(_ problem: MappingProblem) {
    self.init(
      what: "entry", topic: problem.topic, dn: problem.dn, number: "", reason: problem.text, remedy: problem.remedy,
      subject: .problem(problem))
  }
}

extension MappingProblem {
  fileprivate var topic: String {
    let name = attribute.isEmpty ? "entry" : attribute
    return value.isEmpty ? "\(name) missing" : "\(name) unusable"
  }
}

extension Conflict {
  fileprivate var topic: String {
    switch reason {
    case .duplicate: "duplicate number"
    case .occupied, .leaving, .quarantined: "number not free yet"
    case .protected: "protected number"
    case .keptProtected: "protected leaver"
    case .outOfRange: "number out of range"
    case .foreign: "foreign number"
    case .unproven: "unproven object"
    case .refused: "refused by the PBX"
    case .backingOff: "failing"
    case .poolExhausted: "pool exhausted"
    case .restored, .numberGone, .numberLost, .madeAnew, .numbersHidden: "number missing"
    }
  }
}

extension RunPreview {
  /// Whether a number that nobody shows is free, as far as that can be known: not after a restore, nor where somebody who has one
  /// on the PBX shows none in the directory, which may hide others too.
  fileprivate var tellsFreeNumbers: Bool {
    state.restored[.extension] == nil
      && NumberLoss(of: .extension, in: pass.reading, remembering: state).total.lost == 0
  }
}
