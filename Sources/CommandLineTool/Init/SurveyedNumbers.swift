import LDAP
import Mapping

/// The sampled entries with the forms of their numbers.
struct SurveyedNumbers {
  struct Person {
    let entry: Entry
    let place: String
    /// Of Active Directory's class for entries without an account.
    let isContact: Bool
    /// By attribute: its values, each with its form.
    var values: [(attribute: String, text: String, form: WrittenForm)] = []

    func has(_ attribute: String) -> Bool { values.contains { $0.attribute == attribute } }
  }

  private(set) var people: [Person]
  private(set) var places: [String: Place] = [:]
  /// Whether nearly all with an extension have a given name: then those without one are service accounts, rooms or devices.
  private(set) var requiresGivenName = false
  private let country: CountryFinder

  init(_ survey: DirectorySample, _ country: CountryFinder) {
    self.country = country
    var plans: [String: DialPlan] = [:]
    people = survey.sample.map { entry in
      let classes = entry.values("objectClass").compactMap { $0.text?.lowercased() }
      var person = Person(
        entry: entry, place: parentText(of: entry.dn),
        isContact: classes.contains("contact") && survey.family == .activeDirectory)
      let home = country.country(of: entry) ?? "DE"
      guard let plan = plans[home] ?? DialPlan(country: home, plus: false) else { return person }
      plans[home] = plan
      for attribute in survey.numberAttributes + ["mobile"] {
        for text in entry.values(attribute).compactMap(\.text) {
          person.values.append((attribute, text, plan.form(of: text)))
        }
      }
      return person
    }
    for person in people where !person.isContact {
      let isNumbered = !person.values.isEmpty
      places[person.place, default: Place(dn: person.place)].add(person, isNumbered: isNumbered)
    }
  }

  /// Whether its numbers show the company's own trunks: an employee's, as far as its place tells.
  func isEmployee(_ person: Person) -> Bool {
    guard !person.isContact, let place = places[person.place] else { return false }
    return !place.isAddressBook && !place.isFormer
  }

  /// The phone numbers of employees, as the finder of trunks takes them.
  var occurrences: [TrunkFinder.Occurrence] {
    people.filter(isEmployee).flatMap { person -> [TrunkFinder.Occurrence] in
      let desk = person.values.filter { $0.attribute != "mobile" }
      let inside = desk.filter { $0.form.style == .internal }.compactMap(\.form.internalNumber)
      return desk.compactMap { value in
        guard let e164 = value.form.e164, !value.form.isMobile else { return nil }
        return TrunkFinder.Occurrence(
          e164: e164, lastGroup: value.form.lastGroup, internalNumbers: inside,
          plainText: value.form.isPlain ? value.text : nil)
      }
    }
  }

  /// Desk numbers of employees that are internal, or lack their area code.
  var abbreviated: [WrittenForm] {
    people.filter(isEmployee).flatMap(\.values).filter { $0.attribute != "mobile" }.map(\.form)
      .filter { [.internal, .local].contains($0.style) }
  }

  /// Votes for the area codes of values that lack one, by trunks that such a value could belong to.
  func areaVotes(_ trunks: [TrunkNumbers]) -> GroupedVotes {
    var votes = GroupedVotes()
    for person in people where isEmployee(person) {
      for value in person.values where value.form.style == .local {
        let areas = Set(trunks.compactMap { $0.trunk.area(of: value.form.localDigits) })
        if areas.count == 1, let area = areas.first { votes.add(area, of: person.entry) }
      }
    }
    return votes
  }

  /// Votes of employees for the countries of their desk numbers, of those with a country code and of one of the trunks.
  func countryVotes(_ trunks: [TrunkNumbers]) -> GroupedVotes {
    var votes = GroupedVotes()
    for person in people where isEmployee(person) {
      let region = person.values.lazy.filter { value in
        guard value.attribute != "mobile", let e164 = value.form.e164 else { return false }
        return trunks.contains { $0.trunk.extension(of: e164) != nil }
      }.compactMap(\.form.region).first
      if let region { votes.add(region, of: person.entry) }
    }
    return votes
  }

  /// The trunks of each group, by their stems with spaces between them; nil if all groups have the same.
  func trunkSplit(_ trunks: [TrunkNumbers], by keys: [SiteKey]) -> GroupedVotes.Split? {
    if trunks.count < 2 { return nil }
    var votes = GroupedVotes()
    for person in people where isEmployee(person) {
      let trunk = person.values.lazy.filter { $0.attribute != "mobile" }.compactMap(\.form.e164).compactMap { number in
        trunks.first { $0.trunk.extension(of: number) != nil }
      }.first
      if let trunk { votes.add(trunk.trunk.stem, of: person.entry) }
    }
    return keys.lazy.compactMap { votes.joiningLabels(by: $0).split(by: [$0]) }.first
  }

  /// Counts the entries with an extension, place by place.
  mutating func countExtensions(_ extensionOf: (Person) -> String?) {
    let all = people.filter { !$0.isContact && extensionOf($0) != nil }
    let named = all.count { $0.entry.first("givenName") != nil }
    requiresGivenName = !all.isEmpty && named * 10 >= all.count * 9
    for person in all {
      places[person.place]?.withExtension += 1
      if requiresGivenName, person.entry.first("givenName") == nil { places[person.place]?.strangers += 1 }
    }
  }
}

extension Place {
  fileprivate mutating func add(_ person: SurveyedNumbers.Person, isNumbered: Bool) {
    let entry = person.entry
    entries += 1
    if isNumbered { withNumber += 1 }
    if person.values.contains(where: { $0.attribute != "mobile" }) { withDeskNumber += 1 }
    if entry.hasAccount { withAccount += 1 }
    if let company = (entry.first("o") ?? entry.first("company"))?.text {
      withCompany += 1
      if companies.count < 10 { companies.insert(company) }
    }
  }
}

extension Trunk {
  /// The area code that makes these digits a number of the trunk, by the country code's length; nil if none does.
  func area(of local: String) -> String? {
    // What follows the country code and the area code is written; the country code has one to three digits.
    let known = local.utf8.count - digits
    guard known > 0, stem.hasSuffix(local.prefix(known)) else { return nil }
    let before = stem.dropLast(known)
    let length = (1...2).first { countryCodes.contains(String(before.dropFirst().prefix($0))) } ?? 3
    return before.utf8.count > length + 1 ? String(before.dropFirst(length + 1)) : nil
  }
}

/// The country codes with one or two digits (ITU-T E.164); all others have three.
private let countryCodes: Set<String> = {
  let twoDigits = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62,
    63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
  ]
  return Set(["1", "7"] + twoDigits.map(String.init))
}()
