import Domain
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Number ranges` {
  @Test(arguments: [
    ("1000-1999", "1000", true), ("1000-1999", "1999", true), ("1000-1999", "2000", false),
    ("1000-1999", "150", false), ("1000-1999", "15000", false), ("0100", "0100", true), ("0100", "100", false),
    (" 10 - 20 ", "15", true),
  ])
  func `hold numbers of their own length`(range: String, number: String, expected: Bool) {
    #expect(NumberRange(range)?.contains(number) == expected)
  }

  @Test(
    arguments: [
      ("10-19", ["12", "14-15"], ["10-11", "13", "16-19"]), ("10-19", [], ["10-19"]), ("10-19", ["05-30"], []),
      ("10-19", ["10", "19", "19", "12-13", "13-14"], ["11", "15-18"]), ("007-010", ["008"], ["007", "009-010"]),
      ("10-19", ["100-199", "1"], ["10-19"]), ("10-19", ["00-10", "18-99"], ["11-17"]),
      ("1000000000000000000-1999999999999999999", [], []),
    ] as [(String, [String], [String])])
  func `have gaps without others`(range: String, others: [String], left: [String]) throws {
    let range = try #require(NumberRange(range))
    let gaps = range.subtracting(others.compactMap(NumberRange.init))
    #expect(gaps.map(\.description) == left)
    #expect(gaps.reduce(0) { $0 + $1.count } == gaps.flatMap(\.numbers).count)
    #expect(gaps.allSatisfy { range.intersection($0) == $0 })
  }

  @Test(arguments: ["", "-", "10-", "-10", "20-10", "10-200", "1-2-3", "ab", "１０-２０"])
  func `are refused where they make no sense`(text: String) {
    #expect(NumberRange(text) == nil)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Changes of an item` {
  @Test func `name each field with its old and new value`() {
    let old = PBXObject.extension(Extension(number: "1", firstName: "A", email: "a@example.com"))
    let new = PBXObject.extension(Extension(number: "1", firstName: "B", lastName: "C", email: "a@example.com"))
    #expect(
      old.changes(to: new) == [FieldChange(.firstName, from: "A", to: "B"), FieldChange(.lastName, from: "", to: "C")])
  }
}
