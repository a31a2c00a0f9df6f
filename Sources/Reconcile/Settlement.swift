public import Domain

/// Decides which call of a change follows which answer, until the change ends.
///
/// Only this type defines the meaning of a call in doubt and how it is settled:
///
/// | in doubt         | found out by                                   | because |
/// |------------------|------------------------------------------------|---------|
/// | add extension    | the same add; `EXTENSION_EXIST` means ours where the number was seen to be free right before the add, and unproven otherwise | it mails nobody who is there already |
/// | update extension | the same update; one that mails somebody once, and no more in the same run | nothing can be read; it is unavoidable, and each may be a mail |
/// | delete extension | in the same run the same delete; not found means done | |
/// | the same, in a later run | a probe: free means done; taken, or no form that tells: unproven | somebody may have made the number by hand since it was free |
/// | the same, wanted again | an add; `EXTENSION_EXIST` means unproven | the same, and the add mails nobody |
/// | add contact      | an update of the same number; none: an add     | a second add may make a duplicate |
/// | update contact   | the update by the new number, then by each one that it may be known by; none: an add | it is known by one of them |
/// | delete contact   | the same delete by each number; not found means done | |
///
/// A number was seen to be free where a probe said so that says "taken" now, where its object was deleted by the change
/// before, or where an update found none.
public struct Settlement: Sendable {
  public enum Step: Hashable, Sendable {
    /// Make this call now.
    case follow(Call)
    /// A transient fault: make this call after a pause, or give up with `outcomeIfStopped`.
    case retry(Call)
    /// Probe the number in these forms, and go on with `next(seen:)`.
    case probe(Set<ProbeForm>)
    case end(Outcome)
    /// The key is bad: end with this outcome and send nothing more in this run.
    case stop(Outcome)

    /// The outcome of the last step; nil for all other steps.
    public var outcome: Outcome? {
      switch self {
      case .end(let outcome), .stop(let outcome): outcome
      case .follow, .retry, .probe: nil
      }
    }
  }

  private let change: Change
  private let now: Timestamp
  /// Whether the PBX may hold the object of an earlier call in doubt.
  private var isInDoubt: Bool
  /// Whether an update found that the PBX doesn't have the managed object.
  private var isMissing = false
  /// Whether the PBX's object under the number may be foreign and adopted.
  private var mayBeForeign: Bool
  /// Whether any object that has the number from now on is managed: the number was seen to be free, or its object to be
  /// managed. Ends with the run: somebody may create the number by hand before the next.
  public private(set) var isProof: Bool
  /// The probes that can check the number: those that reported it free right before the add, or the known one.
  private var forms: Set<ProbeForm>
  /// The answer that can't be judged before the number is probed.
  private var pending: (call: Call, answer: CallResult)?
  /// The values that the object may have if it turns out to exist.
  private var possible: Set<PBXObject>
  /// Whether an update that sends a mail was repeated, or will be by the first call: a PBX that lost two answers may lose each.
  private var isUpdateRepeated: Bool
  /// Numbers that the contact may have on the PBX, the likeliest last. Each stays until an answer shows that it isn't there.
  private var knownNumbers: [String]

  /// - Parameters:
  ///   - now: the time for the ledger's records.
  ///   - forms: before an add the probes that have just shown the number as free; before a delete the form that reveals taken numbers.
  public init(_ change: Change, at now: Timestamp, probing forms: Set<ProbeForm> = []) {
    self.change = change
    self.now = now
    self.forms = forms
    isInDoubt = !change.settles.isEmpty
    mayBeForeign = change.adopts && change.settles.isEmpty
    // The evidence of an earlier run no longer counts: somebody may have created the object by hand since.
    isProof = change.isNumberFreed
    possible = Set([change.before?.item].compactMap(\.self) + change.settles.compactMap(\.call.item))
    isUpdateRepeated = change.mayRepeatMail
    knownNumbers = Self.knownNumbers(change)
  }

  /// How the change ends if nothing more is sent. A managed object that the PBX turned out not to have stays in doubt until it is added
  /// again, because the ledger still has it.
  public var outcomeIfStopped: Outcome { isInDoubt || isMissing ? .inDoubt : .undone }

  /// The first step.
  public mutating func begin() -> Step {
    guard isInDoubt else { return .follow(change.call) }
    if change.call.key.kind == .contact { return .follow(knownNumbers.last.map(call(knownAs:)) ?? change.call) }
    let mayBeGone = change.settles.contains { $0.call.action == .delete }
    guard change.call.action == .delete, mayBeGone else { return .follow(change.call) }
    return forms.isEmpty ? .end(unknownOutcome) : .probe(forms)
  }

  /// The step after a probe of the number.
  public mutating func next(seen presence: Presence) -> Step {
    guard let (call, answer) = pending else {
      return switch presence {
      case .free: .end(.gone(change.call.key))
      case .taken: .end(unknownOutcome)
      // The number was free, so the probe created the object.
      case .created: .follow(change.call)
      case .unknown: .end(.inDoubt)
      }
    }
    pending = nil
    forms = []
    isProof = presence == .taken
    return next(after: call, answer)
  }

  /// The outcome of a delete in doubt of an earlier run if nothing shows whether the object was deleted.
  private var unknownOutcome: Outcome {
    change.before.map { .unproven($0.unproven(.answerLost, since: now)) } ?? .inDoubt
  }

  /// Marks the change as left in doubt by an earlier request: a batch, or a probe that may have created the object.
  ///
  /// - Parameters:
  ///   - isTaken: whether the PBX reported a number of the batch as taken: then nothing proves the owner of any of them.
  ///   - items: the values that the object has if a probe created it.
  public mutating func markInDoubt(isTaken: Bool = false, mayHave items: [PBXObject] = []) {
    isInDoubt = true
    possible.formUnion(items)
    if isTaken { (isProof, forms) = (false, []) }
    change.call.item.map { _ = possible.insert($0) }
  }

  /// The step after `answer` to `call`.
  public mutating func next(after call: Call, _ answer: CallResult) -> Step {
    switch answer.status {
    case .accepted: return .end(outcome(ofAccepted: call))
    case .absent: return step(afterAbsent: call)
    case .taken: return step(afterTaken: call, answer)
    case .refused: return step(afterRefused: call, answer)
    // Nothing was sent, and a larger max_query_bytes may let it through.
    case .tooLong: return .end(outcomeIfStopped)
    case .badKey: return .stop(outcomeIfStopped)
    case .notSent: return .retry(call)
    case .notUnderstood: return .end(.inDoubt)
    // "Failed" may come from a proxy in between, after the PBX has made the change.
    case .failed, .unanswered:
      let step = step(afterLost: call)
      if call.mailsAgain, isUpdateRepeated { return .end(.inDoubt) }
      isUpdateRepeated = isUpdateRepeated || call.mailsAgain
      return step
    }
  }

  private func outcome(ofAccepted call: Call) -> Outcome {
    guard let item = call.item else { return .gone(change.call.key) }
    return holds(item, asAdopted: change.adopts && call.action == .update && !isProof)
  }

  private func holds(_ item: PBXObject, asAdopted isAdopted: Bool = false) -> Outcome {
    let ownership = change.before?.ownership ?? (isAdopted ? .adopted : .created)
    let replaced = change.before.map(\.key).flatMap { $0 == item.key ? nil : $0 }
    // Until a read shows that the entry wants it again, a removal that was reverted counts as not decided.
    let isBroughtBack = if case .undone = change.cause { change.before == nil } else { false }
    let absence = isBroughtBack ? Absence(.missing, since: now, reads: 0, change: Absence.undone) : nil
    return .holds(
      ManagedObject(item, entry: change.entry, dn: change.dn, ownership: ownership, absence: absence),
      replacing: replaced)
  }

  private mutating func step(afterAbsent call: Call) -> Step {
    switch call.action {
    case .update:
      if case .updateContact(_, let registered) = call { knownNumbers.removeAll { $0 == registered } }
      if let knownNumber = knownNumbers.last { return .follow(self.call(knownAs: knownNumber)) }
      isInDoubt = false
      isMissing = change.before != nil
      mayBeForeign = false
      isProof = true
      possible = []
      return change.call.item.map { .follow(.add($0)) } ?? .end(.inDoubt)
    case .delete:
      knownNumbers.removeAll { $0 == call.key.number }
      if let knownNumber = knownNumbers.last { return .follow(self.call(knownAs: knownNumber)) }
      return .end(.gone(change.call.key))
    // The vendor's page has no such answer to an add.
    case .add: return .end(.inDoubt)
    }
  }

  private mutating func step(afterTaken call: Call, _ answer: CallResult) -> Step {
    guard let item = call.item, call.action == .add else { return .end(.inDoubt) }
    // While foreign objects are adopted, "taken" doesn't show the owner, so the values are unknown.
    if change.adopts && (mayBeForeign || isInDoubt && !isProof) { return .follow(.update(item, knownAs: item.number)) }
    // Without a call in doubt the object is foreign.
    guard isInDoubt || change.unproven != nil else { return .end(refusal(item, answer)) }
    if !isProof, !forms.isEmpty {
      // Only a form that shows "taken" now was right when it showed "free".
      pending = (call, answer)
      return .probe(forms)
    }
    guard isProof else {
      let object = ManagedObject(item, entry: change.entry, dn: change.dn).unproven(.answerLost, since: now)
      return .end(.unproven(change.unproven ?? object))
    }
    return possible == [item] ? .end(holds(item)) : .follow(.update(item, knownAs: item.number))
  }

  private func step(afterRefused call: Call, _ answer: CallResult) -> Step {
    guard let item = call.item ?? change.before?.item else { return .end(.inDoubt) }
    // Other values may have been accepted by a call whose answer was lost. Before an add, which check comes first isn't known, so the object
    // may be there with its earlier values too.
    let others = possible.subtracting(call.action == .add ? [item] : [item, change.before?.item].compactMap(\.self))
    if isInDoubt, !others.isEmpty { return .end(.inDoubt) }
    return .end(refusal(item, answer))
  }

  private func refusal(_ item: PBXObject, _ answer: CallResult) -> Outcome {
    .refused(Refusal(item, entry: change.entry, answer: answer, since: now))
  }

  private mutating func step(afterLost call: Call) -> Step {
    isInDoubt = true
    guard let item = call.item else { return .retry(call) }
    possible.insert(item)
    guard call.key.kind == .contact else { return .retry(call) }
    // From now on the contact may exist, or have its new number, so an update comes first. The earlier numbers are kept.
    knownNumbers.removeAll { $0 == item.number }
    knownNumbers.append(item.number)
    return .retry(.update(item, knownAs: item.number))
  }

  private func call(knownAs number: String) -> Call {
    change.call.item.map { .update($0, knownAs: number) } ?? .delete(ObjectKey(.contact, number))
  }

  /// The numbers that a contact may have on the PBX, the likeliest last; empty for a new contact.
  private static func knownNumbers(_ change: Change) -> [String] {
    guard change.call.key.kind == .contact else { return [] }
    var numbers = [change.before?.item.number].compactMap(\.self)
    for inDoubtCall in change.settles {
      if case .updateContact(_, let registered) = inDoubtCall.call { numbers.append(registered) }
      numbers.append(inDoubtCall.call.key.number)
    }
    switch change.call {
    case .updateContact(_, let registered) where change.settles.isEmpty: numbers.append(registered)
    case .deleteContact(let number) where change.settles.isEmpty: numbers.append(number)
    default: break
    }
    var seen: Set<String> = []
    return numbers.reversed().filter { seen.insert($0).inserted }.reversed()
  }
}
