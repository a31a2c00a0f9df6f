import Domain
import LDAP
import Mapping

/// The dial plans by which a survey's numbers are read: those of the configuration to be written.
struct SurveyedDialPlans {
  /// All DDI blocks, as the configuration takes them.
  let blocks: [String]
  /// Those of entries without a site that has blocks of its own.
  let generalBlocks: [String]
  /// The sites that differ from the general dial plan.
  let sites: [Findings.SiteFinding]
  private let dialPlans: DialPlans?

  func dialPlan(for entry: borrowing Entry) -> DialPlan? { dialPlans?.dialPlan(for: entry) }

  /// The extensions that a value means by the blocks of any site.
  func extensions(in text: String) -> Set<String> {
    guard let dialPlans else { return [] }
    let ranges = dialPlans.extensionRanges
    return dialPlans.readings(of: text).filter { number in ranges.contains { $0.contains(number) } }
  }

  /// The text, if it is nothing but an internal number.
  func internalNumber(in text: String) -> String? { dialPlans?.internalNumber(in: text) }

  init(
    _ country: CountryFinder, area: String?, _ areaSplit: GroupedVotes.Split?, _ trunks: TrunkFinder,
    _ numbers: SurveyedNumbers, contexts: [String]
  ) {
    func plan(_ country: String, _ area: String?) -> DialPlan? {
      (try? DialPlan(country: country, area: area ?? "", plus: false)) ?? DialPlan(country: country, plus: false)
    }
    let home = country.general ?? "DE"
    let plain = plan(home, area)
    /// The valid blocks of trunks.
    func valid(_ trunks: [TrunkNumbers], _ zeros: Int) -> [(text: String, block: DDIBlock)] {
      guard let plain else { return [] }
      return trunks.flatMap { $0.blocks(zeros: zeros) }
        .compactMap { text in (try? DDIBlock(text, dialPlan: plain)).map { (text, $0) } }
    }
    let all = valid(trunks.trunks, trunks.zeros)
    let keys = (country.split?.key ?? areaSplit?.key).map { [$0] } ?? SiteKey.allCases
    let trunkSplit = numbers.trunkSplit(trunks.trunks, by: keys)
    var sites = Self.sites(country, areaSplit, trunkSplit, numbers, contexts: contexts)
    var made: [Site] = []
    for index in sites.indices {
      let own = valid(trunks.trunks.filter { sites[index].stems.contains($0.trunk.stem) }, trunks.zeros)
      sites[index].blocks = own.map(\.text)
      let dialPlan = plan(sites[index].country ?? home, sites[index].area ?? (sites[index].country == nil ? area : nil))
      guard let dialPlan else { continue }
      let ddiBlocks = DDIBlocks(own.isEmpty ? all.map(\.block) : own.map(\.block))
      made.append(Site("\(index)", sites[index].rule, dialPlan: dialPlan.replacingDDIBlocks(with: ddiBlocks)))
    }
    let isSplit = sites.contains { !$0.blocks.isEmpty }
    let finder = plain.map { DialPlans($0, sites: made) }
    // Somebody who is nowhere near may have a number of any block.
    let isNeeded =
      !isSplit
      || numbers.people.contains { person in
        numbers.isEmployee(person) && person.values.contains { $0.attribute != "mobile" }
          && finder?.site(of: person.entry).flatMap { Int($0.name) }.map { sites[$0].blocks.isEmpty } ?? true
      }
    blocks = all.map(\.text)
    generalBlocks = isNeeded ? blocks : []
    self.sites = sites
    dialPlans = plain.map {
      DialPlans($0.replacingDDIBlocks(with: DDIBlocks(isNeeded ? all.map(\.block) : [])), sites: made)
    }
  }

  /// How a site differs from the general dial plan.
  private struct Difference: Hashable {
    var country: String?
    var area: String?
    var stems: [String] = []
  }

  private static func sites(
    _ country: CountryFinder, _ areaSplit: GroupedVotes.Split?, _ trunkSplit: GroupedVotes.Split?,
    _ numbers: SurveyedNumbers, contexts: [String]
  ) -> [Findings.SiteFinding] {
    guard let key = country.split?.key ?? areaSplit?.key ?? trunkSplit?.key else { return [] }
    let countries = country.split?.labels ?? [:]
    let areas = areaSplit?.key == key ? areaSplit?.labels ?? [:] : [:]
    let stems = trunkSplit?.labels ?? [:]
    var marked: [String: Difference] = [:]
    for group in Set(countries.keys).union(areas.keys).union(stems.keys) {
      let difference = Difference(
        country: countries[group].flatMap { $0 == country.general ? nil : $0 }, area: areas[group],
        stems: stems[group]?.split(separator: " ").map(String.init) ?? [])
      if difference != Difference() { marked[group] = difference }
    }
    func site(_ name: String, _ it: Difference) -> Findings.SiteFinding {
      Findings.SiteFinding(name: name, country: it.country, area: it.area, stems: it.stems)
    }
    if let attribute = key.attribute {
      return marked.sorted { $0.key < $1.key }.map { group, difference in
        var site = site(group, difference)
        (site.attributeName, site.attributeValue) = (attribute, group)
        return site
      }
    }
    let places = numbers.places.values.filter { $0.withDeskNumber > 0 }.map(\.dn)
    let found = Set(marked.values).flatMap { difference -> [Findings.SiteFinding] in
      let own = marked.filter { $0.value == difference }.map(\.key)
      let tree = UnitTree(contexts: contexts, wanted: own, avoided: places.filter { !own.contains($0) })
      return tree.bases.map { base in
        var site = site(base.dn, difference)
        site.base = base.dn
        return site
      }
    }
    // The first site that an entry matches is used: those below come first.
    return found.map { (site: $0, depth: depth(of: $0.base ?? "")) }
      .sorted { ($1.depth, $0.site.base ?? "") < ($0.depth, $1.site.base ?? "") }.map(\.site)
  }

  private static func depth(of dn: String) -> Int {
    var (place, depth) = (dn, 0)
    while !place.isEmpty { (place, depth) = (parentText(of: place), depth + 1) }
    return depth
  }
}

extension Findings.SiteFinding {
  fileprivate var rule: Site.Rule {
    attributeName.map { .valued(attribute: $0, value: attributeValue) } ?? .below(base: base ?? "")
  }
}
