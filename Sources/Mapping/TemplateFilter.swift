import Domain
import LDAP
import Text

/// A filter, applied to a value. Only `default` changes an empty value.
enum TemplateFilter: Sendable, Hashable {
  case trim
  case digits
  case first(Int)
  case last(Int)
  case word(Int)
  case lower
  case upper
  case title
  case transliterate(Transliteration)
  case replace(String, with: String)
  case match(Pattern)
  case `default`(String)
  case rdn
  case e164
  case national
  case `extension`
  /// The unchanged value, before others of the attribute that don't match.
  case prefer(Pattern)
  /// The unchanged value, and each of the others.
  case all

  /// The value after this filter.
  func apply(to text: String, dialPlan: DialPlan) throws(PhoneNumberError) -> String {
    switch self {
    case .trim: trimmed(text)
    case .digits: try Mapping.digits(of: text)
    case .first(let count): String(text.prefix(count))
    case .last(let count): String(text.suffix(count))
    case .word(let position): pickedWord(position, of: text)
    case .lower: text.lowercased()
    case .upper: text.uppercased()
    case .title: titlecased(text)
    case .transliterate(let manner): transliterated(text, as: manner)
    case .replace(let old, let new): replacing(old, with: new, in: text)
    case .match(let pattern): pattern.firstMatch(in: text)
    case .default(let other): text.isEmpty ? other : text
    case .rdn: DN(text).namingValue
    case .e164: text.isEmpty ? "" : try dialPlan.e164(of: text)
    case .national: text.isEmpty ? "" : try dialPlan.parse(text).dialled
    case .extension: text.isEmpty ? "" : try dialPlan.extension(of: text)
    case .prefer, .all: text
    }
  }

  /// Whether its result is a number already.
  var makesNumber: Bool {
    switch self {
    case .digits, .e164, .national, .extension: true
    default: false
    }
  }

  /// Whether it never changes a text.
  var keepsText: Bool {
    switch self {
    case .prefer, .all: true
    default: false
    }
  }
}
