import Domain

extension PlanGuard {
  /// Decides which due objects stay.
  ///
  /// - Returns: the held sets, and the objects whose removal an admin rejected.
  func judge(removals due: [ManagedObject]) -> (held: [HeldSet], rejected: [ManagedObject]) {
    let open = due.filter { !isApproved($0) }
    let rejected = open.filter { input.isRejected(Approval.Member($0.key, $0.entry)) }
    let rejectedKeys = Set(rejected.map(\.key))
    let held = ObjectKind.allCases.flatMap { kind -> [HeldSet] in
      let all = open.filter { $0.key.kind == kind && !rejectedKeys.contains($0.key) }
      // What was approved for another reason waits for this one only.
      let recreated = all.filter { object in
        let member = Approval.Member(object.key, object.entry)
        return input.recreated[object.key] != nil && (object.absence?.change == nil || input.isApproved(member))
      }
      let recreatedKeys = Set(recreated.map(\.key))
      let objects = all.filter { !recreatedKeys.contains($0.key) }
      let ordinary = objects.filter { $0.absence?.change == nil }
      let numbers = hiddenNumbers(among: ordinary)
      let lost = hiddenSources(among: ordinary, kind)
      let others = Set((numbers + lost.flatMap(\.value)).map(\.key))
      let hidden = lost.sorted { $0.key < $1.key }.map { hold(lost: $0.value, ofSource: $0.key, kind) }
      let held = [
        hold(revived: objects.filter { $0.absence?.isThereAgain == true }, kind),
        hold(restored: objects.filter { $0.absence?.isSinceRestore == true }, kind),
        hold(undone: objects.filter { $0.absence?.isSinceUndo == true }, kind),
        hold(changed: objects.filter { $0.absence.map { $0.change != nil && !$0.isByAdmin } == true }, kind),
        hold(recreated: recreated, kind),
        hold(numbers: numbers, kind),
        hold(many: ordinary.filter { !others.contains($0.key) }, kind),
      ]
      return hidden + held.compactMap(\.self)
    }
    return (held, rejected)
  }

  /// Whether the removal is approved. The approval of an object that a table showed again expires with the table: the number may have
  /// been created by hand since. Once the holder seems to be there again, with another ID, an admin must have known of that.
  func isApproved(_ object: ManagedObject) -> Bool {
    let member = Approval.Member(object.key, object.entry)
    return input.isApproved(member) && object.absence?.evidenceEnd.map { $0 > input.now } != false
      && (input.recreated[object.key] == nil
        || input.approvals.contains { $0.cause == .recreated && $0.members.contains(member) })
  }

  /// Holds removed objects that are there again, even a single one: a table shows the PBX's objects of the time when it was written.
  private func hold(revived objects: [ManagedObject], _ kind: ObjectKind) -> HeldSet? {
    if objects.isEmpty { return nil }
    let removed = objects.count == 1 ? "1 \(kind.rawValue) was" : "\(objects.count) \(kind.rawValue)s were"
    return HeldSet(
      of: kind, because: .revived, objects: objects.map(HeldObject.init(removing:)), owned: input.count(of: kind),
      limit: "\(removed) removed, and an audit showed \(objects.count == 1 ? "it" : "them") again")
  }

  /// Holds objects that an older ledger calls managed and that no entry wants, even a single one: an object may have been removed since,
  /// and be foreign by now.
  private func hold(restored objects: [ManagedObject], _ kind: ObjectKind) -> HeldSet? {
    if objects.isEmpty { return nil }
    let (verb, pronoun) = objects.count == 1 ? ("isn't", "it") : ("aren't", "they")
    return HeldSet(
      of: kind, because: .restored, objects: objects.map(HeldObject.init(removing:)), owned: input.count(of: kind),
      limit:
        "\(counted(objects.count, kind.rawValue)) \(verb) wanted, and since an older ledger was restored nothing shows whether "
        + "\(pronoun) had been removed before: look at the PBX first")
  }

  /// Holds objects that an undo brought back and that no entry wants, even a single one: what caused the wrong removal may still be there.
  private func hold(undone objects: [ManagedObject], _ kind: ObjectKind) -> HeldSet? {
    if objects.isEmpty { return nil }
    let verb = objects.count == 1 ? "isn't" : "aren't"
    return HeldSet(
      of: kind, because: .undone, objects: objects.map(HeldObject.init(removing:)), owned: input.count(of: kind),
      limit:
        "\(counted(objects.count, kind.rawValue)) \(verb) wanted since an undo reverted the removal: correct its cause first"
    )
  }

  /// Holds the objects of entries that are missing since the search settings changed, even a single one and however long ago.
  private func hold(changed objects: [ManagedObject], _ kind: ObjectKind) -> HeldSet? {
    if objects.isEmpty { return nil }
    let changes = Set(objects.compactMap(\.absence?.change)).compactMap { input.searchChanges[$0] }
      .sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    let texts = changes.isEmpty ? ["the search settings have changed"] : changes.map(\.text)
    let entries = objects.count == 1 ? "entry" : "entries"
    return HeldSet(
      of: kind, because: .settings, objects: objects.map(HeldObject.init(removing:)), owned: input.count(of: kind),
      limit:
        "\(counted(objects.count, kind.rawValue)) whose \(entries) no source finds since \(texts.joined(separator: "; "))",
      changes: changes)
  }

  /// Holds the objects of missing or disabled entries that look like present ones, which can't take them over now, even a single one: a
  /// person who is there would lose the extension.
  private func hold(recreated objects: [ManagedObject], _ kind: ObjectKind) -> HeldSet? {
    if objects.isEmpty { return nil }
    let names = Set(objects.flatMap { input.recreated[$0.key] ?? [] }).sorted()
    let states = Set(objects.map { $0.absence?.reason == .disabled ? "disabled" : "missing" }).sorted().reversed()
    return HeldSet(
      of: kind, because: .recreated, seeing: names, objects: objects.map(HeldObject.init(removing:)),
      owned: input.count(of: kind),
      limit:
        "\(kind.counted(objects.count)) due for removal whose entries are \(states.joined(separator: " or ")), but "
        + "\(names.listed(to: 5)) \(names.count == 1 ? "looks" : "look") like the same, created again with another ID, and "
        + "\(names.count == 1 ? "doesn't" : "don't") get \(objects.count == 1 ? "its number" : "these numbers")")
  }

  /// Holds second numbers that most entries with several would lose: the attribute is hidden or renamed.
  private func hold(numbers objects: [ManagedObject], _ kind: ObjectKind) -> HeldSet? {
    if objects.isEmpty { return nil }
    let entries = counted(Set(objects.map(\.entry)).count, "entry", "entries")
    return HeldSet(
      of: kind, because: .hiddenValues, objects: objects.map(HeldObject.init(removing:)), owned: input.count(of: kind),
      limit: "\(entries) of those with several numbers would lose some, "
        + "more than max_value_fall = \(input.policy.removal.maxValueFall); an access rule that hides the attribute, or a "
        + "renamed attribute, has the same effect")
  }

  /// The due objects of entries that lack a number like many others of their source, by the source's position in the configuration.
  private func hiddenSources(among due: [ManagedObject], _ kind: ObjectKind) -> [Int: [ManagedObject]] {
    let hidden = due.filter {
      $0.absence?.reason == .renumbered && input.hiddenNumberLimit(of: $0.entry, kind) != nil
    }
    return Dictionary(grouping: hidden) { input.reading.source(of: $0.entry, as: kind) ?? 0 }
  }

  /// Holds the objects of entries without a number if many entries of the source lack it: the attribute is hidden or renamed.
  private func hold(lost objects: [ManagedObject], ofSource source: Int, _ kind: ObjectKind) -> HeldSet {
    let share = input.numberLoss(of: kind).sources[source] ?? .init()
    let limit = input.numberLoss(of: kind).limit(ofSource: source, input.policy.removal) ?? ""
    let sourceText = input.policy.sourceText(source, kind)
    let entries = counted(share.lost + share.shown, "entry", "entries")
    return HeldSet(
      of: kind, because: .hiddenValues, objects: objects.map(HeldObject.init(removing:)), owned: input.count(of: kind),
      limit: "\(sourceText)\(share.lost) of \(entries) no longer show a number, more than \(limit); "
        + "an access rule that hides the attribute, or a renamed attribute, has the same effect")
  }

  /// The due contacts whose entries show fewer numbers than they have on the PBX, if that is so for most entries with several numbers.
  private func hiddenNumbers(among due: [ManagedObject]) -> [ManagedObject] {
    let fewer = due.filter { object in
      object.key.kind == .contact && input.reading.sighting(of: object.entry, as: .contact) == .mapped
    }
    if fewer.isEmpty { return [] }
    let numbers = input.owned.values.reduce(into: [EntryID: Int]()) { counts, object in
      if object.key.kind == .contact { counts[object.entry, default: 0] += 1 }
    }
    let shown = Dictionary(grouping: input.wanted.filter { $0.item.kind == .contact }, by: \.entry).mapValues(\.count)
    let several = shown.compactMap { entry, shown in
      numbers[entry].flatMap { $0 > 1 ? (entry: entry, isFewer: shown < $0) : nil }
    }
    let losers = Set(several.filter(\.isFewer).map(\.entry))
    return input.policy.removal.isHidden(lost: losers.count, of: input.totals?.severalContacts ?? several.count)
      ? fewer.filter { losers.contains($0.entry) } : []
  }

  private func hold(many objects: [ManagedObject], _ kind: ObjectKind) -> HeldSet? {
    if objects.isEmpty { return nil }
    let recent = (input.recent[.removal] ?? [:]).filter { $0.key.kind == kind }.values.reduce(0) { $0 + $1.made }
    let owned = input.count(of: kind)
    if let limit = passedLimit(objects.count, recent, of: owned, kind) {
      return HeldSet(of: kind, objects: objects.map(HeldObject.init(removing:)), owned: owned, limit: limit)
    }
    // What was held stays held until an admin decides, however few are left.
    let waiting = objects.filter { input.isUndecided(Approval.Member($0.key, $0.entry)) }
    if waiting.isEmpty { return nil }
    return HeldSet(
      of: kind, objects: waiting.map(HeldObject.init(removing:)), owned: owned,
      limit: waiting.count.waitingText(.removal, kind))
  }

  /// The exceeded limit as a clause; nil within the limits.
  ///
  /// - Parameter recent: how many objects were removed without an approval in the last 24 hours.
  private func passedLimit(_ count: Int, _ recent: Int, of owned: Int, _ kind: ObjectKind) -> String? {
    guard let limit = input.policy.removal.passed(by: count + recent, of: owned + recent) else { return nil }
    let share = limit.hasPrefix("max_percent") ? " of \(owned)" : ""
    let before = recent == 0 ? "" : ", and \(recent) \(recent == 1 ? "was" : "were") removed in the last 24 hours"
    return "\(kind.counted(count)) due for removal\(share)\(before), more than \(limit)"
  }
}
