import Domain
import LDAP
import Mapping
import Text

extension Findings {
  /// Where the country comes from, as a sentence.
  var countryEvidence: String {
    let general = country.general ?? "DE"
    let counts = country.counts.mostFrequentFirst.prefix(4)
      .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let base = "The country of numbers without a country code"
    return switch country.evidence {
    case .numbers where country.general != nil:
      "\(base). Entries by their first country code: \(counts)."
    case .entries: "\(base), by the attribute c of most entries."
    case .answer: "\(base), as answered."
    case .mailDomain: "NOT CERTAIN: \(base), by the mail domain: \(general)."
    case .suffix: "NOT CERTAIN: \(base), by the name of the directory: \(general)."
    case .locale where country.general != nil: "NOT CERTAIN: \(base), by this machine's language: \(general)."
    default: "NOT CERTAIN: \(base). Nothing in the directory shows it."
    }
  }

  /// How the sites differ, as sentences.
  var siteEvidence: String {
    let keys = [
      sites.contains { $0.country != nil } ? "country" : nil, sites.contains { $0.area != nil } ? "area code" : nil,
    ].compactMap(\.self).joined(separator: " and ")
    let own =
      sites.contains { !$0.blocks.isEmpty }
      ? "Each site has the DDI blocks of its entries' numbers, so that nobody gets a free number of another site. "
      : ""
    let other = keys.isEmpty ? "" : "The entries of these sites have their own \(keys). "
    return own + other + "All else is as in [numbers], which also has the rules for all other entries."
  }

  /// How the trunks were found, as a sentence.
  var trunkEvidence: String {
    let counts = trunks.trunks.map { it -> String in
      let isOne = it.suffixes.count == 1
      return "\(counted(it.suffixes.count, "different number")) \(isOne ? "begins" : "begin") with "
        + "\(it.writtenStem ?? it.trunk.stem) and \(isOne ? "ends" : "end") in \(counted(it.trunk.digits, "digit"))"
    }.joined(separator: "; ")
    return switch trunks.evidence {
    case .internalNumbers: "\(counts), as the internal numbers of the same entries show."
    case .writing: "\(counts), as most values are written."
    case .answer: "\(counts), as answered."
    case .guess: "NOT CERTAIN: \(counts), because that is the usual length. Check it with a few known extensions."
    }
  }

  /// Which numbers of the blocks the directory shows, if the blocks are wider; nil if they aren't.
  var blockGuess: String? {
    let seen = trunks.trunks.flatMap { $0.seenOfWiderBlocks(zeros: trunks.zeros) }
    if seen.isEmpty { return nil }
    return
      "GUESS: of these blocks the directory has only \(seen.listed(to: 8)). Narrow each block to the numbers that the carrier assigned to you: its other numbers count as free."
  }

  /// What shows the country of a site, as a sentence.
  func countryEvidence(of site: SiteFinding) -> String {
    let own = people.filter { person in sites.first { $0.hasEntry(of: [person]) } == site }
    let regions = own.compactMap { person in person.values.lazy.compactMap(\.form.region).first }
    if regions.isEmpty { return "Its country, by the attribute c of its entries." }
    let counts = regions.frequencies.mostFrequentFirst.prefix(4).map { "\($0.value) \($0.key)" }
    return "Its country. Entries by their first country code: \(counts.joined(separator: ", "))."
  }

  /// How many entries below a base have which extensions, and why others have none.
  func numberEvidence(
    _ base: UnitTree.Base, _ own: [(person: SurveyedNumbers.Person, number: String)], _ number: NumberSource
  ) -> [String] {
    let all = people.filter { !$0.isContact && base.selects(DN($0.entry.dn)) }
    let numbered = all.filter { person in number.attributes.contains(where: person.has) }
    let lengths = Dictionary(grouping: own.map(\.number)) { $0.utf8.count }.sorted { $0.key < $1.key }
    let texts = lengths.map { length, numbers in
      "\(counted(numbers.count, "entry has", "entries have")) an extension of \(counted(length, "digit")) within \(numbers.min() ?? "")-\(numbers.max() ?? "")"
    }
    let first =
      "\(numbered.count) of \(all.count) entries have \(number.attributes.joined(separator: " or ")); \(texts.joined(separator: ", "))."
    let known = Set(own.map(\.person.entry.dn) + strangers.map(\.dn))
    let rest = numbered.filter { !known.contains($0.entry.dn) }
    if rest.isEmpty { return [first] }
    let forms = rest.compactMap { person in
      number.attributes.first(where: person.has).flatMap { name in person.values.first { $0.attribute == name }?.form }
    }
    let reasons = [
      (forms.count { $0.isMobile }, "with a mobile number"),
      (forms.count { $0.style == .unreadable }, "unreadable as one number"),
      (forms.count { !$0.isMobile && $0.style != .unreadable }, "of no block or range"),
    ].filter { $0.0 > 0 }.map { "\($0) \($1)" }
    return [
      first,
      "\(counted(rest.count, "entry has", "entries have")) no usable number, by their first value: \(reasons.joined(separator: ", ")). "
        + "A run skips and reports those that it selects.",
    ]
  }

  /// How numbers are written, attribute by attribute.
  var writingEvidence: [String] {
    let people = users.map(\.person)
    return (survey.numberAttributes + ["mobile"]).compactMap { attribute in
      let values = people.flatMap { $0.values.filter { $0.attribute == attribute } }
      if values.isEmpty { return nil }
      let mobiles = values.count { $0.form.isMobile }
      let styles = WrittenForm.Style.allCases.compactMap { style -> String? in
        let count = values.count { $0.form.style == style }
        return count == 0 ? nil : "\(count) \(style.words)"
      }
      return
        "\(people.count { $0.has(attribute) }) of \(people.count) people with an extension have \(attribute), "
        + "\(counted(values.count, "value")) in all: \(styles.joined(separator: ", "))"
        + (mobiles > 0 && attribute != "mobile"
          ? "; \(counted(mobiles, "value is a mobile number", "values are mobile numbers"))." : ".")
    }
  }

  /// Entries that look as if they stay for good: those of a function.
  var canaries: [String] {
    let words = [
      "switchboard", "reception", "operator", "zentrale", "empfang", "telefonzentrale", "vermittlung", "pforte",
      "standard",
      "centralino",
    ]
    return Array(
      (users.map(\.person.entry) + strangers + survey.others).filter { entry in
        ["cn", "uid", "displayName", "sAMAccountName", "sn"].contains { name in
          entry.first(name)?.text.map { text in
            text.lowercased().split { !$0.isLetter }.contains { words.contains(String($0)) }
          } ?? false
        }
      }.map(\.dn).sorted().prefix(2))
  }

  /// The first and the last entry of people, as examples of canaries.
  var canaryProposals: [String] {
    let names = users.map(\.person.entry.dn).sorted()
    return [names.first, names.count > 1 ? names.last : nil].compactMap(\.self)
  }

  /// An attribute that each entry has, with different values; nil without one.
  var otherIdentity: String? {
    let entries = users.map(\.person.entry)
    if let identity = survey.identity, entries.contains(where: { identity.id(of: $0) != nil }) { return nil }
    return ["uid", "sAMAccountName"].first { name in
      let values = entries.compactMap { $0.values(name).count == 1 ? $0.first(name)?.text?.lowercased() : nil }
      return values.count == entries.count && Set(values).count == values.count && !values.isEmpty
    }
  }

  /// What the configuration leaves out, and why, as sentences.
  var leftOut: [String] {
    let ofPlaces = places.compactMap { place -> String? in
      switch place.kind {
      case .former:
        "\(place.dn): \(counted(place.withNumber, "entry has a number", "entries have numbers")), but its name suggests that they have left."
      case .accounts:
        "\(place.dn): \(counted(place.withExtension, "entry has an extension", "entries have extensions")), but most have no given name: they look like service accounts, rooms or devices. Their numbers are protected."
      case .unclear:
        place.withDeskNumber == 0
          ? "\(place.dn): \(counted(place.withNumber, "entry has only a mobile number", "entries have only mobile numbers")), from which no extension follows."
          : "\(place.dn): \(counted(place.withNumber, "entry has a number", "entries have numbers")), mostly of no DDI block, and neither companies nor the name show that they are contacts."
      case .people, .contacts, .unnumbered: nil
      }
    }
    let ofTrunks = trunks.clashing.map { it in
      "The block \(it.writtenStem ?? it.trunk.stem) with \(counted(it.suffixes.count, "number")): some of its last \(it.trunk.digits) digits are extensions of another block too. Add it to ddi with other extensions, as in \"\(it.blocks(zeros: 9).first ?? "") = ...\"."
    }
    let ofLoners = trunks.loners.map {
      "\($0) is the only number near it, as a mistyped one would be. If it is right, add its block to ddi."
    }
    let ofStrangers =
      strangers.isEmpty
      ? []
      : [
        "\(counted(strangers.count, "entry with a number has", "entries with a number have")) no givenName, as service accounts and rooms do: \(strangers.map(\.dn).listed(to: 3, by: "; ")). If they are people, give them one in the directory, and take their numbers out of protected."
      ]
    return ofStrangers + ofPlaces + ofTrunks + ofLoners
  }
}

extension WrittenForm.Style {
  fileprivate var words: String {
    switch self {
    case .international: "with a country code"
    case .national: "with an area code"
    case .local: "without an area code"
    case .internal: "internal"
    case .unreadable: "unreadable as one number"
    }
  }
}
