import Domain

extension Transliteration {
  /// The letters with their own spelling. A `Character` is equal however it is composed.
  fileprivate var letters: [Character: String] {
    switch self {
    case .ascii: asciiLetters
    case .german: germanLetters
    case .nordic: nordicLetters
    case .cyrillic: cyrillicLetters
    case .polish, .turkish, .greek: commonLetters
    }
  }
}

/// A name in ASCII.
func transliterated(_ text: String, as manner: Transliteration) -> String {
  let text = compatiblyComposed(text)
  guard manner != .ascii else { return spelled(text, manner.letters, others: latinBase) }
  // The rest has no letters, such as an emoji.
  return String(romanized(spelled(text, manner.letters, others: String.init)).unicodeScalars.filter(\.isASCII))
}

/// The text with letters replaced by their spelling, and other characters outside ASCII by `others`.
private func spelled(_ text: String, _ letters: [Character: String], others: (Character) -> String) -> String {
  let characters = Array(text)
  var result = ""
  for (index, character) in characters.enumerated() {
    if character.isASCII {
      result.append(character == "\r\n" ? " " : character)
    } else if let letters = letters[character] {
      result += letters
    } else if let letters = letters[Character(lowercase: character)] {
      let next = index + 1 < characters.count ? characters[index + 1] : " "
      let previous = index > 0 ? characters[index - 1] : " "
      // "Ärger" begins with "Ae", "ÄRGER" with "AE".
      let isAmongCapitals = next.isUppercase || (!next.isLetter && previous.isUppercase)
      result += isAmongCapitals ? letters.uppercased() : letters.prefix(1).uppercased() + letters.dropFirst()
    } else if character.isWhitespace {
      result += " "
    } else {
      result += others(character)
    }
  }
  return result
}

private let commonLetters: [Character: String] = [
  "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ĳ": "ij", "ı": "i", "ĸ": "k", "ŋ": "ng", "’": "'", "‘": "'",
  "ʼ": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
]
private let germanLetters = commonLetters.merging(["ä": "ae", "ö": "oe", "ü": "ue"]) { $1 }
private let nordicLetters = commonLetters.merging(["å": "aa", "ä": "ae", "ö": "oe", "ø": "oe"]) { $1 }
private let asciiLetters = germanLetters.merging(nordicLetters) { $1 }
/// Letters that Russian doesn't have, as in Ukrainian and Serbian passports.
private let cyrillicLetters = commonLetters.merging([
  "ї": "yi", "є": "ye", "ђ": "dj", "љ": "lj", "њ": "nj", "џ": "dz",
]) { $1 }

private func latinBase(of character: Character) -> String {
  character.unicodeScalars.reduce(into: "") { $0 += latinBase(of: $1) }
}

/// The base letter in a code point's Unicode name: "LATIN SMALL LETTER L WITH STROKE" is an l.
///
/// This includes letters such as ł and đ, which have no canonical decomposition.
private func latinBase(of scalar: Unicode.Scalar) -> String {
  if scalar.isASCII { return String(scalar) }
  let words = scalar.properties.name?.split(separator: " ") ?? []
  guard words.count >= 4, words[0] == "LATIN", words[2] == "LETTER", words.count == 4 || words[4] == "WITH",
    words[3].count == 1
  else { return "" }
  return words[1] == "SMALL" ? words[3].lowercased() : String(words[3])
}

extension Character {
  /// The lower-case letter, if it is one; otherwise itself.
  fileprivate init(lowercase character: Character) {
    let lower = character.lowercased()
    self = lower.count == 1 ? lower.first ?? character : character
  }
}
