import Domain
import LDAP
import Testing

@testable import Mapping

private func site(_ name: String, _ membership: Site.Rule, area: String, _ block: String) throws -> Site {
  let plain = try DialPlan(country: "DE", area: area, plus: true, site: name)
  return Site(
    name, membership, dialPlan: plain.replacingDDIBlocks(with: DDIBlocks([try DDIBlock(block, dialPlan: plain)])))
}

private func dialPlans() throws -> DialPlans {
  DialPlans(
    try dialPlan(),
    sites: [
      try site("berlin", .below(base: "OU=Berlin, dc=example,dc=com"), area: "30", "+49 30 9018 0000-4999"),
      try site(
        "hamburg", .valued(attribute: "l", value: "Hamburg Altona"), area: "40", "+49 40 555 000-999 = 5000-5999"),
    ])
}

private func map(_ number: String, dn: String, l: [String] = []) throws -> MappingResult {
  let templates = ExtensionTemplates(
    number: try Template("{telephoneNumber | extension}"), firstName: try Template("x"), lastName: nil, email: nil,
    callerID: try Template("{telephoneNumber | e164}"))
  let mapping = UserMapping(templates: templates, dialPlans: try dialPlans(), disabled: .never)
  #expect(mapping.attributes == ["telephoneNumber", "l"])
  return mapping.map(person(["telephoneNumber": [number], "l": l], dn: dn), id: id, now: now)
}

@Suite(.timeLimit(.minutes(15))) struct `Sites` {
  @Test(arguments: [
    ("9018 1234", "uid=a,ou=berlin,dc=example,dc=com", [], "1234", "+493090181234"),
    ("9018 1234", "uid=a,ou=x,OU=BERLIN,DC=example,DC=com", ["Hamburg Altona"], "1234", "+493090181234"),
    ("555 017", "uid=a,ou=b,dc=example,dc=com", ["hamburg  ALTONA"], "5017", "+4940555017"),
    ("+49 40 555017", "uid=a,ou=b,dc=example,dc=com", ["Kiel", "Hamburg Altona"], "5017", "+4940555017"),
  ])
  func `have their own dial plan, the first that matches`(
    number: String, dn: String, l: [String], extension: String, callerID: String
  ) throws {
    let fields = try #require(try map(number, dn: dn, l: l).wanted.first).item.fields
    #expect(fields.first?.value == `extension`)
    #expect(fields.last?.value == callerID)
  }

  @Test(arguments: [
    ("+49 40 555 017", "uid=a,ou=berlin,dc=example,dc=com", [], "of site \"berlin\""),
    ("+49 30 9018 1234", "uid=a,dc=example,dc=com", ["Hamburg Altona"], "of site \"hamburg\""),
    ("+49 30 9018 1234", "uid=a,ou=notberlin,dc=example,dc=com", ["Kiel"], "of [numbers]"),
  ])
  func `are named for a number of another site`(number: String, dn: String, l: [String], place: String) throws {
    let problem = try #require(try map(number, dn: dn, l: l).problems.first)
    #expect(problem.reason.hasSuffix("is in no DDI block \(place)"), "\(problem.reason)")
    #expect(problem.attribute == "telephoneNumber" && problem.value == number && problem.dn == dn)
    #expect(problem.remedy.contains("ddi \(place)"))
  }

  @Test(arguments: [
    AttributeValue(String(repeating: "9", count: 200)), AttributeValue(bytes: [0xFF, 0xFE, 0x31]),
    AttributeValue(bytes: [0x31, 0, 0x32]),
    AttributeValue(bytes: [0xC3, 0x28]), AttributeValue("☎ +"),
  ])
  func `report an entry with an invalid number, whatever its bytes`(value: AttributeValue) throws {
    let templates = ContactTemplates(
      numbers: [try Template("{telephoneNumber}")], firstName: try Template("x"), lastName: try Template("y"),
      company: nil)
    let mapping = ContactMapping(templates: templates, dialPlans: try dialPlans())
    let dn = "uid=a,ou=berlin,dc=example,dc=com"
    let mapped = mapping.map(Entry(dn: dn, attributes: [("telephoneNumber", [value])]), id: id, now: now)
    #expect(mapped.isUnmappable)
    #expect(mapped.problems.map(\.dn) == [dn])
    #expect(mapped.problems.map(\.attribute) == ["telephoneNumber"])
    #expect(mapped.problems.allSatisfy { !$0.reason.isEmpty && $0.value.count <= 80 })
  }
}
