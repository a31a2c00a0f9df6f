import Domain
import LDAP
import Testing

@testable import Mapping

private func mapping(
  number: String = "{telephoneNumber | extension}", firstName: String = "{cn}", lastName: String? = nil,
  email: String? = "{mail}"
) throws -> UserMapping {
  let plain = try dialPlan()
  let ddiBlocks = DDIBlocks([try DDIBlock("+49 30 9018 1000-1999", dialPlan: plain)])
  return UserMapping(
    templates: ExtensionTemplates(
      number: try Template(number), firstName: try Template(firstName), lastName: try lastName.map(Template.init),
      email: try email.map(Template.init), callerID: nil),
    dialPlans: DialPlans(plain.replacingDDIBlocks(with: ddiBlocks)), disabled: .never)
}

private func map(
  _ changes: [String: [String]], dn: String = "cn=Ina Berg,dc=example", by mapping: UserMapping
) throws -> WantedObject {
  let all = ["telephoneNumber": ["+49 30 9018 1001"], "cn": ["Ina Berg"], "mail": ["ina@example.com"]]
  let mapped = mapping.map(person(all.merging(changes) { $1 }, dn: dn), id: id, now: now)
  return try #require(mapped.wanted.first, "\(mapped)")
}

private func email(_ wanted: WantedObject) -> String { wanted.item.fields[3].value }

@Suite(.timeLimit(.minutes(15))) struct `Of several values` {
  @Test(arguments: [
    (
      "{proxyAddresses | match \"^SMTP:(.*)$\"}", ["SIP:bo@example.com", "SMTP:bo@example.com", "EUM:1"],
      "bo@example.com"
    ),
    ("{mail}", ["ina", "ina@example.com"], "ina@example.com"),
    ("{mail | match \".*@example.com$\"}", ["a@partner.example.org", "z@example.com"], "z@example.com"),
    ("{mail | match \"^q\" | default \"none@example.com\"}", ["a@example.com", "x"], "none@example.com"),
    ("{mail | match \"^z.*\" | default \"none@example.com\"}", ["a@example.com", "z@example.com"], "z@example.com"),
    ("{mail | prefer \"@example.com$\"}", ["a@old.example.com", "z@example.com"], "z@example.com"),
    ("{mail | prefer \"@nowhere$\"}", ["b@example.com", "a@example.com"], "a@example.com"),
    ("{mail | prefer \"^z\"}", ["z", "a@example.com"], "a@example.com"),
  ])
  func `the first is used that the filters and the field accept`(
    template: String, values: [String], expected: String
  ) throws {
    let mapping = try mapping(email: template)
    for values in [values, values.reversed()] {
      #expect(email(try map(["mail": values, "proxyAddresses": values], by: mapping)) == expected)
    }
  }

  @Test func `a number of a block is used`() throws {
    let wanted = try map(["telephoneNumber": ["+49 171 3920012", "+49 30 9018 1120"]], by: mapping())
    #expect(wanted.item.number == "1120" && wanted.open == nil)
  }

  @Test func `the one in the RDN comes first`() throws {
    let names = ["cn": ["Aino", "Ina Berg"]]
    #expect(try map(names, by: mapping()).item.fields[1].value == "Ina Berg")
    #expect(try map(names, dn: "uid=ina+CN=ina\\20berg,dc=example", by: mapping()).item.fields[1].value == "Ina Berg")
    #expect(try map(names, dn: "uid=ina,dc=example", by: mapping()).item.fields[1].value == "Aino")
  }

  /// The name of the entry, values of `sn` in byte order, and which of them is taken.
  @Test(arguments: [
    ("cn=Dora Lindqvist", ["Alvarsson", "Lindqvist"], "Lindqvist"),
    ("cn=Lindqvist\\, Dora (Library)", ["Alvarsson", "lindqvist"], "lindqvist"),
    ("cn=Iñigo del  Río y Peña", ["Peña Gil", "del Río y Peña"], "del Río y Peña"),
    ("cn=Dora Lindqvistson", ["Alvarsson", "Lindqvist"], "Alvarsson"),
    ("uid=dora", ["Alvarsson", "Lindqvist"], "Alvarsson"),
    ("cn=Ina Berg+sn=Berg Gil", ["Berg", "Berg Gil"], "Berg Gil"), ("cn=#1", ["-", "#", "A"], "#"),
  ])
  func `the one whose words are in the RDN comes first`(rdn: String, values: [String], expected: String) throws {
    let mapping = try mapping(firstName: "{sn}")
    #expect(try map(["sn": values.reversed()], dn: "\(rdn),dc=example", by: mapping).item.fields[1].value == expected)
  }

  @Test func `all that fit are reported, so that the one in use can stay`() throws {
    let wanted = try map(
      ["telephoneNumber": ["+49 30 9018 1001", "+49 30 9018 1002"], "mail": ["b@example.com", "a@example.com", "x"]],
      by: mapping())
    #expect(
      wanted.open?.choices == [.number: ["1001", "1002"], .email: ["a@example.com", "b@example.com"]])
  }

  @Test func `those with the same result are no choice`() throws {
    #expect(
      try map(["mail": ["ina@example.com", "ina@EXAMPLE.com", "mailto:ina@example.com"]], by: mapping()).open == nil)
  }

  @Test func `parts of one text are combined`() throws {
    let wanted = try map(["cn": ["A", "B"], "l": ["x", "y"]], by: mapping(firstName: "{cn} {l}"))
    #expect(wanted.open?.choices[.firstName] == ["A x", "A y", "B x", "B y"])
  }

  @Test func `thousands are no trouble`() throws {
    let mails = (1000..<6000).map { "a\($0)@example.com" }
    let wanted = try map(["mail": mails, "cn": mails], by: mapping(firstName: "{cn} {mail}"))
    #expect(email(wanted) == "a1000@example.com" && wanted.open?.choices[.email]?.count == 256)
  }

  @Test func `invisible ones don't count`() throws {
    let wanted = try map(["cn": ["\u{200B}", "\u{3164}", "Ina"], "mail": ["\u{FEFF}"]], by: mapping())
    #expect(wanted.item.fields[1].value == "Ina" && email(wanted) == "" && wanted.open == nil)
    let entry = person(["telephoneNumber": ["+49 30 9018 1001"], "cn": ["\u{200B}\u{2800}"]])
    #expect(try mapping().map(entry, id: id, now: now).isUnmappable)
  }

  @Test func `each is a contact of its own if the template uses all`() throws {
    func contacts(_ template: String, _ values: [String]) throws -> MappingResult {
      ContactMapping(
        templates: ContactTemplates(
          numbers: [try Template(template), try Template("{mobile}")], firstName: try Template("{givenName}"),
          lastName: try Template("{sn}"), company: nil, labels: ["", "mobile"]), dialPlans: DialPlans(try dialPlan())
      ).map(
        person(["givenName": ["Ola"], "sn": ["Nordmann"], "telephoneNumber": values, "mobile": ["0171 3920012"]]),
        id: id, now: now)
    }
    let all = try contacts("{telephoneNumber | all}", ["030 901841", "030 901840", "+49 30 901840"])
    #expect(all.wanted.map(\.item.number) == ["+4930901840", "+4930901841", "+491713920012"])
    #expect(all.wanted.map(\.item.name).last == "Ola Nordmann (mobile)" && all.problems.isEmpty)
    #expect(all.wanted.allSatisfy { $0.open == nil })
    let bad = try contacts("{telephoneNumber | all}", ["030 901840", "030 901841 Fax"])
    #expect(bad.wanted.count == 2 && bad.problems.map(\.value) == ["030 901841 Fax"])
    let one = try contacts("{telephoneNumber}", ["030 901841", "030 901840", "030 901842 Fax"])
    #expect(one.wanted.map(\.item.number) == ["+4930901840", "+491713920012"] && one.problems.isEmpty)
    #expect(one.wanted.first?.open?.choices == [.number: ["+4930901840", "+4930901841"]])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An optional field` {
  @Test(arguments: [
    ("{mail}", ["mail": ["ina"]], ObjectField.email), ("{mail}", ["mail": ["a@example.com;b@example.com"]], .email),
    ("{mail}", ["sn": [String(repeating: "x", count: 300)]], .lastName),
    ("{pager | e164}@example.com", ["pager": ["n/a"]], .email),
  ])
  func `with an invalid value affects only itself, not the phone`(
    template: String, change: [String: [String]], field: ObjectField
  ) throws {
    let mapping = try mapping(lastName: "{sn}", email: template)
    let entry = person(["telephoneNumber": ["+49 30 9018 1001"], "cn": ["Ina"]].merging(change) { $1 })
    let mapped = mapping.map(entry, id: id, now: now)
    #expect(mapped.wanted.map(\.open) == [OpenFields(kept: [field])])
    #expect(mapped.wanted.first?.item.fields.first { $0.field == field }?.value == "")
    let problem = try #require(mapped.problems.first)
    #expect(problem.keptField == field && problem.reason.contains("; the entry keeps the \(field.words)"))
  }

  @Test func `isn't kept if the directory has no value`() throws {
    #expect(try map(["mail": []], by: mapping()).open == nil)
  }
}
