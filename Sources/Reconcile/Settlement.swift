public import Domain

/// Follows one change to its end: which call comes after which answer.
///
/// This is the one place that says what an in-doubt call means and how it is settled:
///
/// | in doubt         | found out by                                   | because |
/// |------------------|------------------------------------------------|---------|
/// | add extension    | the same add; `EXTENSION_EXIST` means ours     | it mails nobody who is there already |
/// | update extension | the same update                                | nothing can be read; it is unavoidable |
/// | delete extension | the same delete; not found means done          | |
/// | the same, wanted again | an add; `EXTENSION_EXIST` means still there | it mails nobody who is there still |
/// | add contact      | an update of the same number; none: an add     | a second add may make a duplicate |
/// | update contact   | the update by the new number, then by the old one; none: an add | it is known by one of them |
/// | delete contact   | the same delete by each number; not found means done | |
public struct Settlement: Sendable {
  public enum Step: Hashable, Sendable {
    /// Make this call now.
    case follow(Call)
    /// A passing fault: make this call after a pause, or give up with `outcomeIfStopped`.
    case retry(Call)
    case end(Outcome)
    /// The key is bad: end with this outcome and send nothing more in this run.
    case stop(Outcome)

    /// How it ended, where it has.
    public var outcome: Outcome? {
      switch self {
      case .end(let outcome), .stop(let outcome): outcome
      case .follow, .retry: nil
      }
    }
  }

  private let change: Change
  private let now: Seconds
  /// Whether the PBX may hold what an earlier call of ours asked for.
  private var inDoubt: Bool
  /// Whether what the PBX has under the number may be somebody else's that we take over.
  private var mayBeForeign: Bool
  /// The values that the object has if it turns out to be there.
  private var assumed: Item?
  /// Numbers by which the PBX may know the contact, not tried yet.
  private var aliases: [String]

  /// - Parameter now: seconds since 1970, for what the ledger is to remember.
  public init(_ change: Change, at now: Seconds) {
    self.change = change
    self.now = now
    inDoubt = !change.settles.isEmpty
    mayBeForeign = change.adopts && change.settles.isEmpty
    let lastDoubt = change.settles.last
    assumed = lastDoubt?.call.verb == .delete ? change.before?.item : lastDoubt?.call.item
    aliases = Self.aliases(change)
  }

  /// How the change ends if nothing more is sent.
  public var outcomeIfStopped: Outcome { inDoubt ? .inDoubt : .undone }

  /// The call to begin with.
  public mutating func begin() -> Call {
    guard change.call.key.kind == .contact, let alias = aliases.popLast() else { return change.call }
    return call(knownAs: alias)
  }

  /// A batch of which this change was a part left it in doubt.
  public mutating func doubtBatch() {
    inDoubt = true
    assumed = change.call.item
  }

  /// What comes after `answer` to `call`.
  public mutating func next(after call: Call, _ answer: Answer) -> Step {
    switch answer.verdict {
    case .accepted: return .end(accepted(call))
    case .absent: return absent(call, answer)
    case .taken: return taken(call, answer)
    case .refused: return refused(call, answer)
    // Nothing was sent, and a larger max_query_bytes may let it through.
    case .tooLong: return .end(outcomeIfStopped)
    case .badKey: return .stop(outcomeIfStopped)
    case .notSent: return .retry(call)
    case .notUnderstood: return .end(.inDoubt)
    case .failed, .unanswered: return doubtful(call)
    }
  }

  private func accepted(_ call: Call) -> Outcome {
    guard let item = call.item else { return .gone(change.call.key) }
    return holds(item, asAdopted: mayBeForeign && call.verb == .update)
  }

  private func holds(_ item: Item, asAdopted isAdopted: Bool = false) -> Outcome {
    let ownership = change.before?.ownership ?? (isAdopted ? .adopted : .created)
    let replaced = change.before.map(\.key).flatMap { $0 == item.key ? nil : $0 }
    return .holds(Owned(item, entry: change.entry, dn: change.dn, ownership: ownership), replacing: replaced)
  }

  private mutating func absent(_ call: Call, _ answer: Answer) -> Step {
    switch call.verb {
    case .update:
      if let alias = aliases.popLast() { return .follow(self.call(knownAs: alias)) }
      inDoubt = false
      mayBeForeign = false
      return change.call.item.map { .follow(.add($0)) } ?? .end(.inDoubt)
    case .delete:
      if let alias = aliases.popLast() { return .follow(self.call(knownAs: alias)) }
      return .end(.gone(change.call.key))
    // The page knows no such answer to an add.
    case .add: return .end(.inDoubt)
    }
  }

  private mutating func taken(_ call: Call, _ answer: Answer) -> Step {
    guard let item = call.item, call.verb == .add else { return .end(.inDoubt) }
    // Where foreign objects are taken over, "taken" doesn't tell whose it is, so its values aren't known.
    if change.adopts && (inDoubt || mayBeForeign) { return .follow(.update(item, knownAs: item.number)) }
    // Without a doubt of ours the object is somebody else's.
    guard inDoubt else { return .end(refusal(item, answer)) }
    return assumed == item ? .end(holds(item)) : .follow(.update(item, knownAs: item.number))
  }

  private mutating func refused(_ call: Call, _ answer: Answer) -> Step {
    // "Illegal value" may be this PBX's way to say that it knows no such number; the add that follows finds out.
    if inDoubt, call.key.kind == .contact, call.verb == .update, answer.errorCode == "PHONE_NUMBER_INVALID" {
      return absent(call, answer)
    }
    guard let item = call.item ?? change.before?.item else { return .end(.inDoubt) }
    return .end(refusal(item, answer))
  }

  private func refusal(_ item: Item, _ answer: Answer) -> Outcome {
    .refused(Refusal(item, entry: change.entry, answer: answer, since: now))
  }

  private mutating func doubtful(_ call: Call) -> Step {
    inDoubt = true
    assumed = call.item ?? assumed
    guard let item = call.item, call.key.kind == .contact else { return .retry(call) }
    // From here on the contact may be there already, or by its new number: begin again with an update.
    aliases = Self.aliases(change)
    if case .updateContact(_, let registered) = call, registered != item.number, !aliases.contains(registered) {
      aliases.insert(registered, at: 0)
    }
    aliases.removeAll { $0 == item.number }
    return .retry(.update(item, knownAs: item.number))
  }

  private func call(knownAs number: String) -> Call {
    change.call.item.map { .update($0, knownAs: number) } ?? .delete(Key(.contact, number))
  }

  /// The numbers that a contact may be known by, the likeliest last. Empty where there is no doubt about it.
  private static func aliases(_ change: Change) -> [String] {
    guard change.call.key.kind == .contact, !change.settles.isEmpty else { return [] }
    var numbers = [change.before?.item.number].compactMap(\.self)
    for doubt in change.settles {
      if case .updateContact(_, let registered) = doubt.call { numbers.append(registered) }
      numbers.append(doubt.call.key.number)
    }
    var seen: Set<String> = []
    return numbers.reversed().filter { seen.insert($0).inserted }.reversed()
  }
}
