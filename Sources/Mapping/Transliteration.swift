/// Names in ASCII, as the people who bear them would write them on a foreign keyboard.
///
/// German and Nordic letters become two; others lose their marks. A letter that has no Latin base is dropped.
func transliterated(_ text: String) -> String {
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
      for scalar in character.unicodeScalars { result += latinBase(of: scalar) }
    }
  }
  return result
}

/// The letters that have a spelling of their own. A `Character` is equal however it is composed.
private let letters: [Character: String] = [
  "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
  "ĳ": "ij", "ı": "i", "ĸ": "k", "ŋ": "ng", "’": "'", "‘": "'", "ʼ": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
]

/// The letter that a code point's Unicode name says it is made from: "LATIN SMALL LETTER L WITH STROKE" is an l.
///
/// This reaches letters such as ł and đ too, which canonical decomposition leaves whole.
private func latinBase(of scalar: Unicode.Scalar) -> String {
  if scalar.isASCII { return String(scalar) }
  let words = scalar.properties.name?.split(separator: " ") ?? []
  guard words.count >= 4, words[0] == "LATIN", words[2] == "LETTER", words.count == 4 || words[4] == "WITH",
    words[3].count == 1
  else { return "" }
  return words[1] == "SMALL" ? words[3].lowercased() : String(words[3])
}

extension Character {
  /// The small letter, where that is one; itself elsewhere.
  fileprivate init(lowercase character: Character) {
    let lower = character.lowercased()
    self = lower.count == 1 ? lower.first ?? character : character
  }
}
