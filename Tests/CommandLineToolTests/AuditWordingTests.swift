import Domain
import Platform
import Reconcile
import Testing

@testable import CommandLineTool
@testable import Sync

@Suite(.timeLimit(.minutes(15))) struct `The text of an audit` {
  private static let people = ["1", "2"].map {
    ManagedObject(
      .extension(Extension(number: $0, firstName: "P", email: "p@example.com")), entry: EntryID($0), dn: "uid=\($0)")
  }
  private static let contact = ManagedObject(
    .contact(Contact(number: "49301", firstName: "A", lastName: "B")), entry: EntryID("c"), dn: "uid=c")

  private func audit(_ evidence: PBXEvidence, _ owned: [ManagedObject]) -> Audit {
    Audit(evidence, remembering: LedgerState(owned: owned), former: [], numbers: NumberPolicy())
  }

  @Test func `claims no more than it compared`() {
    let keys = Self.people.map(\.key)
    let asked = audit(
      PBXEvidence(Dictionary(uniqueKeysWithValues: keys.map { ($0, [:]) }), of: .keys(Set(keys))), Self.people)
    let text = asked.page().text
    #expect(text.contains("2 there\n") && text.contains("neither values nor contacts"), "\(text)")
    let fields = Dictionary(uniqueKeysWithValues: Self.people[0].item.fields.map { ($0.field, $0.value) })
    let shown = audit(PBXEvidence([keys[0]: fields], of: .kind(.extension)), [Self.people[0]])
    #expect(shown.page().text == "Audit: 1 as it should be\n")
  }

  @Test func `shows a lost contact as the update that it begins with`() {
    let nothing = { PBXEvidence([:], of: .kind($0)) }
    let contact = audit(nothing(.contact), [Self.contact]).costText
    #expect(contact.contains("at most 0 additions and 1 update (of 1 lost contact, added if"), "\(contact)")
    let people = audit(nothing(.extension), Self.people).costText
    #expect(people.hasSuffix("at most 2 additions and 0 updates, with at most 2 mails"), "\(people)")
  }

  @Test func `shows no calls if there are none`() {
    let key = ObjectKey(.extension, "9")
    let foreign = audit(PBXEvidence([key: [:]], of: .keys([key])), [])
    #expect(
      foreign.costText
        == "Sent again: nothing; only the ledger needs a correction; the run that follows sends what else is due")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A doctor report` {
  @Test func `counts what it skipped apart from what failed`() {
    var it = DoctorReport()
    it.pass("a", "good")
    it.fail("b", "bad", remedy: "fix it")
    it.skip("c", "b is bad")
    let text = it.page.text
    #expect(text.contains("skip  c: b is bad\n") && text.hasPrefix("1 of 3 checks failed, 1 skipped.\n"), "\(text)")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A plan with held sets` {
  @Test func `names only the set that a run has held already`() {
    let object = HeldObject(ObjectKey(.extension, "1"), EntryID("a"), dn: "uid=a", before: nil, wanted: nil)
    let held = HeldSet(of: .extension, objects: [object], owned: 1, limit: "")
    var report = RunReport()
    report.isDryRun = true
    #expect(held.nextStep(report) == HeldSet.preview)
    report.heldBefore = [held.name]
    #expect(held.nextStep(report).contains("approve \(held.name)"))
  }
}
