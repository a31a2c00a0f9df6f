import Domain
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

  @Test func `is printed once in a plan, below its rows`() {
    var report = RunReport()
    report.isDryRun = true
    report.plan.conflicts =
      (2001...2044).map { conflict(String($0)) } + [conflict("1", .protected)] + [conflict("20000")]
    report.problems = (1...44).map { problem($0) } + [problem(45, "another")]
    let text = PlanTable(report: report).text
    #expect(count("Next step: widen [numbers] extension_ranges", in: text) == 1)
    #expect(count("Next step: give the entry a name\n", in: text) == 1)
    #expect(count("Next step:", in: text) == 4)
    #expect(
      text.contains(
        """
          extension  20000  Ann  the number 20000 is outside the extension ranges
          Next step: widen [numbers] extension_ranges, or give the entry a number inside
          extension  1      Ann  the number 1 is protected
          Next step:
        """), "\(text)")
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
      list.text == """
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
