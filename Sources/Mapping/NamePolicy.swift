public import Domain

/// How names of people and companies are sent.
public struct NamePolicy: Sendable, Hashable {
  /// The most that a field holds; nil for what isn't limited.
  public struct NameLimit: Sendable, Hashable {
    /// In code points, as databases count.
    let characters: Int?
    /// In UTF-8.
    let bytes: Int?

    public init(characters: Int?, bytes: Int?) { (self.characters, self.bytes) = (characters, bytes) }
  }

  private let transliteration: Transliteration?
  private let limits: [ObjectField: NameLimit]

  /// - Parameters:
  ///   - transliteration: nil for names as they are.
  ///   - limits: by field; without one, a name that is too long for the PBX is a problem, and isn't cut.
  public init(transliteration: Transliteration? = nil, limits: [ObjectField: NameLimit] = [:]) {
    self.transliteration = transliteration
    self.limits = limits
  }

  /// A name as it is sent in a field.
  func written(_ name: String, in field: ObjectField) -> String {
    let text = transliterated(name)
    return limits[field].map { shortened(text, to: $0) } ?? text
  }

  /// "Muster (mobile)", of which the name gives way to the label where the field would be too long; without the label where
  /// nothing of the name would be left.
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

  /// What leaves nothing of a name, as a clause; nil where something is left of it.
  func emptying(_ name: String, in field: ObjectField) -> String? {
    // An ASCII letter stays as it is, and any limit has room for it.
    guard let first = name.utf8.first, first >= 0x80 else { return nil }
    if transliterated(name).isEmpty, let transliteration {
      return "[names] transliterate = \"\(transliteration.rawValue)\" has no letter for any of it"
    }
    return written(name, in: field).isEmpty ? "[names] leaves no room for its first letter" : nil
  }

  private func transliterated(_ name: String) -> String {
    transliteration.map { fieldText(Mapping.transliterated(name, as: $0)) } ?? name
  }
}

/// As much of the text as the limit holds: whole words, or where the first is too long whole characters, or where the first of
/// these is too long its code points. A word ends at a blank or a hyphen.
func shortened(_ text: String, to limit: NamePolicy.NameLimit) -> String {
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

/// As many code points as the limit holds, without a joiner at the end.
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
