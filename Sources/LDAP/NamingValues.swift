/// The values of an entry's RDN (RFC 4512, section 2.3.1), in any spelling.
public struct NamingValues: Sendable {
  private let parts: [Substring]
  /// The words of each part's value.
  private let phrases: [String]

  public init(of dn: DN) {
    // Special characters within a value are escaped.
    parts = dn.folded.prefix { $0 != "," }.split(separator: "+")
    phrases = parts.map { " \(words(in: $0)) " }
  }

  /// The relation of a value to the RDN, the closest first.
  public enum Role: Int, Sendable, Comparable {
    /// One of its values.
    case whole
    /// Its words are consecutive in the RDN, as those of `sn` in `cn=Ina Berg`.
    case part
    case none

    public static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
  }

  public func role(of value: String, as attribute: String) -> Role {
    if value.utf8.count > Self.longest { return .none }
    let folded = foldedPair(attribute, Array(value.utf8))
    if parts.contains(folded[...]) { return .whole }
    let wanted = words(in: folded[...])
    return !wanted.isEmpty && phrases.contains { $0.contains(" \(wanted) ") } ? .part : .none
  }

  /// In bytes. No name is longer.
  private static let longest = 1024
}

/// The words of a folded RDN's value, with single spaces between them: other characters are ignored.
private func words(in part: Substring) -> String {
  var text = part.drop { $0 != "=" }.dropFirst()
  var words: [String] = []
  var word = ""
  while let character = text.popFirst() {
    // Two hexadecimal digits follow.
    if character == "\\" { text = text.dropFirst(2) }
    if character.isLetter || character.isNumber || "'’-".contains(character) {
      word.append(character)
    } else if !word.isEmpty {
      words.append(word)
      word = ""
    }
  }
  return (word.isEmpty ? words : words + [word]).joined(separator: " ")
}
