public import Domain

/// How names of people and companies are sent.
public struct NameRules: Sendable, Hashable {
  /// The most that a field holds; nil for what isn't limited.
  public struct Limit: Sendable, Hashable {
    /// In code points, as databases count.
    let characters: Int?
    /// In UTF-8.
    let bytes: Int?

    public init(characters: Int?, bytes: Int?) { (self.characters, self.bytes) = (characters, bytes) }
  }

  private let transliteration: Transliteration?
  private let limits: [Field: Limit]

  /// - Parameters:
  ///   - transliteration: nil for names as they are.
  ///   - limits: by field; without one, a name that is too long for the PBX is a problem, and isn't cut.
  public init(transliteration: Transliteration? = nil, limits: [Field: Limit] = [:]) {
    self.transliteration = transliteration
    self.limits = limits
  }

  /// A name as it is sent in a field.
  func written(_ name: String, in field: Field) -> String {
    let text = transliteration.map { fieldText(transliterated(name, as: $0)) } ?? name
    return limits[field].map { shortened(text, to: $0) } ?? text
  }
}

/// As much of the text as the limit holds: whole words, or where the first is too long whole characters. A word ends at a
/// blank or a hyphen.
func shortened(_ text: String, to limit: NameRules.Limit) -> String {
  var (characters, bytes) = (0, 0)
  let end = text.indices.first { index in
    characters += text[index].unicodeScalars.count
    bytes += text[index].utf8.count
    return characters > limit.characters ?? .max || bytes > limit.bytes ?? .max
  }
  guard let end else { return text }
  let kept = text[..<end]
  var words = text[end].endsWord ? kept : kept[..<(kept.lastIndex(where: \.endsWord) ?? end)]
  while words.last?.endsWord == true { words.removeLast() }
  return trimmed(String(words.isEmpty ? kept : words))
}

extension Character {
  fileprivate var endsWord: Bool { self == " " || self == "-" }
}
