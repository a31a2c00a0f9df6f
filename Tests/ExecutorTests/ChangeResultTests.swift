import Domain
import Journal
import Platform
import Testing

@testable import Executor

private func person(_ last: String, email: String = "") -> Extension {
  Extension(number: "1001", firstName: "Per", lastName: last, email: email)
}

private let before = ManagedObject(
  .extension(person("Holm", email: "per@example.com")), entry: EntryID("e"), dn: "uid=per")
private let after = ManagedObject(.extension(person("Halm")), entry: EntryID("e"), dn: "uid=per")
private let unproven = after.unproven(.answerLost, since: 1)

private func makeChange(
  _ call: Call, before: ManagedObject? = nil, cause: Change.Cause = .new, adopts: Bool = false
) -> Change {
  Change(call, before: before, entry: EntryID("e"), dn: "uid=per", cause: cause, adopts: adopts)
}

private let added = makeChange(.addExtension(person("Halm")))
private let updated = makeChange(.updateExtension(person("Halm")), before: before, cause: .changed)
private let deleted = makeChange(.deleteExtension(number: "1001"), before: before, cause: .gone(.missing))
private let adoption = makeChange(.updateExtension(person("Halm")), cause: .adopted, adopts: true)

private func refused(_ status: CallResult.Status) -> Outcome {
  .refused(Refusal(.extension(person("Halm")), entry: EntryID("e"), answer: CallResult(status), since: 1))
}

@Suite(.timeLimit(.minutes(5))) struct `The event of a change` {
  @Test func `is old and new of each field that it changes`() {
    let changeResult = ChangeResult(outcome: .holds(after, replacing: nil), answer: CallResult(.accepted))
    #expect(
      changeResult.event(of: updated).1
        == "Updated extension 1001, Per Halm: last_name Holm -> Halm, email per@example.com -> (empty)")
  }

  struct Row: Sendable {
    let change: Change
    let outcome: Outcome
    var answer = CallResult(.accepted)
    var wasLost = false
    let id: MessageID
    let word: String
    /// The beginning and the end of the text.
    let text: (String, String)
  }

  private static let holds = Outcome.holds(after, replacing: nil)
  private static let adopted = Outcome.holds(
    ManagedObject(after.item, entry: after.entry, dn: after.dn, ownership: .adopted), replacing: nil)
  private static let no = CallResult(.failed, errorCode: "500", message: "no")

  @Test(arguments: [
    Row(change: added, outcome: holds, id: .added, word: "done", text: ("Added extension 1001, Per Halm", "Halm")),
    Row(
      change: deleted, outcome: .gone(after.key), id: .deleted, word: "done",
      text: ("Deleted extension 1001, Per Holm", "Holm")),
    Row(
      change: adoption, outcome: adopted, id: .adopted, word: "done",
      text: ("Adopted extension 1001, Per Halm", "Halm")),
    Row(
      change: updated, outcome: adopted, id: .updated, word: "done",
      text: ("Updated extension 1001, Per Halm: last_name", "(empty)")),
    Row(
      change: updated, outcome: holds, wasLost: true, id: .pbxLostObject, word: "done",
      text: ("The PBX had lost extension 1001, Per Halm; added again; ", ChangeResult.lossRemedy)),
    Row(
      change: deleted, outcome: .gone(after.key), wasLost: true, id: .pbxLostObject, word: "done",
      text: ("The PBX had lost extension 1001, Per Holm, before it was to be deleted; ", ChangeResult.lossRemedy)),
    Row(
      change: added, outcome: .unproven(unproven), id: .objectUnproven, word: "unproven",
      text: ("Unproven: extension 1001, Per Halm: the answer to a call for", unproven.unprovenRemedy)),
    Row(
      change: added, outcome: refused(.taken), id: .foreignObject, word: "foreign",
      text: ("Skipped extension 1001: the PBX has a foreign one; if it belongs to the entry", "another number")),
    Row(
      change: makeChange(added.call, cause: .allocated(pool: "people")), outcome: refused(.taken), id: .foreignObject,
      word: "foreign",
      text: (
        "Skipped extension 1001: the PBX has a foreign one; the entry is to get",
        "another number of the pool"
      )),
    Row(
      change: added, outcome: refused(.refused), answer: no, id: .objectRefused, word: "refused",
      text: ("The PBX refused to add extension 1001: 500 no", "; change the value in the directory")),
    Row(
      change: deleted, outcome: .undone, answer: no, id: .changeFailed, word: "failed",
      text: ("Failed to delete extension 1001: 500 no", "no")),
    Row(
      change: updated, outcome: .inDoubt, answer: no, id: .changeInDoubt, word: "in-doubt",
      text: ("Result unknown: update extension 1001: 500 no; ", "the next run settles it")),
  ])
  func `says what was done, to which object, and what to do next`(row: Row) {
    let changeResult = ChangeResult(outcome: row.outcome, answer: row.answer, wasLost: row.wasLost)
    let (id, text) = changeResult.event(of: row.change)
    #expect(id == row.id && changeResult.word == row.word)
    #expect(text.hasPrefix(row.text.0) && text.hasSuffix(row.text.1), "\(text)")
  }

  @Test func `in doubt says when it is tried again, and by which command an update that may mail`() {
    let mailing = makeChange(.updateExtension(person("Halm", email: "per@example.com")), before: before)
    for (change, command) in [(updated, "\(pbxsyncd) --sync-now"), (mailing, "\(pbxsyncd) sync 1001 sends it now")] {
      let text = ChangeResult(outcome: .inDoubt, answer: Self.no).event(of: change, nextTry: 86_400).1
      #expect(text.contains(localTime(86_400)) && text.hasSuffix(command), "\(text)")
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `The cause of a change` {
  @Test func `is adoption under a taken number only if the change may adopt`() {
    let text = { (change: Change) in change.causeText }
    #expect(
      text(makeChange(added.call, cause: .wasTaken, adopts: true)).hasPrefix("adopted, as existing = \"adopt\" says"))
    #expect(text(makeChange(added.call, cause: .wasTaken)) == "new, under a number that was taken before")
    #expect(text(makeChange(added.call, adopts: true)).hasPrefix("new; if the PBX has it already, it is adopted"))
    #expect(text(added) == "new")
    #expect(text(makeChange(updated.call, before: before, cause: .wasTaken, adopts: true)).hasPrefix("new, under"))
  }

  @Test(arguments: [
    (Absence.Reason.missing, 1, "missing in 1 of 2 complete reads"), (.missing, 3, "missing in 3 complete reads"),
    (.renumbered, 2, "seen in 2 complete reads"), (.disabled, 1, ""),
  ])
  func `of a removal names its evidence and its earliest time`(reason: Absence.Reason, reads: Int, evidence: String) {
    let absence = Absence(reason, since: 60, reads: reads)
    #expect(
      absence.dueText(RemovalPolicy(completeReads: 2, after: 3600))
        == "since \(localTime(60))\(evidence.isEmpty ? "" : ", ")\(evidence), earliest removal \(localTime(3660))")
  }
}

@Suite(.timeLimit(.minutes(5))) struct `An unproven object` {
  @Test(arguments: [
    (Unproven.Reason.ledgerRestored, false, "; it is", true), (.pbxReplaced, false, "was replaced", true),
    (.ledgerRestored, true, "; an audit showed other values than those sent; it is", true),
    (.pbxReplaced, true, Unproven.strangeValues, true), (.answerLost, false, "was lost", false),
    (.lossDenied, false, "now reports the number as taken", false),
  ])
  func `is reported with its reason, and with a proof by a table if its values are known`(
    reason: Unproven.Reason, hasOtherValues: Bool, part: String, hasKnownValues: Bool
  ) {
    var object = after.unproven(reason, since: 1)
    object.unproven?.hasOtherValues = hasOtherValues
    #expect(object.unprovenText().contains(part), "\(object.unprovenText())")
    #expect(object.unprovenText(as: "Ada").hasPrefix("extension 1001, Ada: "))
    #expect(object.unprovenRemedy.contains("audit --csv") == hasKnownValues)
  }
}

@Suite(.timeLimit(.minutes(5))) struct `The counts of a run` {
  private static func counted(_ change: Change, _ outcome: Outcome, wasLost: Bool = false, mails: Int = 0) -> CallCounts
  {
    var counts = CallCounts()
    counts.count(
      change, ChangeResult(outcome: outcome, answer: CallResult(.accepted), wasLost: wasLost, possibleMails: mails))
    return counts
  }

  private static func make(_ set: (inout CallCounts) -> Void) -> CallCounts {
    var counts = CallCounts()
    set(&counts)
    return counts
  }

  @Test func `have each change once, by what was done in the end`() {
    let holds = Outcome.holds(after, replacing: nil)
    let adopted = Outcome.holds(
      ManagedObject(after.item, entry: after.entry, dn: after.dn, ownership: .adopted), replacing: nil)
    #expect(Self.counted(added, holds) == Self.make { $0.added = 1 })
    #expect(Self.counted(updated, holds) == Self.make { $0.updated = 1 })
    #expect(Self.counted(updated, holds, wasLost: true) == Self.make { ($0.added, $0.lost) = (1, 1) })
    #expect(Self.counted(deleted, .gone(after.key)) == Self.make { $0.deleted = 1 })
    #expect(Self.counted(deleted, .gone(after.key), wasLost: true) == Self.make { ($0.deleted, $0.lost) = (1, 1) })
    #expect(Self.counted(adoption, adopted) == Self.make { ($0.updated, $0.adopted) = (1, 1) })
    #expect(Self.counted(added, adopted) == Self.make { ($0.updated, $0.adopted) = (1, 1) })
    let mailed = makeChange(.addExtension(person("Halm", email: "per@example.com")))
    #expect(Self.counted(mailed, holds, mails: 2) == Self.make { ($0.added, $0.mails, $0.possibleMails) = (1, 1, 2) })
    for outcome in [refused(.taken), .unproven(unproven), .undone] {
      #expect(Self.counted(mailed, outcome) == Self.make { $0.failed = 1 })
    }
    #expect(Self.counted(mailed, .inDoubt, mails: 1) == Self.make { ($0.inDoubt, $0.possibleMails) = (1, 1) })
  }

  @Test func `are the sums of its parts`() {
    let part = Self.make {
      ($0.added, $0.updated, $0.lost, $0.adopted, $0.deleted) = (1, 2, 3, 4, 5)
      ($0.failed, $0.inDoubt, $0.requests, $0.mails, $0.possibleMails) = (6, 7, 8, 9, 10)
    }
    var sum = part
    sum.add(part)
    sum.add(part)
    let expected = Self.make {
      ($0.added, $0.updated, $0.lost, $0.adopted, $0.deleted) = (3, 6, 9, 12, 15)
      ($0.failed, $0.inDoubt, $0.requests, $0.mails, $0.possibleMails) = (18, 21, 24, 27, 30)
    }
    #expect(sum == expected)
  }
}
