extension Configuration {
  /// Text that the mapping reads, and where it stands, for its errors: a template, a country, a number.
  public typealias PositionedText = TemplateText

  /// A place with number rules of its own, and which entries are of it.
  public struct SiteSection: Sendable, Hashable {
    public var name: String
    /// Its entries lie there; nil where an attribute tells.
    public var base: String?
    /// Its entries have this value in this attribute; nil where the base tells.
    public var attribute: String?
    public var value: String?
    /// nil for that of `[numbers]`.
    public var country: PositionedText?
    /// nil for that of `[numbers]`, unless the site has a country of its own.
    public var area: PositionedText?
    /// Empty for those of `[numbers]`.
    public var ddi: [PositionedText]
  }
}

extension Configuration.SiteSection {
  init(_ table: TOMLTable) {
    name = table.text("name", example: "berlin") ?? ""
    base = table.text("base", checkDN)?.value
    attribute = table.text("attribute", checkAttribute)?.value
    value = table.text("value")
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
          "[[sites]] doesn't say which entries are of it",
          "add, say: base = \"ou=berlin,dc=example,dc=com\", or: attribute = \"l\" and value = \"Berlin\"")
      }
    case (_?, _, _):
      table.report("[[sites]] has a 'base' and an 'attribute'", "keep one; another [[sites]] can have the other")
    }
  }
}

extension TOMLTable {
  /// Sites, no two with one name.
  func sites(_ key: String) -> [Configuration.SiteSection] {
    let sites = sections(key, Configuration.SiteSection.init)
    var names: Set<String> = []
    for site in sites where !site.name.isEmpty && !names.insert(site.name).inserted {
      report(
        "there are two [[sites]] with the name \"\(site.name)\"", "give one another name: messages tell them by it",
        at: key)
    }
    return sites
  }
}

/// Two capital letters; whether there is such a country, the mapping knows.
func checkCountry(_ text: String) throws(ValueError) -> String {
  let isCode = text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  guard isCode else {
    throw ValueError("\"\(text)\" isn't a country code", "write two capital letters, such as \"DE\" or \"GB\"")
  }
  return text
}

/// Digits; whether a country has such an area code, the mapping knows.
func checkArea(_ text: String) throws(ValueError) -> String {
  let isCode =
    text.utf8.count <= 8 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  guard isCode else { throw ValueError("\"\(text)\" isn't an area code", "write its digits alone, such as \"30\"") }
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
