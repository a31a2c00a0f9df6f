import Domain
import LDAP
import Testing

@testable import Mapping

let id = EntryID("b2a5c1de-0000-4000-8000-000000000001")

/// A Tuesday in 2026.
let now: Seconds = 1_780_000_000

func rules(_ country: String = "DE", plus: Bool = true) throws -> NumberRules {
  try #require(NumberRules(country: country, plus: plus))
}

func person(_ attributes: [String: [String]], dn: String = "uid=anna,ou=people,dc=example,dc=com") -> Entry {
  Entry(dn: dn, attributes: attributes.map { ($0.key, $0.value.map { Value($0) }) })
}

/// What a template makes of an entry, before a field's own rules.
func render(_ template: String, _ attributes: [String: [String]] = [:], dn: String = "uid=anna,dc=example") throws
  -> String
{
  try Template(template).render(person(attributes, dn: dn), rules: rules()).text
}

extension Mapped {
  var wanted: [Wanted] { if case .wanted(let wanted, _) = self { wanted } else { [] } }

  var problems: [Problem] {
    switch self {
    case .wanted(_, let problems), .unmappable(let problems): problems
    case .disabled, .numberless: []
    }
  }

  var isUnmappable: Bool { if case .unmappable = self { true } else { false } }
}
