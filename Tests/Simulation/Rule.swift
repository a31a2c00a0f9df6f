/// A rule that pbxsyncd has broken.
package struct Violation: Error, Hashable, Sendable {
  package let rule: Rule
  package let detail: String

  init(_ rule: Rule, _ detail: String) {
    self.rule = rule
    self.detail = detail
  }
}

/// What must hold in every history.
package enum Rule: String, CaseIterable, Sendable {
  case foreignUntouched = "no object that somebody made by hand is changed or deleted"
  case nobodyLoses = "no entry that the directory shows loses an extension or a contact"
  case absenceIsProved = "an object is removed only after its grace period and enough complete reads"
  case removalsAreLimited = "no more removals in a day than the limit allows, unless an admin approved them"
  case oneNumber = "nobody gets a second number from a pool"
  case contactOnce = "no contact is there twice"
  case mailsAreBounded = "a person gets a mail for each change and for each lost answer, and no more"
  case nothingWithoutRead = "nothing is sent that no read of the directory showed"
  case ledgerOpens = "the ledger can be opened after every crash"
  case rejectionStands = "what an admin rejected isn't removed before its entry was found again"
  case nothingWhileFrozen = "nothing is sent during a freeze"
  case comesToRest = "without faults, after some days nothing is sent"
  case equalAtRest = "at rest the PBX has what the directory shows"
}
