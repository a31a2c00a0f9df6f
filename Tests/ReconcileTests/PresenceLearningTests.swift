import Domain
import Reconcile
import Testing

/// Whether a PBX reveals taken numbers by calls that must be refused.
@Suite(.timeLimit(.minutes(15))) struct `A probe` {
  @Test(arguments: [
    (
      before: [ProbeForm.name: Presence.free, .email: .free], after: [ProbeForm.name: Presence.taken, .email: .taken],
      verdict: PresenceLearning.Verdict.reveals(.name)
    ),
    ([.name: .free, .email: .free], [.name: .free, .email: .taken], .reveals(.email)),
    ([.name: .free, .email: .free], [.name: .free, .email: .free], .revealsNothing),
    ([.name: .free, .email: .free], [.name: .taken], .reveals(.name)),
    ([.name: .unknown, .email: .free], [.email: .free], .unknown),
    ([.name: .free, .email: .free], [.name: .unknown, .email: .free], .unknown),
  ])
  func `reveals taken numbers if it shows "free" before an add and "taken" once the number was taken`(
    before: [ProbeForm: Presence], after: [ProbeForm: Presence], verdict: PresenceLearning.Verdict
  ) {
    var learning = PresenceLearning()
    for (form, presence) in before { learning.record(presence, beforeAddBy: form) }
    #expect(learning.verdict(after: after) == verdict)
  }

  @Test(arguments: [
    (ProbeForm.name, CallResult(.taken, errorCode: "EXTENSION_EXIST"), Presence.taken),
    (.name, CallResult(.refused, errorCode: "FNAME_INVALID"), .free),
    (.name, CallResult(.refused, errorCode: "INVALID_EMAIL"), .unknown),
    (.email, CallResult(.refused, errorCode: "invalid_email"), .free),
    (.email, CallResult(.accepted), .created), (.name, CallResult(.notUnderstood, errorCode: "NEW"), .unknown),
    (.name, CallResult(.unanswered), .unknown), (.name, CallResult(.failed, errorCode: "500"), .unknown),
  ])
  func `shows by its own error code alone that a number is free`(
    form: ProbeForm, answer: CallResult, presence: Presence
  ) {
    #expect(form.presence(by: answer) == presence)
  }

  @Test func `holds for a day, and for the PBX that it was learned from`() {
    let known = PresenceKnowledge(url: "a", server: "IIS", form: .name, learnedAt: 100)
    #expect(known.holds(for: "a", at: 100) && known.holds(for: "a", at: 86_499))
    #expect(!known.holds(for: "b", at: 100) && !known.holds(for: "a", at: 86_500) && !known.holds(for: "a", at: 99))
  }
}
