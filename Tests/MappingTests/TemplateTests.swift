import Domain
import LDAP
import Testing

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `Templates` {
  let anna = ["givenName": ["Anna"], "sn": ["Berg"], "cn;lang-de": ["Ännchen"], "2.5.4.12": ["Head"], "blank": [" \t"]]

  @Test(arguments: [
    ("", ""),
    ("plain text", "plain text"),
    ("{givenName} {sn}", "Anna Berg"),
    ("{ GIVENNAME }", "Anna"),
    ("{cn;lang-de}", "Ännchen"),
    ("{CN;LANG-DE}", "Ännchen"),
    ("{2.5.4.12}", "Head"),
    ("{{{sn}}}", "{Berg}"),
    ("{{}}", "{}"),
    ("{\"a \\\"b\\\" \\\\ } {\"}", "a \"b\" \\ } {"),
    ("{dn}", "uid=anna,dc=example"),
    ("{DN | rdn}", "anna"),
  ])
  func `are text with values in it`(template: String, expected: String) throws {
    #expect(try render(template, anna) == expected)
  }

  @Test(arguments: [
    ("{none ?? givenName}", "Anna"),
    ("{givenName??sn}", "Anna"),
    ("{none ?? blank ?? \"nobody\"}", "nobody"),
    ("{none ?? \"\" ?? sn}", "Berg"),
    ("{none ?? sn | upper}", "BERG"),
    ("{givenName ?? sn | upper}", "ANNA"),
    ("{givenName | match \"x\" | default \"y\"}", "y"),
  ])
  func `use the first value that isn't empty and filter it`(template: String, expected: String) throws {
    #expect(try render(template, anna) == expected)
  }

  /// Each `replace` multiplies what the one before it made: found by fuzzing.
  @Test func `that multiply a value's length are stopped`() throws {
    let growth = String(repeating: " | replace \"n\" \"nnnnnnnnnnnnnnnn\"", count: 40)
    let error = try #require(throws: FieldProblem.self) { try render("{givenName\(growth)}", anna) }
    #expect(error.reason == "the template makes more than 65536 bytes of it")
  }

  @Test(arguments: [
    ("{none}@example.com", ""),
    ("({none}) {nil}", ""),
    ("{none} {sn}", " Berg"),
    ("{none ?? \"x\"}@example.com", "x@example.com"),
    ("example.com", "example.com"),
  ])
  func `are empty if all their values are`(template: String, expected: String) throws {
    #expect(try render(template, anna) == expected)
  }

  @Test(arguments: [
    ["b", "a", "c"], ["c", "b", "a"], ["", "a"], [" ", "b", "a"],
    ["Z", "a", "A", "a"].filter { $0 != "A" && $0 != "Z" },
  ])
  func `use the smallest of several values, whatever their order`(values: [String]) throws {
    #expect(try render("{cn}", ["cn": values]) == "a")
  }

  /// In two languages, and in one beside what has none.
  @Test(arguments: [
    (["sn;lang-fr": ["Dupont"], "sn;lang-nl": ["van den Brug"]], "Dupont"), (["SN;Lang-fr": ["Dupont"]], "Dupont"),
    (["sn;lang-fr": ["Dupont"], "sn": ["Zander"]], "Zander"), (["sn;binary": ["x"]], ""),
    (["snail;lang-fr": ["x"]], ""),
  ])
  func `use an attribute with a language option if it has no value without one`(
    attributes: [String: [String]], expected: String
  ) throws {
    #expect(try render("{sn}", attributes) == expected)
  }

  @Test func `compare several values in byte order`() throws {
    #expect(try render("{cn}", ["cn": ["ä", "b", "Z", "a"]]) == "Z")
    #expect(try render("{telephoneNumber}", ["telephoneNumber": ["9", "10"]]) == "10")
  }

  @Test func `know the attributes that they need`() throws {
    let template = try Template("{mail ?? Mail ?? \"x\"} {dn} {manager | rdn} {cn;lang-de} {{uid}}")
    #expect(template.attributes.count == 3)
    #expect(Set(template.attributes.map { $0.lowercased() }) == ["mail", "manager", "cn;lang-de"])
    #expect(try Template("{telephoneNumber}").attributes == ["telephoneNumber"])
  }

  @Test func `are equal if they mean the same`() throws {
    #expect(try Template("{mail|match \"a\"}") == Template("{ mail | match  \"a\" }"))
    #expect(try Template("{mail | match \"a\"}") != Template("{mail | match \"b\"}"))
  }

  @Test func `can be rendered by many tasks at once`() async throws {
    let template = try Template("{cn | match \"^.*(.)$\" | upper}{telephoneNumber | e164}")
    let dialPlan = try dialPlan()
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<200 {
        group.addTask {
          try template.render(person(["cn": ["Größe"], "telephoneNumber": ["030 901820"]]), dialPlan: dialPlan).text
        }
      }
      for try await text in group { #expect(text == "E+4930901820") }
    }
  }
}
