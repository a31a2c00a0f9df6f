import Domain
import LDAP
import Mapping
import Text

/// Finds the countries of a directory's phone numbers.
struct CountryFinder {
  /// How a country was found.
  enum Evidence: Hashable, Sendable { case numbers, entries, mailDomain, suffix, locale, answer }

  /// The country of most entries; nil if nothing shows it.
  private(set) var general: String?
  private(set) var evidence = Evidence.numbers
  /// How many numbers have the country code of which country.
  private(set) var counts: [String: Int] = [:]
  /// The countries of sites, where there are several.
  private(set) var split: (key: SiteKey, labels: [String: String])?

  /// What may divide entries by countries, in this order.
  private static let keys: [SiteKey] = [.unit, .country, .locality, .office]

  /// - Parameters:
  ///   - attributes: those with phone numbers.
  ///   - locale: as in `LANG`, such as `de_DE.UTF-8`.
  ///   - answer: the country that an admin has named.
  init(_ survey: DirectorySample, attributes: [String], locale: String?, answer: String? = nil) {
    var votes = GroupedVotes()
    // Numbers with a country code are read alike in every country.
    let neutral = DialPlan(country: "DE", plus: false)
    let hasAccounts = survey.sample.contains(where: \.hasAccount)
    for entry in survey.sample {
      let regions = attributes.flatMap { entry.values($0) }.compactMap { value -> String? in
        guard let text = value.text, text.contains("+") || text.contains("00") else { return nil }
        return neutral?.form(of: text).region
      }
      if let region = regions.first { counts[region, default: 0] += 1 }
      // Contacts are anywhere, and their numbers show nothing about a site.
      if hasAccounts, !entry.hasAccount { continue }
      let home = entry.first("c")?.text?.uppercased()
      if let region = regions.first ?? (home.flatMap { DialPlan.knows(country: $0) ? $0 : nil }) {
        votes.add(region, of: entry)
      }
    }
    split = votes.split(by: Self.keys)
    if let answer {
      (general, evidence) = (answer, .answer)
    } else if let winner = votes.winner, winner.share >= 0.6 || split != nil {
      general = winner.label
      evidence = counts[winner.label] == nil ? .entries : .numbers
    } else if let country = Self.mostCommon(survey.sample.compactMap { Self.country(ofDomain: $0.first("mail")?.text) })
    {
      (general, evidence) = (country, .mailDomain)
    } else if let country = survey.contexts.compactMap({ Self.country(ofDomain: DN($0).folded) }).first {
      (general, evidence) = (country, .suffix)
    } else if let country = locale?.split(separator: "_").dropFirst().first.map({ String($0.prefix(2)) }),
      DialPlan.knows(country: country)
    {
      (general, evidence) = (country, .locale)
    }
  }

  /// Whether it needs no confirmation.
  var isCertain: Bool { [.numbers, .answer, .entries].contains(evidence) && general != nil }

  func country(of entry: borrowing Entry) -> String? {
    guard let split, let group = split.key.group(of: entry) else { return general }
    return split.labels[group] ?? general
  }

  /// Divides the entries by the countries of their numbers of the company's own trunks. Contacts have no such numbers, so they don't
  /// hide that sites are in several countries.
  ///
  /// - Parameter trunkKey: what divides the entries by their trunks, if anything does.
  /// - Returns: whether the entries are read by other countries than before.
  mutating func divide(by votes: GroupedVotes, _ trunkKey: SiteKey?) -> Bool {
    guard split == nil else { return false }
    let joint = trunkKey.map { (key: $0, labels: votes.labels(by: $0, share: 0.6)) }
    guard let found = votes.split(by: Self.keys) ?? joint, Set(found.labels.values).count > 1 else { return false }
    split = found
    if evidence != .answer, let winner = votes.winner { (general, evidence) = (winner.label, .numbers) }
    return true
  }

  private static func mostCommon(_ countries: [String]) -> String? {
    let known = countries.filter(DialPlan.knows)
    guard let best = known.frequencies.mostFrequentFirst.first, best.value * 2 > known.count else { return nil }
    return best.key
  }

  /// The country of `name@example.de`, or of `dc=example,dc=de`.
  private static func country(ofDomain text: String?) -> String? {
    guard let end = text?.split(whereSeparator: { ".@=,".contains($0) }).last, end.utf8.count == 2 else { return nil }
    let country = end.uppercased()
    return country == "UK" ? "GB" : DialPlan.knows(country: country) ? country : nil
  }
}

extension Entry {
  /// Whether somebody can log in with it, as people can and contacts can't.
  var hasAccount: Bool { first("uid") != nil || first("sAMAccountName") != nil }
}
