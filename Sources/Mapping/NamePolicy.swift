public import Domain
import Text

/// The policy for names of people and companies.
public struct NamePolicy: Sendable, Hashable {
  /// The longest value of a field; nil for no limit.
  public struct NameLimit: Sendable, Hashable {
    /// In code points, like columns of databases.
    let characters: Int?
    /// In UTF-8.
    let bytes: Int?

    public init(characters: Int?, bytes: Int?) { (self.characters, self.bytes) = (characters, bytes) }
  }

  private let transliteration: Transliteration?
  private let limits: [ObjectField: NameLimit]

  /// - Parameters:
  ///   - transliteration: nil for unchanged names.
  ///   - limits: by field; without one, a name that is too long for the PBX is a problem, and isn't shortened.
  public init(transliteration: Transliteration? = nil, limits: [ObjectField: NameLimit] = [:]) {
    self.transliteration = transliteration
    self.limits = limits
  }

  /// A name as sent in a field.
  func written(_ name: String, in field: ObjectField) -> String {
    let text = transliterated(name)
    return limits[field].map { shortened(text, to: $0) } ?? text
  }

  /// "Muster (mobile)", with the name shortened if the field would be too long; without the label if nothing of the name would be
  /// left.
  func labelled(_ name: String, _ label: String, in field: ObjectField) -> String {
    if label.isEmpty { return name }
    let end = " (\(label))"
    let limit = limits[field]
    let most = min(limit?.characters ?? .max, FieldFormat.mostCharacters)
    let room = NameLimit(
      characters: max(most - end.unicodeScalars.count, 0), bytes: limit?.bytes.map { max($0 - end.utf8.count, 0) })
    let kept = shortened(name, to: room)
    return kept.isEmpty ? name : kept + end
  }

  /// Why nothing of a name in a text is left, as a clause; nil if something is.
  func emptying(_ text: String, in field: ObjectField) -> String? {
    // A visible ASCII character is unchanged, and fits any limit.
    if let first = text.utf8.first, (0x21...0x7E).contains(first) { return nil }
    let name = fieldText(text)
    guard let first = name.utf8.first, first >= 0x80 else { return nil }
    if transliterated(name).isEmpty, let transliteration {
      return "[names] transliterate = \"\(transliteration.rawValue)\" has no letters for it"
    }
    return written(name, in: field).isEmpty ? "the limit of [names] is too small for its first letter" : nil
  }

  private func transliterated(_ name: String) -> String {
    transliteration.map { fieldText(Mapping.transliterated(name, as: $0)) } ?? name
  }
}

/// The text shortened to the limit: whole words, or if the first is too long whole characters, or if the first of these is too
/// long its code points. A word ends at a space or a hyphen.
func shortened(_ text: String, to limit: NamePolicy.NameLimit) -> String {
  // A code point is at least a byte.
  if text.utf8.count <= min(limit.characters ?? .max, limit.bytes ?? .max) { return text }
  var (characters, bytes) = (0, 0)
  let end = text.indices.first { index in
    characters += text[index].unicodeScalars.count
    bytes += text[index].utf8.count
    return characters > limit.characters ?? .max || bytes > limit.bytes ?? .max
  }
  guard let end else { return text }
  if end == text.startIndex { return firstCodePoints(of: text, limit) }
  let kept = text[..<end]
  var words = text[end].endsWord ? kept : kept[..<(kept.lastIndex(where: \.endsWord) ?? end)]
  while words.last?.endsWord == true { words.removeLast() }
  return trimmed(String(words.isEmpty ? kept : words))
}

/// As many code points as fit the limit, without a joiner at the end.
private func firstCodePoints(of text: String, _ limit: NamePolicy.NameLimit) -> String {
  var kept = String.UnicodeScalarView()
  var bytes = 0
  for scalar in text.unicodeScalars {
    bytes += String(scalar).utf8.count
    if kept.count == limit.characters ?? .max || bytes > limit.bytes ?? .max { break }
    kept.append(scalar)
  }
  while let last = kept.last, last.properties.generalCategory == .format || last.isBlank { kept.removeLast() }
  return String(kept)
}

extension Character {
  fileprivate var endsWord: Bool { self == " " || self == "-" }
}
