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

/// Conflicts and entries with invalid data, each with its fix.
struct ConflictList: Sendable {
  struct Row: Sendable {
    let what: String
    /// The kind of conflict, in a few words: "duplicate number", "mail unusable".
    let topic: String
    let dn: String
    let number: String
    let reason: String
    let remedy: String
    /// The record that solves it and all rows of the entry right before it; nil if no fix is certain.
    var ldif: String?
    /// A fix that isn't certain, in comments; nil if there is a certain one, or none.
    var example: String?
    /// The record to show for it; nil if there is none.
    var record: String? { ldif ?? example }
    /// The unproven object, if it is about one: several are reported as one.
    var unproven: UnprovenObject?
    /// The subject within the entry, if another value might solve it.
    var subject: FixSubject?

    /// Whether nothing but the order of IDs gives another entry the number, or perhaps gave it: an admin decides which of the two is to
    /// have it.
    var isUndecided = false

    /// Its subject and reason.
    var heading: String { number.isEmpty ? reason : "\(what) for \(dn): \(reason)" }
  }

  private(set) var items: [Row] = []

  var isEmpty: Bool { items.isEmpty }

  init(_ items: [Row]) { self.items = items }

  /// - Parameter isLint: whether it includes ambiguous values, which are no conflicts. Then no ledger was read, so free numbers
  ///   aren't known.
  init(_ preview: RunPreview, _ setup: CompiledConfiguration, isLint: Bool = false) async throws {
    items = preview.read.vacantSites.map { Row(VacantSite($0)) }
    if let overflow = preview.plan.overflow {
      items.append(
        Row(
          what: "phonebook", topic: "no room in the phonebook", dn: "", number: "", reason: overflow.text,
          remedy: overflow.remedy))
    }
    items += setup.pools.flatMap { Self.foreign(in: $0, preview) }
    items += preview.plan.unproven.map(Row.init)
    items += tooLong(preview, setup) + unwritten(preview)
    let lintChecks = preview.read.lintChecks ?? LintChecks()
    if isLint { items += lintChecks.oddCuts.map(Row.init) }
    let present = Set(preview.state.objects.map(\.key) + preview.state.inDoubt.map(\.call.key))
    let arbitrary = isLint ? [] : try await preview.arbitraryClaims()
    items += preview.plan.conflicts.map { conflict in
      let key = conflict.wanted.item.key
      return Row(conflict, isHeld: isLint ? nil : present.contains(key), isArbitrary: arbitrary.contains(key))
    }
    items += preview.read.reading.problems.map(Row.init)
    items += lintChecks.doubles(preview.state.objects).map(Row.init)
    if isLint { items += lintChecks.ambiguities.map(Row.init) }
    try await propose(preview, setup, lintChecks, mayAllocate: !isLint && preview.tellsFreeNumbers)
  }

  /// Groups the rows of each entry, with the one record that solves them.
  private mutating func propose(
    _ preview: RunPreview, _ setup: CompiledConfiguration, _ lintChecks: LintChecks, mayAllocate: Bool
  ) async throws {
    let attributes = Set(
      setup.sources.filter { $0.kind == .extension }.flatMap(\.fields)
        .filter { $0.field == .number || $0.field == .callerID }.flatMap(\.template.attributes).map { $0.lowercased() })
    let dns = Set(items.filter { $0.subject?.isForProposal(attributes) == true }.map(\.dn))
    if dns.isEmpty { return }
    var lookup = try await FixLookup(setup, preview)
    var free = FreeNumbers(setup, preview, meant: lintChecks.meant)
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
        // Of two entries with one number an admin decides which gets another: that isn't certain.
        let isUndecided = group.contains(where: \.isUndecided)
        var certain = request
        certain.keepsNumber = certain.keepsNumber || isUndecided
        func isSolved(_ item: Row, _ proposal: FixProposal) -> Bool {
          item.subject?.key.map(proposal.solved.contains) == true
        }
        let planner = FixPlanner(context: context, request: certain, mayAllocate: mayAllocate)
        if let proposal = planner.proposal(&free) {
          // The record follows all rows that it solves.
          group = group.filter { !isSolved($0, proposal) } + group.filter { isSolved($0, proposal) }
          if let last = group.indices.last, isSolved(group[last], proposal) {
            group[last].ldif = proposal.ldif
          }
        } else if let proposal = FixPlanner(
          context: context, request: request, mayAllocate: mayAllocate, mayGuess: true
        ).proposal(&free), let index = group.firstIndex(where: { isSolved($0, proposal) }) {
          group[index].example = proposal.example(isUndecided: isUndecided)
        }
      }
      ordered += group
    }
    items = ordered
  }

  /// Wanted objects that are too long to send. Without a readable key the length isn't known, and none are reported.
  private func tooLong(_ preview: RunPreview, _ setup: CompiledConfiguration) -> [Row] {
    guard !preview.plan.changes.isEmpty, let key = try? setup.securityKey() else { return [] }
    let pbx = setup.callControl(with: key)
    return preview.plan.changes.compactMap { change in
      do throws(CallLengthError) {
        try pbx.checkLength(of: change.call)
        return nil
      } catch {
        return Row(
          what: "\(change.call.key)", topic: "too long to send", dn: change.dn, number: change.call.key.number,
          reason: error.description,
          remedy: "shorten the names in the directory or by [names], or raise [pbx] max_query_bytes")
      }
    }
  }

  /// Numbers of extensions that weren't written back.
  private func unwritten(_ preview: RunPreview) -> [Row] {
    let changing = Set(preview.plan.changes.map(\.call.key))
    return preview.plan.directoryWrites.filter { !changing.contains(ObjectKey(.extension, $0.number)) }.map { writing in
      Row(
        what: "\(ObjectKey(.extension, writing.number))", topic: "number not written back", dn: writing.dn,
        number: writing.number,
        reason: writing.objection.map { "\(writing.attribute) can't be written back: \($0)" }
          ?? "\(writing.attribute) \"\(writing.value)\" isn't in the directory yet, and the PBX has the extension",
        remedy: writing.objection == nil
          ? "find out why the last run couldn't write it (journalctl -u pbxsyncd), or write it by hand"
          : "correct extension.number or extension.write_back_value, or the value in the directory",
        subject: writing.value.isEmpty || writing.objection != nil ? nil : .unwritten(writing))
    }
  }

  /// A pool's numbers that are skipped, because the PBX had a foreign extension there at the last attempt.
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
          + "pool skips it",
        remedy: "remove it on the PBX; the number is tried again when the pool has no other left")
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

  /// - Parameters:
  ///   - isHeld: whether the number has a holder; nil without a ledger.
  ///   - isArbitrary: whether perhaps only the order of IDs made it the holder.
  fileprivate init(_ conflict: Conflict, isHeld: Bool?, isArbitrary: Bool) {
    let wanted = conflict.wanted
    var reason = conflict.reasonText
    switch (conflict.reason, isHeld) {
    case (.duplicate(_, let dn), false):
      reason += " too, and both claims are equal: the next run gives it to \(dn), only by the order of IDs"
      isUndecided = true
    case (.duplicate, true) where isArbitrary:
      reason += "; if both had it when it was first sent, only the order of IDs decided"
      isUndecided = true
    default: break
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

extension RunPreview {
  /// Numbers whose holder perhaps has it only by the order of IDs: nothing shows that the run that gave it had no conflict.
  fileprivate func arbitraryClaims() async throws(LedgerError) -> Set<ObjectKey> {
    var keys: Set<ObjectKey> = []
    for conflict in plan.conflicts {
      guard case .duplicate(let winner, _) = conflict.reason, winner < conflict.wanted.entry else { continue }
      let key = conflict.wanted.item.key
      let first = try await ledger.acceptedCalls(about: [key])[key]?.first {
        $0.intent.entry == winner && $0.intent.call.key == key
      }
      var hadConflicts = true
      if let first, let end = try await ledger.run(first.settledBy ?? first.run)?.end {
        hadConflicts = end.counts.conflict > 0
      }
      if hadConflicts { keys.insert(key) }
    }
    return keys
  }

  /// Whether free numbers are known: not after a restore, nor if an entry with an extension has no number in the directory, which
  /// may hide others too.
  fileprivate var tellsFreeNumbers: Bool {
    state.restored[.extension] == nil
      && NumberLoss(of: .extension, in: read.reading, remembering: state).total.lost == 0
  }
}
