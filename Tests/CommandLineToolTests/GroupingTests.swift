import Domain
import Platform
import Testing

@testable import CommandLineTool
@testable import Sync

@Suite(.timeLimit(.minutes(15))) struct `A remedy of several conflicts` {
  private func problem(_ index: Int, _ remedy: String = "give the entry a name") -> MappingProblem {
    MappingProblem(
      dn: "uid=\(index)", entry: nil, attribute: "givenName", value: "", reason: "it has no first name", remedy: remedy)
  }

  private func conflict(_ number: String, _ reason: Conflict.Reason = .outOfRange) -> Conflict {
    let item = PBXObject.extension(Extension(number: number, firstName: "Ann"))
    return Conflict(WantedObject(item, entry: EntryID(number), dn: "uid=\(number)"), reason)
  }

  private func count(_ part: String, in text: String) -> Int { text.ranges(of: part).count }

  @Test func `is printed once in a plan, above its rows`() {
    var report = RunReport()
    report.isDryRun = true
    report.plan.conflicts =
      (2001...2044).map { conflict(String($0)) } + [conflict("1", .protected)] + [conflict("20000")]
    report.problems = (1...44).map { problem($0) } + [problem(45, "another")]
    let text = report.text
    #expect(count("Next step: widen [numbers] extension_ranges", in: text) == 1)
    #expect(count("Next step: give the entry a name\n", in: text) == 1)
    #expect(count("Next step:", in: text) == 4)
    #expect(
      text.contains(
        """
        Skipped (45): number out of range
          Next step: widen [numbers] extension_ranges, or give the entry a number inside
          extension  2001   Ann  uid=2001

        """), "\(text)")
    #expect(
      text.contains(
        """
        Skipped (1): protected number
          Next step: change [numbers] protected, or give the entry another number
          extension  1  Ann  uid=1

        """), "\(text)")
    #expect(text.hasPrefix("46 conflicts, 45 entries with invalid data\n\nSkipped (45)"), "\(text)")
  }

  @Test func `that names a number names none for several of them`() {
    let foreign = { self.conflict($0, .foreign(since: 0, nextAt: 1)) }
    var report = RunReport()
    report.plan.conflicts = [foreign("1001"), foreign("1002")]
    #expect(count("adopt NUMBER", in: report.text) == 1 && count("Next step:", in: report.text) == 1, "\(report.text)")
    report.plan.conflicts = [foreign("1001")]
    #expect(report.text.contains("adopt 1001"), "\(report.text)")
  }

  /// An empty number is everywhere in a text.
  @Test func `that names no number is the same for several entries without one`() {
    var report = RunReport()
    report.plan.conflicts = [conflict("", .numbersHidden(3)), conflict("", .numbersHidden(3))]
    #expect(!report.text.contains("NUMBER"), "\(report.text)")
  }

  @Test func `is printed once for an entry with the same fault in two fields`() {
    var report = RunReport()
    report.problems = [problem(1), problem(1), problem(2)]
    #expect(report.text.contains("Skipped (2): it has no first name (givenName)\n"), "\(report.text)")
    #expect(report.summary == "2 entries with invalid data")
  }

  @Test func `is printed once for values with different reasons, each beside its entry`() {
    var report = RunReport()
    report.problems = ["1", "2"].map { number in
      MappingProblem(
        dn: "uid=\(number)", entry: nil, attribute: "telephoneNumber", value: "+49 171 \(number)",
        reason: "+49171\(number) is in no DDI block", remedy: "correct the number")
    }
    #expect(
      report.text.contains(
        """
        Skipped (2): telephoneNumber unusable
          Next step: correct the number
          "+49 171 1"  uid=1  +491711 is in no DDI block
          "+49 171 2"  uid=2  +491712 is in no DDI block

        """), "\(report.text)")
  }

  @Test func `leaves the rest of a long list on a terminal to a command`() {
    var report = RunReport()
    report.problems = (1...44).map { problem($0) }
    let text = TextLayout(width: 80).text(of: report.page)
    #expect(text.contains("  uid=10\n  … 34 more: pbxsyncd conflicts\n"), "\(text)")
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
  }

  @Test func `is printed once among conflicts, and every record keeps its place`() {
    func item(_ index: Int, _ remedy: String, ldif: String? = nil) -> ConflictList.Row {
      ConflictList.Row(
        what: "entry", topic: "topic", dn: "uid=\(index)", number: "", reason: "reason \(index)", remedy: remedy,
        ldif: ldif)
    }
    let list = ConflictList([
      item(1, "first"), item(2, "second", ldif: "dn: 2\n"), item(3, "first"), item(4, "second", ldif: "dn: 4\n"),
      item(5, "first"), item(5, "third", ldif: "dn: 5\n"),
    ])
    #expect(
      list.page.text == """
        # 6 findings: topic

        # reason 1
        # reason 3
        # Next step: first

        # reason 2
        dn: 2

        # reason 4
        dn: 4

        # Next step: second

        # reason 5
        # reason 5
        dn: 5

        # Next step: first
        # Next step: third

        """)
  }
}
