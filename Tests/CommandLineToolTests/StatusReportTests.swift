import Domain
import Platform
import Testing

@testable import CommandLineTool
@testable import Executor
@testable import Ledger
@testable import Sync

@Suite(.timeLimit(.minutes(15))) struct `The output of status` {
  private static func person(_ number: String) -> ManagedObject {
    ManagedObject(.extension(Extension(number: number, firstName: "P")), entry: EntryID(number), dn: "uid=\(number)")
  }

  private func end(exit status: Int, at: Timestamp) -> RunEnd {
    RunEnd(at: at, exitStatus: status, counts: .init(), requests: 0, summary: "")
  }

  @Test func `has the lost objects that are still missing`() {
    var state = LedgerState(owned: [Self.person("1")])
    state.backoffs = [ChangeBackoff(ObjectKey(.extension, "2"), failures: 1, nextAt: 9, message: "")]
    let losses = ["1", "2", "3"].map {
      FormerHolder(ObjectKey(.extension, $0), entry: EntryID("e"), dn: "uid=e", at: 5)
    }
    func open(_ end: RunEnd?) -> [String] { state.open(losses, holds: [], lastEnd: end).map(\.key.number) }
    #expect(open(end(exit: 0, at: 6)) == ["1", "2"], "3 left, and nobody gives it back")
    #expect(open(end(exit: 69, at: 6)) == ["1", "2", "3"], "the next run may give it back")
    #expect(open(end(exit: 0, at: 4)) == ["1", "2", "3"])
    #expect(open(nil) == ["1", "2", "3"])
  }

  @Test func `has each permission once, with its latest end`() {
    var state = LedgerState()
    state.adoptions = [
      AllowedAdoption(ObjectKey(.extension, "290"), until: 86_400),
      AllowedAdoption(ObjectKey(.contact, "290"), until: 172_800),
      AllowedAdoption(ObjectKey(.extension, "200"), until: 86_400),
      AllowedAdoption(ObjectKey(.extension, "300"), until: 172_801),
    ]
    let lines = state.permissionLines
    #expect(lines.count == 2 && lines[0].hasSuffix(": 200") && lines[1].hasSuffix(": 290, 300"), "\(lines)")
  }

  @Test func `has the number of pending removals and when the first is due`() throws {
    func gone(_ object: ManagedObject, since: Timestamp) -> ManagedObject {
      var object = object
      object.absence = Absence(.missing, since: since, reads: 1)
      return object
    }
    let held = gone(Self.person("5"), since: 10)
    let state = LedgerState(owned: [
      Self.person("1"), gone(Self.person("2"), since: 7200), gone(Self.person("3"), since: 3600), held,
    ])
    let hold = HeldSetRecord(
      name: "extensions-a", kind: .extension, action: .removal, cause: .limit, reason: "", since: 0, approvedAt: nil,
      rejectedAt: nil, endedAt: nil, dependents: 0, templates: [], lookup: nil,
      members: [
        HeldSetRecord.Member(
          key: held.key, entry: held.entry, dn: held.dn, name: "", registered: "5", before: held.item, wanted: nil)
      ])
    let policy = RemovalPolicy(after: 86_400)
    let waiting = try #require(state.removalsWaiting(beside: [hold], policy))
    #expect(waiting.objects.map(\.key.number) == ["3", "2"] && waiting.first == 90_000)
    #expect(
      waiting.text(at: 5000) == "2 extensions, the first not before \(localTime(90_000)): 3 P, 2 P")
    #expect(waiting.text(at: 90_000) == "2 extensions, the first in the next run: 3 P, 2 P")
    #expect(state.removalsWaiting(beside: [hold], nil)?.text(at: 0) == "2 extensions: 3 P, 2 P")
    #expect(LedgerState(owned: [Self.person("1"), held]).removalsWaiting(beside: [hold], policy) == nil)
  }

  @Test func `counts a foreign number once, however it was found`() {
    let taken = { (number: String) in
      Refusal(Self.person(number).item, entry: EntryID(number), answer: CallResult(.taken), since: 1)
    }
    var state = LedgerState(refusals: [taken("1"), taken("2")])
    state.knownForeign = [
      KnownForeign(ObjectKey(.extension, "2"), since: 1), KnownForeign(ObjectKey(.extension, "3"), since: 1),
    ]
    #expect(state.foreignKeys.count == 3)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An unproven object` {
  private func person(_ number: String, _ reason: Unproven.Reason = .ledgerRestored, since: Timestamp = 60)
    -> ManagedObject
  {
    ManagedObject(
      .extension(Extension(number: number, firstName: "P\(number)")), entry: EntryID(number), dn: "uid=\(number)"
    )
    .unproven(reason, since: since)
  }

  @Test func `is listed by cause, with the numbers`() throws {
    let objects = (100..<124).map { person("\($0)") } + [person("200", .answerLost)]
    let groups = UnprovenGroup.all(of: objects.compactMap { UnprovenObject($0) })
    #expect(groups.map(\.objects.count) == [24, 1])
    let many = groups[0]
    #expect(many.numbers.hasPrefix("extensions 100, 101,") && many.numbers.hasSuffix(" and 4 more"), "\(many.numbers)")
    var report = RunReport()
    report.plan.unproven = objects
    let lines = report.text.split(separator: "\n")
    #expect(
      lines.count { $0.hasPrefix("  extension  ") } == 21 && lines.contains { $0.hasPrefix("  … 4 more: ") }, "\(lines)"
    )
    #expect(many.remedy.contains("adopt NUMBER") && groups[1].remedy.contains("adopt 200"))
    #expect(many.text.count < 800, "\(many.text)")
  }

  /// An object that the PBX turned out to have, and that nothing shows to be managed.
  @Test func `is one object of a run, whatever else reports it`() {
    let object = person("1", .answerLost)
    let change = Change(.add(object.item), entry: object.entry, dn: object.dn, cause: .new, unproven: object)
    var report = RunReport()
    report.plan.changes = [change]
    report.plan.unproven = [object]
    report.changeResults = [0: ChangeResult(outcome: .unproven(object), answer: CallResult(.taken))]
    report.callCounts.count(
      change, report.changeResults[0] ?? ChangeResult(outcome: .undone, answer: CallResult(.failed)))
    #expect(report.summary.contains("1 unproven") && !report.summary.contains("failed"), "\(report.summary)")
    #expect(report.text.ranges(of: "was lost, and nothing shows").count == 1, "\(report.text)")
    #expect(!report.text.contains("Failed") && !report.text.contains("Changes"), "\(report.text)")
    #expect(report.shortSummary == "1 unproven object")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The report of a run` {
  private let object = ManagedObject(
    .extension(Extension(number: "250", firstName: "Ann")), entry: EntryID("a"), dn: "uid=ann")

  private func report(_ changeResults: [ChangeResult]) -> RunReport {
    var report = RunReport()
    let changes = changeResults.map { _ in
      Change(
        .updateExtension(Extension(number: "250", firstName: "Bea")), before: object, entry: object.entry,
        dn: object.dn, cause: .changed)
    }
    var result = ExecutionResult(of: changes.count)
    for (index, changeResult) in changeResults.enumerated() {
      result.changeResults[index] = changeResult
      result.callCounts.count(changes[index], changeResult)
    }
    report.add(changes, result)
    return report
  }

  @Test func `lists changes separately from failures`() {
    let text = report([
      ChangeResult(outcome: .holds(object, replacing: nil), answer: CallResult(.accepted)),
      ChangeResult(outcome: .undone, answer: CallResult(.failed, message: "no")),
      ChangeResult(outcome: .inDoubt, answer: CallResult(.unanswered)),
    ]).text
    #expect(
      text.contains("Changes (1)") && text.contains("Failed (1)") && text.contains("Result unknown (1)"), "\(text)")
  }

  /// A later run finds the same conflict in the ledger.
  @Test func `tells a refused change as a conflict, with the words of the next run`() {
    let refused = { (status: CallResult.Status) in
      let answer = CallResult(status, errorCode: "CODE", message: "no")
      return ChangeResult(
        outcome: .refused(Refusal(self.object.item, entry: self.object.entry, answer: answer, since: 60)),
        answer: answer)
    }
    let report = report([refused(.taken), refused(.refused)])
    #expect(report.summary.contains("2 conflicts") && !report.summary.contains("failed"), "\(report.summary)")
    #expect(report.shortSummary == "2 conflicts")
    #expect(
      report.text.contains("Skipped (1): foreign number\n") && report.text.contains("Skipped (1): refused by the PBX\n")
        && !report.text.contains("Failed"), "\(report.text)")
  }

  @Test func `counts an addition that began as an update`() {
    let text = report([
      ChangeResult(outcome: .holds(object, replacing: nil), answer: CallResult(.accepted), wasLost: true)
    ]).text
    #expect(text.contains("add  extension  250") && text.contains("1 added"), "\(text)")
    #expect(text.contains("1 of these lost by the PBX"), "\(text)")
  }

  @Test func `never counts more than possible`() {
    let policy = RemovalPolicy()
    let text = { (reads: Int) in Absence(.missing, since: 60, reads: reads).dueText(policy) }
    #expect(text(1).contains("missing in 1 of 2 complete reads"), "\(text(1))")
    #expect(text(7).contains("missing in 7 complete reads, earliest removal"), "\(text(7))")
  }
}
