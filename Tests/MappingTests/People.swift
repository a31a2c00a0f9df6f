import Domain
import LDAP
import Testing

@testable import Mapping

let id = EntryID("b2a5c1de-0000-4000-8000-000000000001")

/// A Tuesday in 2026.
let now: Timestamp = 1_780_000_000

func dialPlan(_ country: String = "DE", plus: Bool = true) throws -> DialPlan {
  try #require(DialPlan(country: country, plus: plus))
}

func person(_ attributes: [String: [String]], dn: String = "uid=anna,ou=people,dc=example,dc=com") -> Entry {
  Entry(dn: dn, attributes: attributes.map { ($0.key, $0.value.map { AttributeValue($0) }) })
}

/// What a template makes of an entry, before a field's own rules.
func render(_ template: String, _ attributes: [String: [String]] = [:], dn: String = "uid=anna,dc=example") throws
  -> String
{
  try Template(template).render(person(attributes, dn: dn), dialPlan: dialPlan()).text
}

extension MappingResult {
  var wanted: [WantedObject] { if case .wanted(let wanted, _) = self { wanted } else { [] } }

  var problems: [MappingProblem] {
    switch self {
    case .wanted(_, let problems), .unmappable(_, let problems): problems
    case .disabled, .unnumbered: []
    }
  }

  var isUnmappable: Bool { if case .unmappable = self { true } else { false } }
}
