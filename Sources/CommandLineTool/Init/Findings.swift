import LDAP
import Mapping

/// What follows from a survey: the configuration that fits the directory, with the counts that show it.
///
/// Pure: the same survey with the same answers always gives the same.
struct Findings {
  /// What an admin has answered; nil for what follows from the directory alone.
  struct Answers: Hashable, Sendable {
    var country: String?
    /// The length of extensions.
    var digits: Int?
    /// Whether only the members of the group become extensions.
    var usesGroup: Bool?
    /// As in `LANG`.
    var locale: String?
  }

  struct SiteFinding: Hashable, Sendable {
    var name: String
    /// nil for a site by an attribute's value.
    var base: String?
    var attributeName: String?
    var attributeValue = ""
    var country: String?
    var area: String?
    /// The first digits of its trunks, if it has trunks of its own, and their DDI blocks.
    var stems: [String] = []
    var blocks: [String] = []

    func hasEntry(of people: [SurveyedNumbers.Person]) -> Bool {
      if let attributeName {
        return people.contains { $0.entry.first(attributeName)?.text == attributeValue }
      }
      guard let base = base.map(DN.init) else { return true }
      return Set(people.map(\.place)).contains { place in
        var place = place
        while !place.isEmpty, DN(place) != base { place = parentText(of: place) }
        return !place.isEmpty
      }
    }
  }

  struct GroupFinding: Hashable, Sendable {
    let dn: String
    /// The members, and how many of the people with an extension they are.
    let members: Int
    let withExtension: Int
    var isUsed = false
  }

  let survey: DirectorySample
  let country: CountryFinder
  let trunks: TrunkFinder
  /// The DDI blocks as the configuration takes them.
  private(set) var blocks: [String] = []
  /// Those of entries without a site that has blocks of its own.
  private(set) var generalBlocks: [String] = []
  private(set) var area: String?
  private(set) var sites: [SiteFinding] = []
  let number: NumberSource?
  let places: [Place]
  /// All of the sample.
  let people: [SurveyedNumbers.Person]
  let userBases: [UnitTree.Base]
  let contactBases: [UnitTree.Base]
  /// Those who get an extension, and their number.
  let users: [(person: SurveyedNumbers.Person, number: String)]
  /// Entries with a number and without a given name among people who have one: service accounts, rooms, devices.
  let strangers: [Entry]
  let contacts: [SurveyedNumbers.Person]
  /// Extension numbers of entries that get no extension, in their order.
  private(set) var protected: [ProtectedNumber] = []
  private(set) var group: GroupFinding?

  init(_ survey: DirectorySample, _ answers: Answers = Answers()) {
    self.survey = survey
    let attributes = survey.numberAttributes
    var country = CountryFinder(
      survey, attributes: attributes + ["mobile"], locale: answers.locale, answer: answers.country)
    var numbers = SurveyedNumbers(survey, country)
    var trunks = TrunkFinder(numbers.occurrences, digits: answers.digits)
    let trunkKey = numbers.trunkSplit(trunks.trunks, by: SiteKey.allCases)?.key
    if country.divide(by: numbers.countryVotes(trunks.trunks), trunkKey) {
      // Numbers without a country code are other numbers now.
      numbers = SurveyedNumbers(survey, country)
      trunks = TrunkFinder(numbers.occurrences, digits: answers.digits)
    }
    trunks.add(abbreviated: numbers.abbreviated)
    (self.country, self.trunks) = (country, trunks)

    let areaVotes = numbers.areaVotes(trunks.trunks)
    // An area code belongs to one country, so one site with numbers that lack it is enough.
    let areaSplit =
      country.split.map { (key: $0.key, labels: areaVotes.labels(by: $0.key, share: 0.9)) }
      ?? areaVotes.split()
    if let winner = areaVotes.winner, areaSplit == nil, winner.share >= 0.9, country.split == nil {
      area = winner.label
    }
    let dialPlans = SurveyedDialPlans(
      country, area: area, areaSplit, trunks, numbers, contexts: survey.contexts)
    (blocks, generalBlocks, sites) = (dialPlans.blocks, dialPlans.generalBlocks, dialPlans.sites)

    let number = NumberSource(
      of: numbers, attributes: attributes, hasBlocks: !blocks.isEmpty
    ) { dialPlans.dialPlan(for: $0.entry) }
    self.number = number
    // Without a source that needs them, blocks would only change caller IDs.
    if number?.way != .ddi {
      (blocks, generalBlocks) = ([], [])
      sites = sites.filter { $0.country != nil || $0.area != nil }
      for index in sites.indices { sites[index].blocks = [] }
    }
    func extensionNumber(_ person: SurveyedNumbers.Person) -> String? {
      dialPlans.dialPlan(for: person.entry).flatMap { number?.extension(of: person, $0) }
    }
    numbers.countExtensions(extensionNumber)
    let places = numbers.places
    self.places = places.values.sorted { $0.dn < $1.dn }

    self.people = numbers.people
    let homes = places.values.filter { $0.kind == .people }.map(\.dn)
    let others = places.values.filter { ![.people, .unnumbered].contains($0.kind) }.map(\.dn)
    userBases = UnitTree(contexts: survey.contexts, wanted: homes, avoided: others).bases
    let found = numbers.people.compactMap { person -> (person: SurveyedNumbers.Person, number: String)? in
      guard !person.isContact, places[person.place]?.kind == .people, let number = extensionNumber(person) else {
        return nil
      }
      return (person, number)
    }
    let requiresGivenName = numbers.requiresGivenName
    users = found.filter { !requiresGivenName || $0.person.entry.first("givenName") != nil }
    strangers = found.filter { requiresGivenName && $0.person.entry.first("givenName") == nil }.map(\.person.entry)

    let books = places.values.filter { $0.kind == .contacts }.map(\.dn)
    let contactClass = numbers.people.filter { $0.isContact && !$0.values.isEmpty }
    contacts =
      contactClass
      + numbers.people.filter { !$0.isContact && places[$0.place]?.kind == .contacts && !$0.values.isEmpty }
    contactBases =
      survey.family == .activeDirectory
      ? UnitTree(contexts: survey.contexts, wanted: Array(Set(contactClass.map(\.place))), avoided: []).bases
      : UnitTree(
        contexts: survey.contexts, wanted: books,
        avoided: places.values.filter { ![.contacts, .unnumbered].contains($0.kind) }.map(\.dn)
      ).bases
    // A site of a place that is left out would have no entries.
    let selected = users.map(\.person) + contacts
    sites = sites.filter { $0.hasEntry(of: selected) }.map { site in
      var site = site
      if let base = site.base { site.name = shortName(of: base, among: sites.compactMap(\.base)) }
      return site
    }
    group = bestGroup(answers.usesGroup)
    protected = protectedNumbers(numbers, dialPlans)
  }

  /// The group with the most people who have an extension. It is used if it has half of them, unless an admin says otherwise.
  private func bestGroup(_ answer: Bool?) -> GroupFinding? {
    let found = survey.groups.map { group in
      GroupFinding(
        dn: group.dn, members: group.members.names.count + group.members.uids.count,
        withExtension: users.count { group.members.contains($0.person.entry) })
    }
    guard var best = found.max(by: { $0.withExtension < $1.withExtension }), best.withExtension > 0 else { return nil }
    best.isUsed = answer ?? (best.withExtension * 2 >= users.count)
    return best
  }
}

extension Findings {
  /// The name of a source in messages.
  func name(of base: String) -> String { shortName(of: base, among: (userBases + contactBases).map(\.dn)) }
}

/// The value of a DN's first RDN, with those above it as far as it takes to tell it from others.
func shortName(of dn: String, among others: [String]) -> String {
  func name(_ dn: String, _ depth: Int) -> String {
    var (parts, place) = ([String](), dn)
    for _ in 0...depth where !place.isEmpty {
      parts.insert(DN(place).namingValue, at: 0)
      place = parentText(of: place)
    }
    return parts.joined(separator: " ")
  }
  let rest = Set(others).subtracting([dn])
  let depth = (0..<5).first { depth in !rest.contains { name($0, depth) == name(dn, depth) } }
  return depth.map { name(dn, $0) } ?? dn
}
