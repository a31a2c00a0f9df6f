import Domain
import LDAP
import Testing

@testable import Mapping

/// The templates of the sample configuration.
private func sample(
  numbers: [String] = ["{telephoneNumber}", "{mobile}"], plus: Bool = true
) throws -> ContactMapping {
  let templates = ContactTemplates(
    numbers: try numbers.map(Template.init), firstName: try Template("{givenName}"),
    lastName: try Template("{sn ?? o}"), company: try Template("{o}"))
  return ContactMapping(templates: templates, dialPlans: DialPlans(try dialPlan(plus: plus)))
}

private let ola = ["givenName": ["Ola"], "sn": ["Nordmann"], "o": ["Fjord AS"]]

private func ola(_ more: [String: [String]]) -> Entry { person(ola.merging(more) { $1 }) }

private func numbers(_ mapped: MappingResult) -> [String] { mapped.wanted.map(\.item.number) }

@Suite(.timeLimit(.minutes(15))) struct `Contact mapping` {
  @Test func `makes one contact of each number by the sample's templates`() throws {
    let mapped = try sample().map(
      ola(["telephoneNumber": ["030 901820"], "mobile": ["+47 22 12 34 56"]]), id: id, now: now)
    let contacts = ["+4930901820", "+4722123456"].map {
      WantedObject(
        .contact(Contact(number: $0, firstName: "Ola", lastName: "Nordmann", company: "Fjord AS")), entry: id,
        dn: "uid=anna,ou=people,dc=example,dc=com")
    }
    #expect(mapped == .wanted(contacts, problems: []))
  }

  @Test func `collapses two equal numbers`() throws {
    let mapped = try sample().map(
      ola(["telephoneNumber": ["030 901820"], "mobile": ["+49 30 901820"]]), id: id, now: now)
    #expect(numbers(mapped) == ["+4930901820"])
    #expect(mapped.problems.isEmpty)
  }

  @Test(arguments: [
    ("{telephoneNumber}", true, "+4930901820"),
    ("{telephoneNumber}", false, "4930901820"),
    ("{telephoneNumber | e164}", false, "4930901820"),
    ("{telephoneNumber | national}", true, "030901820"),
    ("{telephoneNumber | digits}", true, "030901820"),
    ("{telephoneNumber | digits | last 3}", true, "820"),
    ("0{telephoneNumber | national}", true, "0030901820"),
    ("+49 {telephoneNumber | trim | word 2}", true, "+49901820"),
  ])
  func `formats a number by its template, with e164 by default`(
    template: String, plus: Bool, expected: String
  ) throws {
    let mapped = try sample(numbers: [template], plus: plus).map(
      ola(["telephoneNumber": ["030 901820"]]), id: id, now: now)
    #expect(numbers(mapped) == [expected])
  }

  @Test func `leaves out a bad number beside a good one and names it`() throws {
    let mapped = try sample().map(ola(["telephoneNumber": ["n/a"], "mobile": ["0170 1234567"]]), id: id, now: now)
    #expect(numbers(mapped) == ["+491701234567"])
    #expect(mapped.problems.map(\.attribute) == ["telephoneNumber"])
    #expect(mapped.problems.map(\.value) == ["n/a"])
    #expect(mapped.problems.map(\.reason) == ["it isn't a phone number"])
  }

  @Test func `names a bad number that is the only one`() throws {
    let mapped = try sample().map(ola(["mobile": [String(repeating: "7", count: 200)]]), id: id, now: now)
    #expect(mapped.isUnmappable)
    #expect(mapped.problems.map(\.attribute) == ["mobile"])
  }

  @Test func `treats an empty number as none, and no number at all as a problem`() throws {
    #expect(
      numbers(try sample().map(ola(["mobile": ["030 901820"], "telephoneNumber": [""]]), id: id, now: now)).count == 1)
    let mapped = try sample().map(ola([:]), id: id, now: now)
    #expect(mapped.isUnmappable)
    #expect(mapped.problems.map(\.reason) == ["there is no phone number"])
    #expect(mapped.problems[0].remedy.contains("mobile or telephoneNumber"))
  }

  @Test func `needs both names`() throws {
    let entry = person(["telephoneNumber": ["030 901820"]])
    let mapped = try sample().map(entry, id: id, now: now)
    #expect(mapped.isUnmappable)
    #expect(mapped.problems.map(\.reason) == ["the first name would be empty", "the last name would be empty"])
    #expect(mapped.problems.map(\.attribute) == ["givenName", "sn"])
  }

  @Test func `requests only the attributes of its templates`() throws {
    #expect(try sample().attributes == ["telephoneNumber", "mobile", "givenName", "sn", "o"])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A company's entry` {
  private func mapping(company: String = "{o}", lastName: String = "{sn}", labels: [String] = []) throws
    -> ContactMapping
  {
    ContactMapping(
      templates: ContactTemplates(
        numbers: [try Template("{telephoneNumber}"), try Template("{mobile}")], firstName: try Template("{givenName}"),
        lastName: try Template(lastName), company: try Template(company), labels: labels, companyFirstName: "Firma"),
      dialPlans: DialPlans(try dialPlan()))
  }

  private func names(_ mapped: MappingResult) -> [String] { mapped.wanted.map(\.item.name) }

  @Test(arguments: [
    (["o": ["Fjord AS"]], "{o}", "{sn}"), (["o": ["Fjord AS"]], "{o}", "{sn ?? o}"),
    (["ou": ["Fjord AS"]], "{o ?? ou}", "{sn}"),
  ])
  func `has the company's name for its last`(attributes: [String: [String]], company: String, lastName: String) throws {
    let mapped = try mapping(company: company, lastName: lastName).map(
      person(attributes.merging(["telephoneNumber": ["030 901820"]]) { $1 }), id: id, now: now)
    #expect(mapped.problems.isEmpty)
    #expect(
      mapped.wanted.map(\.item) == [
        .contact(
          Contact(number: "+4930901820", firstName: "Firma", lastName: "Fjord AS", company: "Fjord AS"))
      ])
  }

  @Test(arguments: [
    ["givenName": ["Ola"], "o": ["Fjord"]], ["sn": ["Nordmann"], "o": ["Fjord"]], ["telephoneNumber": ["030 901820"]],
  ])
  func `is none if a person's name is incomplete, or without a company's`(attributes: [String: [String]]) throws {
    let mapped = try mapping().map(
      person(attributes.merging(["telephoneNumber": ["030 901820"]]) { $1 }), id: id, now: now)
    #expect(mapped.isUnmappable)
  }

  @Test func `and a person's have labels behind the last name, as configured`() throws {
    let both = ["telephoneNumber": ["030 901820"], "mobile": ["+49 171 1234567"]]
    let labelled = try mapping(labels: ["", "mobile"])
    #expect(names(labelled.map(ola(both), id: id, now: now)) == ["Ola Nordmann", "Ola Nordmann (mobile)"])
    #expect(
      names(labelled.map(person(both.merging(["o": ["Fjord"]]) { $1 }), id: id, now: now)) == [
        "Firma Fjord", "Firma Fjord (mobile)",
      ])
    let same = ["telephoneNumber": ["+49 171 1234567"], "mobile": ["+49 171 1234567"]]
    #expect(names(labelled.map(ola(same), id: id, now: now)) == ["Ola Nordmann"])
    let long = labelled.map(
      ola(both.merging(["sn": [String(repeating: "x", count: 255)]]) { $1 }), id: id, now: now)
    #expect(long.wanted.map { $0.item.fields[2].value.count } == [255, 255])
  }
}
