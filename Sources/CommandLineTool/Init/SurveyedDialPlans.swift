import LDAP
import Mapping

/// The dial plans by which a survey's numbers are read: those of the configuration to be written.
struct SurveyedDialPlans {
  private(set) var blocks: [String] = []
  private let country: CountryFinder
  private let area: String?
  private let areaSplit: (key: SiteKey, labels: [String: String])?
  private let general: DialPlan?
  private let others: [String: DialPlan]

  init(
    _ country: CountryFinder, area: String?, _ areaSplit: (key: SiteKey, labels: [String: String])?,
    _ trunks: TrunkFinder
  ) {
    self.country = country
    self.area = area
    self.areaSplit = areaSplit
    func plan(_ country: String, _ area: String?) -> DialPlan? {
      (try? DialPlan(country: country, area: area ?? "", plus: false)) ?? DialPlan(country: country, plus: false)
    }
    let plain = plan(country.general ?? "DE", area)
    let texts = trunks.trunks.flatMap { $0.blocks(zeros: trunks.zeros) }
    let valid = plain.map { plain in
      texts.compactMap { text in (try? DDIBlock(text, dialPlan: plain)).map { (text: text, block: $0) } }
    }
    blocks = valid?.map(\.text) ?? []
    let ddiBlocks = DDIBlocks(valid?.map(\.block) ?? [])
    general = plain?.replacingDDIBlocks(with: ddiBlocks)
    var others: [String: DialPlan] = [:]
    for home in Set((country.split?.labels.values.map { $0 } ?? []) + [country.general].compactMap(\.self)) {
      for area in Set((areaSplit?.labels.values.map { $0 } ?? []) + [""]) {
        others["\(home) \(area)"] = plan(home, area)?.replacingDDIBlocks(with: ddiBlocks)
      }
    }
    self.others = others
  }

  func dialPlan(for entry: borrowing Entry) -> DialPlan? {
    if country.split == nil, areaSplit == nil { return general }
    let home = country.country(of: entry) ?? ""
    let area = areaSplit.flatMap { split in split.key.group(of: entry).flatMap { split.labels[$0] } } ?? ""
    return others["\(home) \(area)"] ?? general
  }

  /// The sites that differ from the general dial plan.
  func sites(contexts: [String], places: [String]) -> [Findings.SiteFinding] {
    guard let key = country.split?.key ?? areaSplit?.key else { return [] }
    let countries = country.split?.labels ?? [:]
    let areas = areaSplit?.key == key ? areaSplit?.labels ?? [:] : [:]
    let groups = Set(countries.keys).union(areas.keys).sorted()
    func rules(_ group: String) -> [String?] {
      let home = countries[group].flatMap { $0 == country.general ? nil : $0 }
      return [home, areas[group]]
    }
    let marked = groups.filter { rules($0) != [nil, nil] }
    if let attribute = key.attribute {
      return marked.map { group in
        Findings.SiteFinding(
          name: group, attributeName: attribute, attributeValue: group, country: rules(group)[0], area: rules(group)[1])
      }
    }
    return Set(marked.map(rules)).sorted { "\($0)" < "\($1)" }.flatMap { rule -> [Findings.SiteFinding] in
      let own = marked.filter { rules($0) == rule }
      let tree = UnitTree(contexts: contexts, wanted: own, avoided: places.filter { !own.contains($0) })
      return tree.bases.map { base in
        Findings.SiteFinding(name: base.dn, base: base.dn, country: rule[0], area: rule[1])
      }
    }
  }
}
