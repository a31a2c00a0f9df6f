package import Domain
package import Reconcile

/// A run in progress, as `Sync/RunInProgress.swift` makes it: the plan, its commits one after another, then change by change.
///
/// The changes are made in the order of the plan; the program may make independent ones at the same time.
package struct RunModel: Hashable {
  package enum Stage: Hashable {
    /// The plan is made, and nothing is stored.
    case planned
    case updatesRecorded
    case searchChangesRecorded
    case holdsRecorded
    /// The read is recorded, and the changes are made.
    case executing
  }

  package var stage = Stage.planned
  /// The number of the plan in the pool of plans.
  package let plan: UInt32
  /// The position of the next change.
  package var next = 0
  /// The positions of the changes that were made.
  package var done: Set<Int> = []
  /// Objects whose change failed, for back-off.
  package var failures: [ObjectKey: ChangeFailure] = [:]
  /// Objects that turned out to be lost and weren't added again.
  package var losses: Set<ObjectKey> = []
  /// What is known about probes; nil if nothing yet.
  package var presence: LedgerModel.Knowledge?
  package var current: ChangeInProgress?
  package var isKeyRefused = false
  package var hasSent = false

  package init(plan: UInt32) { self.plan = plan }
}

/// What a run plans from: a read and its plan.
package struct PlannedRun: Hashable {
  package let reading: ReadResult
  package let search: Int
  package let plan: Plan
}

/// One change being made, as `Executor/PlanExecutor+Change.swift` makes it, between two of its requests.
///
/// The settlement is the program's own. It isn't stored: `inputs` leads to the same one.
package struct ChangeInProgress: Hashable {
  /// What a settlement was told.
  package enum Input: Hashable {
    case presence(Presence)
    case answer(Call, CallResult)
  }

  package var change: Change
  /// The probes that the settlement may use.
  package var forms: Set<ProbeForm> = []
  /// Whether a probe may have created the extension.
  package var mayBeProbed = false
  package var inputs: [Input] = []
  package var intents: [Int64] = []
  package var intended: Set<Call> = []
  package var attempt = 0
  package var last: Call?
  package var answer = CallResult(.notSent)
  package var isCertain = false
  package var wasLost = false
  /// Before the next request: the call, or the probe.
  package var request: Request?
  /// The answer that nothing has been concluded from yet.
  package var seen: CallResult?
  package var outcome: Outcome?
  package var mails = 0
  /// Requests without a known result that may have sent a mail.
  package var mailsInDoubt = 0
  /// The part of them that were updates.
  package var updatesInDoubt = 0

  package init(_ change: Change) { self.change = change }

  package enum Request: Hashable {
    case call(Call)
    case probe(Probing)
  }

  /// Probes of one number, form by form (Executor/PresenceMemory.swift).
  package struct Probing: Hashable {
    package enum Purpose: Hashable { case beforeAdd, settleFirst, settleLater, learn }

    package let purpose: Purpose
    package var forms: [ProbeForm]
    /// What each form that was tried has shown.
    package var shown: [ProbeForm: Presence] = [:]
    package var attempt = 0
    package var wasLost = false
  }

  /// The call that leaves next.
  package var call: Call? {
    switch request {
    case .call(let call): call
    case .probe(let probing): probing.forms.first.map { .addExtension($0.item(change.call.key.number)) }
    case nil: nil
    }
  }

  /// The settlement after all that it was told, with its last step.
  package var settlement: (value: Settlement, step: Settlement.Step) {
    var settlement = Settlement(change, at: LedgerModel.now, probing: forms)
    if mayBeProbed {
      settlement.markInDoubt(mayHave: ProbeForm.allCases.map { .extension($0.item(change.call.key.number)) })
    }
    var step = settlement.begin()
    for input in inputs {
      switch input {
      case .presence(let presence): step = settlement.next(seen: presence)
      case .answer(let call, let answer): step = settlement.next(after: call, answer)
      }
    }
    return (settlement, step)
  }
}
