package import Domain

/// A rule of the design that holds in every state.
package enum Invariant: String, CaseIterable {
  case foreignUntouched
  case unprovenUntouched
  case removalNeedsReads
  case removalNeedsGrace
  case removalsAreLimited
  case changedSearchRemovesNobody
  case handoverNeedsRead
  case contactOnce
  case mailsAreBounded
  case nothingAfterBadKey
  case quietWhenSettled
  case nothingInDoubtForEver
  case equalAtRest
  case ledgerIsConsistent

  /// The rule, in a sentence.
  package var rule: String {
    switch self {
    case .foreignUntouched: "No object that somebody made by hand is changed or deleted, unless an admin adopted it."
    case .unprovenUntouched:
      "What can't be proved to be managed is never updated or deleted until it is adopted or proved."
    case .removalNeedsReads: "An object is removed only after complete reads that didn't find its entry."
    case .removalNeedsGrace: "An object is removed only after its grace period."
    case .removalsAreLimited: "No more objects are removed unasked in a day than the limit allows."
    case .changedSearchRemovesNobody:
      "Who is first missing when the search settings have changed is kept until an admin approves the removal."
    case .handoverNeedsRead:
      "A number passes to another entry only if its holder was seen, or a complete read shows that it is gone."
    case .contactOnce: "No contact is made twice."
    case .mailsAreBounded: "A change sends one mail, and one more for each request in doubt."
    case .nothingAfterBadKey: "After a refused key nothing more is sent in the run."
    case .quietWhenSettled: "Where nothing has changed, nothing is sent."
    case .nothingInDoubtForEver: "Runs without faults settle every call in doubt."
    case .equalAtRest: "At rest the PBX equals the directory, but for the conflicts that are reported."
    case .ledgerIsConsistent: "Planning and settling leave one object a number in the ledger."
    }
  }
}

/// A state in which an invariant doesn't hold.
package struct Violation: Error {
  package let invariant: Invariant
  package let detail: String

  package init(_ invariant: Invariant, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }
}

/// What an observer outside of the program counts, independently of the ledger.
package struct Ghost: Hashable {
  package struct Miss: Hashable {
    /// The entry that had the object.
    package var entry: EntryID
    /// How many complete reads didn't want the object, at most as many as a removal needs.
    package var reads = 0
    /// How many days ago the first one was, at most one.
    package var days = 0
    /// Whether the entry was always seen as disabled: one read is enough then.
    package var isDisabled = false
    /// Whether the entry was missing in the last of them.
    package var isMissing = false
    /// Whether it went missing when the search settings had changed.
    package var isByChange = false
  }

  package var misses: [ObjectKey: Miss] = [:]
  /// What was removed in the last day without an approval.
  package var removals: Set<ObjectKey> = []

  package init() {}
}
