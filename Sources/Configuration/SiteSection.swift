extension Configuration {
  /// Text that the mapping parses, with its position for errors: a template, a country, a number.
  public typealias PositionedText = TemplateText

  /// A site with its own dial plan, and its entries.
  public struct SiteSection: Sendable, Hashable {
    /// The selection of its entries.
    public enum Condition: Sendable, Hashable {
      /// Entries below a DN.
      case below(String)
      /// Entries with this value in this attribute.
      case valued(attribute: String, value: String)
    }

    public var name: String
    public var condition: Condition
    /// nil for that of `[numbers]`.
    public var country: PositionedText?
    /// nil for that of `[numbers]`, unless the site has its own country.
    public var area: PositionedText?
    /// Empty for those of `[numbers]`.
    public var ddi: [PositionedText]
  }
}

extension Configuration.SiteSection {
  init(_ table: TOMLTable) {
    name = table.text("name", example: "berlin") ?? ""
    let base = table.text("base", checkDN)?.value
    let attribute = table.text("attribute", checkAttribute)?.value
    let value = table.text("value")
    condition = attribute.map { .valued(attribute: $0, value: value ?? "") } ?? .below(base ?? "")
    country = table.placed("country", checkCountry)
    area = table.placed("area", checkArea)
    ddi = table.templates("ddi")
    switch (base, attribute, value) {
    case (_?, nil, nil), (nil, _?, _?): break
    case (nil, _?, nil): table.report("there is an 'attribute' without a 'value'", "add, say: value = \"Berlin\"")
    case (nil, nil, _?): table.report("there is a 'value' without an 'attribute'", "add, say: attribute = \"l\"")
    case (nil, nil, nil):
      if table.lacks("base") && table.lacks("attribute") {
        table.report(
          "[[sites]] doesn't select its entries",
          "add, say: base = \"ou=berlin,dc=example,dc=com\", or: attribute = \"l\" and value = \"Berlin\"")
      }
    case (_?, _, _):
      table.report("[[sites]] has a 'base' and an 'attribute'", "keep one; another [[sites]] can have the other")
    }
  }
}

extension TOMLTable {
  /// Sites with unique names.
  func sites(_ key: String) -> [Configuration.SiteSection] {
    let sites = sections(key, Configuration.SiteSection.init)
    var names: Set<String> = []
    for site in sites where !site.name.isEmpty && !names.insert(site.name).inserted {
      report(
        "there are two [[sites]] with the name \"\(site.name)\"", "rename one: messages identify sites by name",
        at: key)
    }
    return sites
  }
}

/// Two capital letters; the mapping knows the countries.
func checkCountry(_ text: String) throws(ValueError) -> String {
  let isCode = text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  guard isCode else {
    throw ValueError("\"\(text)\" isn't a country code", "write two capital letters, such as \"DE\" or \"GB\"")
  }
  return text
}

/// Digits; the mapping knows the area codes.
func checkArea(_ text: String) throws(ValueError) -> String {
  let isCode =
    text.utf8.count <= 8 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  guard isCode else { throw ValueError("\"\(text)\" isn't an area code", "write only its digits, such as \"30\"") }
  return text
}

/// The form of an attribute description (RFC 4512, section 2.5).
private func checkAttribute(_ text: String) throws(ValueError) -> String {
  let isName = text.unicodeScalars.allSatisfy {
    $0.isASCII && ($0.properties.isAlphabetic || "0123456789-.;_".unicodeScalars.contains($0))
  }
  guard isName else {
    throw ValueError("\"\(text)\" isn't an attribute's name", "write one such as \"l\" or \"departmentNumber\"")
  }
  return text
}
