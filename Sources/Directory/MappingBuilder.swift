import Configuration
import Domain
import Mapping
import Text

/// Parses the templates and number rules of the configuration, and collects all errors, so that an admin sees them at once.
struct MappingBuilder {
  let file: String
  private(set) var findings: [ConfigurationError.Issue] = []
  /// The templates that need DDI blocks.
  private var ddiBlocks: [Configuration.TemplateText] = []

  init(file: String) { self.file = file }

  /// - Parameter mayTakeAll: whether each value may have an object of its own.
  mutating func parse(_ text: Configuration.TemplateText?, mayTakeAll: Bool = false) -> Template? {
    guard let text else { return nil }
    do {
      let template = try Template(text.text)
      if template.needsDDIBlocks { ddiBlocks.append(text) }
      if template.takesAll, !mayTakeAll {
        report(
          text, "\(text.name): a field has one value, so it can't have all",
          "take all out, or write prefer \"pattern\" for the values that come first")
      }
      return template
    } catch {
      report(text, skipping: error.column - 1, "\(text.name): \(error.message)", clause(of: error.remedy))
      return nil
    }
  }

  /// The dial plans of all sites; nil after an error.
  mutating func dialPlans(_ configuration: Configuration) -> DialPlans? {
    let numbers = configuration.numbers
    let general = dialPlan(numbers, country: numbers.countryText, area: numbers.area, site: nil, ddi: numbers.ddi)
    guard let general else { return nil }
    let sites = configuration.sites.map { site in
      dialPlan(
        numbers, country: site.country ?? numbers.countryText,
        // An area code is one of its country.
        area: site.area ?? (site.country == nil ? numbers.area : nil), site: site.name, ddi: site.ddi
      )
      .map { dialPlan in
        Site(
          site.name, Site.Rule(site.condition),
          dialPlan: site.ddi.isEmpty ? dialPlan.inheritingDDIBlocks(of: general) : dialPlan)
      }
    }
    return DialPlans(general, sites: sites.compactMap(\.self))
  }

  /// Reports templates that use the extension filter without DDI blocks.
  mutating func checkDDIBlocks(_ dialPlans: DialPlans?) {
    guard let dialPlans, !dialPlans.hasDDIBlocks else { return }
    for text in ddiBlocks {
      report(
        text, "\(text.name): the extension filter needs DDI blocks",
        "add to [numbers], for example: ddi = [\"+49 30 9018 0000-4999\"]")
    }
  }

  private mutating func dialPlan(
    _ numbers: Configuration.NumbersSection, country: Configuration.PositionedText, area: Configuration.PositionedText?,
    site: String?, ddi: [Configuration.PositionedText]
  ) -> DialPlan? {
    do throws(DialPlanError) {
      let dialPlan = try DialPlan(
        country: country.text, area: area?.text ?? "", plus: numbers.plus, site: site,
        emergencyExtensions: numbers.emergencyExtensions)
      return dialPlan.replacingDDIBlocks(with: ddiBlocks(ddi, dialPlan))
    } catch {
      switch error {
      case .unknownCountry:
        report(country, "\"\(country.text)\" is no country", "give its two letters of ISO 3166, such as \"DE\"")
      case .noAreaCodes: report(area ?? country, "numbers of \(country.text) have no area codes", "leave 'area' out")
      case .trunkPrefix:
        report(
          area ?? country, "an area code is written without what is dialled before it",
          "leave out the digits that aren't dialled from another country, such as the first 0 of 030")
      }
      return nil
    }
  }

  private mutating func ddiBlocks(_ texts: [Configuration.PositionedText], _ dialPlan: DialPlan) -> DDIBlocks {
    let blocks = texts.compactMap { text -> DDIBlock? in
      do throws(DDIBlockError) {
        return try DDIBlock(text.text, dialPlan: dialPlan)
      } catch {
        report(text, error.message, error.remedy)
        return nil
      }
    }
    let ddiBlocks = DDIBlocks(blocks)
    if blocks.count == texts.count, let clash = ddiBlocks.clash {
      report(
        texts[clash.second],
        "\"\(texts[clash.first].text)\" and \"\(texts[clash.second].text)\" share \(clash.overlap.rawValue)",
        clash.overlap == .numbers
          ? "let each number be in only one block"
          : "give one of them other extensions, as in +49 30 9018 0000-4999 = 70000-74999, or another site")
    }
    return ddiBlocks
  }

  private mutating func report(
    _ text: Configuration.PositionedText, skipping offset: Int = 0, _ message: String, _ remedy: String
  ) {
    findings.append(
      ConfigurationError.Issue(line: text.line, column: text.column + offset, message: message, remedy: remedy))
  }
}

extension Configuration.TemplateText {
  /// The key as written, such as `extension.number`; its position shows the source.
  var name: String { key.split(separator: ".", maxSplits: 1).last.map(String.init) ?? key }
}

extension Site.Rule {
  fileprivate init(_ condition: Configuration.SiteSection.Condition) {
    self =
      switch condition {
      case .below(let base): .below(base: base)
      case .valued(let attribute, let value): .valued(attribute: attribute, value: value)
      }
  }
}

extension NamePolicy {
  init(_ names: Configuration.NamesSection) {
    self.init(
      transliteration: names.transliterate,
      limits: [
        .firstName: NameLimit(names.firstName), .lastName: NameLimit(names.lastName),
        .company: NameLimit(names.company),
      ])
  }
}

extension NamePolicy.NameLimit {
  fileprivate init(_ limit: Configuration.NamesSection.NameLimitSection) {
    self.init(characters: limit.characters, bytes: limit.bytes)
  }
}

extension MappingBuilder {
  /// The pool of a source for entries without a number.
  mutating func allocating(_ pool: Configuration.PoolSection, _ source: String) -> PoolSettings? {
    let numbers = NumberPool(source: source, ranges: pool.ranges, pick: pool.pick)
    guard let writeBack = pool.writeBack else { return PoolSettings(pool: numbers) }
    return parse(writeBack.value).map {
      PoolSettings(pool: numbers, writeBack: WriteBackTemplate(attribute: writeBack.attribute, value: $0))
    }
  }
}
