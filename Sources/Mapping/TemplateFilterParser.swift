import Domain
import Text

/// Parses a filter's name and arguments.
enum TemplateFilterParser {
  static let names = [
    "all", "ascii", "cyrillic", "default", "digits", "e164", "extension", "first", "german", "greek", "last", "lower",
    "match",
    "national", "nordic", "polish", "prefer", "rdn", "replace", "title", "trim", "turkish", "upper", "word",
  ]

  static func filter(from scanner: inout Scanner) throws(TemplateError) -> TemplateFilter {
    scanner.skipBlanks()
    let start = scanner.column
    let name = scanner.scanWord { $0.isASCIILetterOrDigit || $0 == "_" || $0 == "-" }
    switch name {
    case "trim": return .trim
    case "digits": return .digits
    case "lower": return .lower
    case "upper": return .upper
    case "title": return .title
    case "rdn": return .rdn
    case "all": return .all
    case "e164": return .e164
    case "national": return .national
    case "extension": return .extension
    case "first": return .first(try number(for: name, from: &scanner))
    case "last": return .last(try number(for: name, from: &scanner))
    case "word": return .word(try number(for: name, orNegative: true, from: &scanner))
    case "default": return .default(try text(for: name, from: &scanner))
    case "match": return .match(try pattern(for: name, from: &scanner))
    case "prefer": return .prefer(try pattern(for: name, from: &scanner))
    case "replace":
      scanner.skipBlanks()
      let place = scanner.column
      let old = try text(for: name, from: &scanner)
      if old.isEmpty {
        throw TemplateError(
          message: "replace needs a text to replace", column: place,
          remedy: "Write the text to replace between the first quotes, as in replace \"-\" \" \".")
      }
      return .replace(old, with: try text(for: name, from: &scanner))
    case "":
      throw scanner.error("a filter is missing after |", "Write one of: \(names.joined(separator: ", ")).")
    default:
      if let manner = Transliteration(rawValue: name) { return .transliterate(manner) }
      let near = nearest(to: name.lowercased(), among: names).map { "Did you mean \($0)? " } ?? ""
      throw TemplateError(
        message: "there is no filter \(name.prefix(24))", column: start,
        remedy: near + "The filters are: \(names.joined(separator: ", ")).")
    }
  }

  private static func number(
    for filter: String, orNegative: Bool = false, from scanner: inout Scanner
  ) throws(TemplateError) -> Int {
    scanner.skipBlanks()
    let start = scanner.column
    let written = scanner.scanWord { $0.isASCIILetterOrDigit || $0 == "-" || $0 == "+" }
    // 1000 is longer than any field, and far from an arithmetic overflow.
    if let number = Int(written), (1...1000).contains(orNegative ? abs(clamping: number) : number) { return number }
    throw TemplateError(
      message: written.isEmpty ? "\(filter) needs a number" : "\(written.prefix(24)) isn't a number for \(filter)",
      column: start,
      remedy: orNegative
        ? "Write a number from 1 to 1000, or from -1 to -1000 to count from the end, as in \(filter) -1."
        : "Write a number from 1 to 1000, as in \(filter) 4.")
  }

  private static func text(for filter: String, from scanner: inout Scanner) throws(TemplateError) -> String {
    scanner.skipBlanks()
    guard scanner.peek == "\"" else {
      let example = filter == "replace" ? "replace \"-\" \" \"" : "\(filter) \"text\""
      throw scanner.error("\(filter) needs text in double quotes", "Write it as in \(example).")
    }
    return try scanner.quoted()
  }

  private static func pattern(for filter: String, from scanner: inout Scanner) throws(TemplateError) -> Pattern {
    scanner.skipBlanks()
    let start = scanner.column
    let text = try text(for: filter, from: &scanner)
    do {
      return try Pattern(text)
    } catch {
      throw TemplateError(
        message: "the pattern can't be used: \(error.message)", column: start,
        remedy: "Write a regular expression in the syntax of RE2, as in \(filter) \"[0-9]+$\".")
    }
  }
}

private func abs(clamping number: Int) -> Int { number == .min ? .max : Swift.abs(number) }
