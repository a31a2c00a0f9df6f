/// The filters that need nothing but the text.

func trimmed(_ text: String) -> String {
  guard let first = text.firstIndex(where: { !$0.isWhitespace }), let last = text.lastIndex(where: { !$0.isWhitespace })
  else { return "" }
  return String(text[first...last])
}

/// ASCII digits alone: nobody dials others.
func asciiDigits(of text: String) -> String {
  String(decoding: text.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }, as: UTF8.self)
}

/// The digits of whichever script, as ASCII's: nobody dials others.
///
/// - Throws: where there is one that can't be dialled, such as a circled or a raised one: without it the number would be another.
func digits(of text: String) throws(PhoneNumberError) -> String {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return asciiDigits(of: text) }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.numericType {
    case .decimal: result += String(Int(scalar.properties.numericValue ?? 0))
    case .digit: throw .foreign(String(scalar))
    default: break
    }
  }
  return result
}

/// The word at a position from 1, or from the end below 0; empty where there are fewer. A comma or a semicolon ends a word and is no
/// part of one, as in "Berg, Ina".
func pickedWord(_ position: Int, of text: String) -> String {
  let words = text.split { $0.isWhitespace || $0 == "," || $0 == ";" }
  let index = position > 0 ? position - 1 : words.count + position
  return words.indices.contains(index) ? String(words[index]) : ""
}

/// Capitals where a word, or a part of one after a hyphen or an apostrophe, begins; small letters elsewhere.
func titlecased(_ text: String) -> String {
  var result = ""
  var isInside = false
  for character in text {
    result += isInside ? character.lowercased() : titlecased(character)
    isInside = character.isLetter || character.isNumber
  }
  return result
}

/// "ß" as a first letter becomes "Ss", not "SS".
private func titlecased(_ character: Character) -> String {
  character.unicodeScalars.enumerated().reduce(into: "") { result, scalar in
    result += scalar.offset == 0 ? scalar.element.properties.titlecaseMapping : String(scalar.element)
  }
}

/// The longest text that a template may make of a value on its way, in UTF-8: a field has 255 characters in the end, and
/// each `replace` may multiply what the one before it made.
let longestText = 65_536

/// Each occurrence replaced, from left to right, compared byte by byte. Stops soon after `longestText`.
func replacing(_ old: String, with new: String, in text: String) -> String {
  let (old, new, bytes) = (Array(old.utf8), Array(new.utf8), Array(text.utf8))
  var result: [UInt8] = []
  var position = 0
  while position < bytes.count, result.count <= longestText {
    if bytes[position...].starts(with: old) {
      result += new
      position += old.count
    } else {
      result.append(bytes[position])
      position += 1
    }
  }
  return String(decoding: result, as: UTF8.self)
}
