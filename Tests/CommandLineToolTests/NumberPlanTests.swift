import Domain
import Mapping
import Testing

@testable import CommandLineTool

@Suite(.timeLimit(.minutes(15))) struct `A number plan` {
  private static let now: Timestamp = 1_800_000_000

  private func owned(_ number: String) -> ManagedObject {
    ManagedObject(.extension(Extension(number: number, firstName: "Ann")), entry: EntryID(number), dn: "uid=\(number)")
  }

  private func range(_ text: String) throws -> NumberRange { try #require(NumberRange(text)) }

  private func counts(_ section: NumberPlan.Span?) -> [Int] {
    NumberPlan.CellState.allCases.map { section?.count($0) ?? -1 }
  }

  @Test func `shows managed, quarantined, foreign, protected and free numbers`() throws {
    var state = LedgerState(
      owned: [owned("1001"), owned("1002")],
      refusals: [
        Refusal(
          .extension(Extension(number: "1003", firstName: "Bob")), entry: EntryID("b"), answer: CallResult(.taken),
          since: 0
        )
      ])
    state.formerHolders = [
      FormerHolder(ObjectKey(.extension, "1004"), entry: EntryID("c"), dn: "uid=c", at: Self.now - 10),
      FormerHolder(ObjectKey(.extension, "1005"), entry: EntryID("d"), dn: "uid=d", at: Self.now - 1000),
      // Whose it is now comes before whose it was.
      FormerHolder(ObjectKey(.extension, "1001"), entry: EntryID("e"), dn: "uid=e", at: Self.now - 10),
    ]
    let policy = NumberPolicy(
      extensionRanges: [try range("1000-1099")], protected: [try range("1090-1099"), try range("1095-2000")], rest: 100)
    let plan = NumberPlan(policy, state, at: Self.now)
    #expect(counts(plan.sections.first) == [2, 0, 1, 1, 10, 0, 0, 86])
    #expect(plan.sections.first?.cells[4].use == .quarantined && plan.sections.first?.cells[5].use == .free)
    #expect(plan.sections.first?.cells[1].note == "Ann")
  }

  @Test func `counts numbers that only the directory shows, and lists the free ones`() throws {
    var policy = NumberPolicy(extensionRanges: [try range("108-117")], protected: [try range("116-117")])
    policy.emergency = DialPlans(try #require(DialPlan(country: "DE", plus: false))).emergencyNumbers
    let claimed: Set = ["109", "111", "117", "493090181109"]
    let plan = NumberPlan(policy, LedgerState(owned: [owned("111")]), claimed: claimed, at: Self.now)
    // 110 and 112 are emergency numbers.
    #expect(counts(plan.sections.first) == [1, 0, 0, 0, 2, 2, 1, 4])
    #expect(plan.sections.first?.free.map(\.description) == ["108", "113-115"])
    #expect(plan.sections.first?.notable.isEmpty == true)
  }

  @Test(arguments: [
    ("1000-1999", 1), ("0000-9999", 1), ("10000-29999", 10), ("100000-999999", 100), ("0-9", 1),
    ("100000000000000000-999999999999999999", 100_000_000_000_000),
  ]) func `has cells of one number, or of several for a large range`(text: String, step: Int) throws {
    let plan = NumberPlan(NumberPolicy(extensionRanges: [try range(text)]), LedgerState(), at: Self.now)
    let section = try #require(plan.sections.first)
    #expect(section.step == step && section.cells.count <= 10_000)
    #expect(section.cells.first?.first == section.range.first && section.cells.last?.last == section.range.last)
  }

  @Test func `counts in cells of ten as in cells of one`() throws {
    let policy = NumberPolicy(
      extensionRanges: [try range("10005-39994")], protected: [try range("10000-10009"), try range("20005-20024")])
    let plan = NumberPlan(policy, LedgerState(owned: [owned("10007"), owned("10010"), owned("39994")]), at: Self.now)
    #expect(counts(plan.sections.first) == [2, 0, 0, 0, 25, 0, 0, 29_963])
    #expect(plan.sections.first?.cells.map(\.counts).allSatisfy { $0.allSatisfy { $0 >= 0 } } == true)
  }

  @Test func `has the used hundreds if no range is configured`() throws {
    let state = LedgerState(owned: ["1050", "1120", "1399", "20010", "7"].map(owned))
    let plan = NumberPlan(NumberPolicy(), state, at: Self.now)
    #expect(plan.sections.map(\.range.description) == ["1000-1199", "1300-1399", "20000-20099"])
    #expect(plan.outside.map(\.key.number) == ["7"])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Markup` {
  @Test(arguments: [
    ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"), ("Ödön\n", "Ödön\n"),
    ("a\u{0}b\u{202E}c\u{1B}", "a\u{FFFD}b\u{FFFD}c\u{FFFD}"),
    ("a b", "a b"),
  ]) func `has text in it escaped`(text: String, escaped: String) {
    let html: HTML = "<p>\(text)</p>"
    #expect(html.text == "<p>\(escaped)</p>")
  }

  @Test func `has its parts as they are`() {
    let part: HTML = "<i>\(3)</i>"
    let html: HTML = "<p>\(part)\([part, part])</p>"
    #expect(html.text == "<p><i>3</i><i>3</i><i>3</i></p>")
  }
}
