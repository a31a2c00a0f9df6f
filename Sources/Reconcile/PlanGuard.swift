import Domain

/// Decides what isn't done unasked: removals, updates and additions of a kind that are too many, all of them or none.
///
/// What an admin approved passes, whatever comes beside it; what an admin rejected stays as it is.
struct PlanGuard {
  let input: PlannerInput
  /// Those who had an object that was removed.
  private let formerHolders: Set<NumberClaims.Claimant>

  init(_ input: PlannerInput) {
    self.input = input
    formerHolders = Set(input.formerHolders.values.map { NumberClaims.Claimant(entry: $0.entry, kind: $0.key.kind) })
  }

  // MARK: - Updates and additions

  /// Whether an admin said that it isn't to be made.
  ///
  /// The adoption of an object updates it, so the rejection of that update holds for it too.
  func isRejected(_ change: Change) -> Bool {
    let update = Approval.Member(change.call.key, change.entry, .update, wanted: change.call.item)
    return input.isRejected(Approval.Member(change)) || change.cause == .adopted && input.isRejected(update)
  }

  /// The result for updates and additions.
  struct Judgement {
    var kept: [Change]
    var held: [HeldSet] = []
    var rejected: [HeldObject] = []
    /// Changes that aren't made because they require a rejected one.
    var blocked: [Change] = []
    /// Adds that would ask for an unproven object, beside more additions than may be made.
    var unasked: [(change: Change, unproven: Unproven)] = []
  }

  /// Takes the updates and additions out of a plan that are too many, and what requires them.
  ///
  /// An add of an unproven object isn't an addition on which an admin decides: it may be there already. It is made if the limit has room
  /// for it too, and otherwise the object stays unproven.
  func judge(_ changes: [Change]) -> Judgement {
    let limits = [(HeldSet.Action.update, input.policy.update), (.addition, input.policy.addition)].flatMap {
      action, limits in ObjectKind.allCases.map { kind in (action, kind, limits) }
    }
    var reasons: [Approval.Member: Verdict] = [:]
    var texts: [String] = []
    var counted: [HeldSet.Action: [ObjectKind: [Approval.Member]]] = [:]
    var unproven: [ObjectKind: [Approval.Member]] = [:]
    for change in changes {
      let member = Approval.Member(change)
      if isRejected(change) {
        reasons[member] = .rejected
      } else if counts(change), !input.isApproved(member) {
        if change.heldAction == .addition, input.unproven[change.call.key] != nil {
          unproven[member.key.kind, default: []].append(member)
        } else {
          counted[member.action, default: [:]][member.key.kind, default: []].append(member)
        }
      }
    }
    for (kind, members) in unproven
    where passed(input.policy.addition, by: members + (counted[.addition]?[kind] ?? []), .addition, kind) != nil {
      for member in members { reasons[member] = input.unproven[member.key]?.unproven.map(Verdict.unproven) }
    }
    for (action, kind, limits) in limits {
      guard let members = counted[action]?[kind] else { continue }
      if let text = passed(limits, by: members, action, kind) {
        for member in members { reasons[member] = .held(texts.count) }
        texts.append(text)
        continue
      }
      let waiting = members.filter(input.isUndecided)
      if waiting.isEmpty { continue }
      for member in waiting { reasons[member] = .held(texts.count) }
      texts.append(waiting.count.waitingText(action, kind))
    }
    for kind in ObjectKind.allCases {
      let back = (counted[.addition]?[kind] ?? []).filter { isBack($0) && reasons[$0] == nil }
      guard let text = passed(by: back, kind) else { continue }
      for member in back { reasons[member] = .held(texts.count) }
      texts.append(text)
    }
    let moved = renumbered(among: (counted[.addition]?[.extension] ?? []) + (counted[.update]?[.extension] ?? []))
    if let limit = exceededByCrowd(moved.count, .extension) {
      for action in [HeldSet.Action.addition, .update] {
        let rest = moved.filter { $0.action == action && reasons[$0] == nil }
        for member in rest { reasons[member] = .held(texts.count) }
        texts.append(
          "\(ObjectKind.extension.counted(rest.count)) due for \(action.rawValue) for entries that have another number now, "
            + "\(moved.count) in all, more than \(limit) of [removal]: a mistyped DDI block has the same effect")
      }
    }
    if reasons.isEmpty { return Judgement(kept: changes) }
    return parted(changes, reasons, texts)
  }

  private enum Verdict { case rejected, held(Int), unproven(Unproven) }

  /// Whether the change is one that the limits are about. What was let go before, and isn't known to have arrived or was
  /// refused, is no new one; what an admin named for adoption isn't unasked; nor is what a first load adds.
  private func counts(_ change: Change) -> Bool {
    switch change.heldAction {
    case .removal: false
    case .update: !change.settles.contains { $0.call.item == change.call.item && $0.entry == change.entry }
    case .addition:
      change.settles.isEmpty && change.cause != .adopted && !asksAgain(change)
        && input.loaded.contains(change.call.key.kind)
    }
  }

  /// Whether the PBX has refused it before, or has another object under its number, whatever values the entry has by now.
  private func asksAgain(_ change: Change) -> Bool {
    let key = change.call.key
    let refusal = input.refusals[key]
    return refusal?.item == change.call.item || refusal?.answer.status == .taken || input.knownForeign[key] != nil
  }

  private func passed(
    _ limits: ChangeLimits, by members: [Approval.Member], _ action: HeldSet.Action, _ kind: ObjectKind
  ) -> String? {
    // What a few entries, or a part of them, lead to is a part of what is held.
    if !input.reading.isComplete, members.contains(where: { input.undecided.contains($0.key) }) {
      return "\(kind.counted(members.count)) due for \(action.rawValue), and more were held by a complete read"
    }
    let keys = Set(members.map(\.key))
    let recent = (input.recent[action] ?? [:]).filter { $0.key.kind == kind }.reduce(0) { count, recent in
      count + recent.value.made + (recent.value.isOpen && !keys.contains(recent.key) ? 1 : 0)
    }
    let owned = input.count(of: kind)
    guard let limit = limits.passed(by: members.count + recent, of: owned) else { return nil }
    let share = limit.hasPrefix("max_percent") ? " of \(owned)" : ""
    let before =
      recent == 0
      ? "" : ", and \(recent) \(recent == 1 ? "was" : "were") in the last \(ChangeLimits.window / 60) minutes"
    return "\(kind.counted(members.count)) due for \(action.rawValue)\(share)\(before), more than \(limit)"
  }

  /// Whether the entry had an object of the kind that was removed, and has none: it was gone, disabled or without a number. Who
  /// has one gets another number.
  private func isBack(_ member: Approval.Member) -> Bool {
    let claimant = NumberClaims.Claimant(entry: member.entry, kind: member.key.kind)
    return formerHolders.contains(claimant) && !input.holders.contains(claimant)
  }

  /// Why so many who had left don't come back unasked: those limits hold that let no more of them leave.
  private func passed(by back: [Approval.Member], _ kind: ObjectKind) -> String? {
    guard let limit = exceededByCrowd(back.count, kind) else { return nil }
    return
      "\(kind.counted(back.count)) due for addition whose entries had left or were disabled before, more than \(limit) of "
      + "[removal]: an access rule that hides the disabled state of accounts has the same effect"
  }

  /// The additions and updates that give an entry another extension in place of one that it has. The old one is removed once it is
  /// due, so many of them are as costly as many removals.
  private func renumbered(among members: [Approval.Member]) -> [Approval.Member] {
    let new = members.filter { input.owned[$0.key]?.entry != $0.entry }
    let entries = Set(new.map(\.entry))
    if entries.isEmpty { return [] }
    let kept = input.wanted.reduce(into: [EntryID: Set<String>]()) { numbers, wanted in
      guard wanted.item.kind == .extension, entries.contains(wanted.entry) else { return }
      numbers[wanted.entry, default: []].insert(wanted.item.number)
    }
    let losing = Set(
      input.owned.values.lazy.filter { object in
        object.key.kind == .extension && kept[object.entry]?.contains(object.key.number) == false
      }.map(\.entry))
    return new.filter { losing.contains($0.entry) }
  }

  /// The limit of removals that so many pass, unless there are too few objects for a share.
  private func exceededByCrowd(_ count: Int, _ kind: ObjectKind) -> String? {
    let owned = input.count(of: kind)
    return owned >= ChangeLimits.smallestCrowd ? input.policy.removal.passed(by: count, of: owned) : nil
  }

  private func parted(
    _ changes: [Change], _ reasons: [Approval.Member: Verdict], _ texts: [String]
  ) -> Judgement {
    let (kept, withheld) = applyingBackoff(from: changes) { reasons[Approval.Member($0)] }
    var judgement = Judgement(kept: kept)
    var sets: [[HeldObject]] = texts.map { _ in [] }
    var dependents: [[HeldObject]] = texts.map { _ in [] }
    var shapes: [(HeldSet.Action, ObjectKind)?] = texts.map { _ in nil }
    for (change, reason) in withheld {
      let isMember = reasons[Approval.Member(change)] != nil
      switch reason {
      case .rejected where isMember: judgement.rejected.append(HeldObject(change))
      case .rejected: judgement.blocked.append(change)
      case .unproven(let unproven): judgement.unasked.append((change, unproven))
      case .held(let index) where isMember:
        sets[index].append(HeldObject(change))
        shapes[index] = (change.heldAction, change.call.key.kind)
      case .held(let index): dependents[index].append(HeldObject(change))
      }
    }
    judgement.held = texts.indices.compactMap { index -> HeldSet? in
      guard let (action, kind) = shapes[index] else { return nil }
      return HeldSet(
        action, of: kind, objects: sets[index].sorted { $0.key < $1.key }, owned: input.count(of: kind),
        limit: texts[index], dependents: dependents[index])
    }
    return judgement
  }

  // MARK: - Freezes

  /// Parts the changes that may be made from those that wait for the end of a freeze: all of them, also those that an admin approved.
  func judgeFreeze(of changes: [Change]) -> (kept: [Change], frozen: [Change]) {
    input.freeze == nil ? (changes, []) : ([], changes)
  }

  // MARK: - Approvals

  /// Approved changes that are no longer wanted, or whose table is too old by now. Only a complete read can tell.
  func lapsed(_ absent: some Sequence<ManagedObject>, _ changes: [Change]) -> [Approval.Member] {
    let approved = Set(input.approvals.flatMap(\.members))
    guard input.reading.isComplete, !approved.isEmpty else { return [] }
    let due = Set(
      absent.filter(isApproved).map { Approval.Member($0.key, $0.entry) }
        + changes.map { Approval.Member($0).ofAnyEntry })
    return approved.filter { !due.contains($0.ofAnyEntry) }.sorted {
      ($0.key, $0.action.rawValue) < ($1.key, $1.action.rawValue)
    }
  }
}

extension Int {
  /// Why so many of a set stay held although they are no longer too many.
  func waitingText(_ action: HeldSet.Action, _ kind: ObjectKind) -> String {
    "\(kind.counted(self)) due for \(action.rawValue), held with others before: a decision is still needed"
  }
}

extension ObjectKind {
  /// "1 extension is", "3 extensions are".
  func counted(_ count: Int) -> String {
    count == 1 ? "1 \(rawValue) is" : "\(count) \(rawValue)s are"
  }
}
