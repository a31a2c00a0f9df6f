import Configuration
import Domain
import Mapping

/// Parses what the mapping reads of the configuration and gathers what is wrong with it, so that an admin sees all of it
/// at once.
struct Templates {
  let file: String
  private(set) var findings: [ConfigurationError.Finding] = []
  /// Those that take blocks of numbers.
  private var dialIn: [Configuration.TemplateText] = []

  init(file: String) { self.file = file }

  /// - Parameter mayTakeAll: whether each value may have an object of its own.
  mutating func parse(_ text: Configuration.TemplateText?, mayTakeAll: Bool = false) -> Template? {
    guard let text else { return nil }
    do {
      let template = try Template(text.text)
      if template.needsDialIn { dialIn.append(text) }
      if template.takesAll, !mayTakeAll {
        note(
          text, "\(text.name): a field has one value, so all can't stand in it",
          "take all out, or write prefer \"pattern\" for the values that come first")
      }
      return template
    } catch {
      note(text, skipping: error.column - 1, "\(text.name): \(error.message)", error.clause)
      return nil
    }
  }

  /// The number rules of all sites; nil where they can't be had.
  mutating func numbering(_ configuration: Configuration) -> Numbering? {
    let numbers = configuration.numbers
    let general = rules(
      country: numbers.countryText, area: numbers.area, plus: numbers.plus, site: nil, ddi: numbers.ddi)
    guard let general else { return nil }
    let sites = configuration.sites.map { site in
      rules(
        country: site.country ?? numbers.countryText,
        // An area code is one of its country.
        area: site.area ?? (site.country == nil ? numbers.area : nil), plus: numbers.plus, site: site.name,
        ddi: site.ddi
      )
      .map { rules in
        Site(site.name, site.membership, rules: site.ddi.isEmpty ? rules.with(general.dialIn) : rules)
      }
    }
    return Numbering(general, sites: sites.compactMap(\.self))
  }

  /// Notes the templates that ask for extensions of numbers where no numbers have any.
  mutating func checkDialIn(_ numbering: Numbering?) {
    guard let numbering, !numbering.hasDialIn else { return }
    for text in dialIn {
      note(
        text, "\(text.name): extension tells nothing without direct dial-in blocks",
        "add to [numbers], say: ddi = [\"+49 30 9018 0000-4999\"]")
    }
  }

  private mutating func rules(
    country: Configuration.PlacedText, area: Configuration.PlacedText?, plus: Bool, site: String?,
    ddi: [Configuration.PlacedText]
  ) -> NumberRules? {
    do throws(NumberRules.Flaw) {
      let rules = try NumberRules(country: country.text, area: area?.text ?? "", plus: plus, site: site)
      return rules.with(dialIn(ddi, rules))
    } catch {
      switch error {
      case .unknownCountry:
        note(country, "\"\(country.text)\" is no country", "give its two letters of ISO 3166, such as \"DE\"")
      case .noAreaCodes: note(area ?? country, "numbers of \(country.text) have no area codes", "leave 'area' out")
      case .trunkPrefix:
        note(
          area ?? country, "an area code is written without what is dialled before it",
          "leave out the digits that aren't dialled from another country, such as the first 0 of 030")
      }
      return nil
    }
  }

  private mutating func dialIn(_ texts: [Configuration.PlacedText], _ rules: NumberRules) -> DialIn {
    let blocks = texts.compactMap { text -> DialInBlock? in
      do throws(DialInError) {
        return try DialInBlock(text.text, rules: rules)
      } catch {
        note(text, error.message, error.remedy)
        return nil
      }
    }
    let dialIn = DialIn(blocks)
    if blocks.count == texts.count, let clash = dialIn.clash {
      note(
        texts[clash.second],
        "\"\(texts[clash.first].text)\" and \"\(texts[clash.second].text)\" share \(clash.what.rawValue)",
        clash.what == .numbers
          ? "let each number stand in one block"
          : "give one of them other extensions, as in +49 30 9018 0000-4999 = 70000-74999, or another site")
    }
    return dialIn
  }

  private mutating func note(
    _ text: Configuration.PlacedText, skipping offset: Int = 0, _ message: String, _ remedy: String
  ) {
    findings.append(
      ConfigurationError.Finding(line: text.line, column: text.column + offset, message: message, remedy: remedy))
  }
}

extension Configuration.TemplateText {
  /// `extension.number`, as it is written: the place says of which source.
  var name: String { key.split(separator: ".", maxSplits: 1).last.map(String.init) ?? key }
}

extension TemplateError {
  /// The remedy as it stands behind a semicolon.
  fileprivate var clause: String {
    let text = remedy.hasSuffix(".") ? remedy.dropLast() : remedy[...]
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}

extension Configuration.Site {
  fileprivate var membership: Site.Membership {
    if let attribute, let value { return .valued(attribute: attribute, value: value) }
    return .below(base: base ?? "")
  }
}

extension NameRules {
  init(_ names: Configuration.Names) {
    self.init(
      transliteration: names.transliterate.flatMap(Transliteration.init),
      limits: [
        .firstName: Limit(names.firstName), .lastName: Limit(names.lastName), .company: Limit(names.company),
      ])
  }
}

extension NameRules.Limit {
  fileprivate init(_ limit: Configuration.Names.Limit) {
    self.init(characters: limit.characters, bytes: limit.bytes)
  }
}

extension Templates {
  /// Where a source's people get a number who have none.
  mutating func allocating(_ pool: Configuration.Pool, _ source: String) -> Allocating? {
    let numbers = NumberPool(source: source, ranges: pool.ranges, pick: pool.pick)
    guard let writeBack = pool.writeBack else { return Allocating(pool: numbers) }
    return parse(writeBack.value).map {
      Allocating(pool: numbers, writeBack: WriteBack(attribute: writeBack.attribute, value: $0))
    }
  }
}
