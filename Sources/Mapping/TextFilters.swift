/// The filters that need only the text.

/// ASCII digits only; phones dial no others.
func asciiDigits(of text: String) -> String {
  String(decoding: text.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }, as: UTF8.self)
}

/// The digits of any script, as ASCII digits; phones dial no others.
///
/// - Throws: if one can't be dialled, such as a circled or a raised digit: without it the number would be another.
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

/// The word at a position from 1, or negative from the end; empty if there are fewer. A comma or a semicolon ends a word and isn't
/// part of it, as in "Berg, Ina".
func pickedWord(_ position: Int, of text: String) -> String {
  let words = text.split { $0.isWhitespace || $0 == "," || $0 == ";" }
  let index = position > 0 ? position - 1 : words.count + position
  return words.indices.contains(index) ? String(words[index]) : ""
}

/// A capital at the beginning of a word, or of its part after a hyphen or an apostrophe; lower case elsewhere.
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

/// The longest intermediate text of a template, in UTF-8: a field has 255 characters in the end, and each `replace` may multiply
/// the length.
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
