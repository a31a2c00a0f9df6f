import Text

/// Text as a field holds it: composed, control characters are blanks, runs of blanks are one, and none are at the ends. What
/// can't be seen is left out, and joiners that join nothing. Empty where nothing is left that can be seen.
func fieldText(_ text: String) -> String {
  if isFieldText(text.utf8) { return text }
  var result = String.UnicodeScalarView()
  var isBlankDue = false
  var joiner: Unicode.Scalar?
  for scalar in composed(text).unicodeScalars where !scalar.isHidden {
    if scalar.isBlank {
      isBlankDue = !result.isEmpty
      joiner = nil
    } else if scalar.isJoiner {
      joiner = isBlankDue || result.isEmpty ? nil : scalar
    } else {
      if isBlankDue { result.append(" ") }
      if let joiner { result.append(joiner) }
      (isBlankDue, joiner) = (false, nil)
      result.append(scalar)
    }
  }
  if result.allSatisfy({ $0.showsNothing || $0.isBlank }) { return "" }
  // Letters that come together may compose.
  return composed(String(result))
}

/// Whether there is certainly nothing to do: visible ASCII with single blanks inside.
private func isFieldText(_ text: String.UTF8View) -> Bool {
  let blank = UInt8(ascii: " ")
  var last = blank
  for byte in text {
    guard (0x21...0x7E).contains(byte) || (byte == blank && last != blank) else { return false }
    last = byte
  }
  return last != blank || text.isEmpty
}

/// Text for a message: at most 80 characters, and what an eye can't see is spelled out.
public func excerpt(_ text: String) -> String {
  let shown = visible(String(text.unicodeScalars.prefix(81)))
  return shown.count <= 80 ? shown : shown.prefix(79) + "…"
}

/// The same of bytes that aren't text.
func excerpt(_ bytes: [UInt8]) -> String {
  excerpt(
    bytes.prefix(81).map { byte in
      (0x20..<0x7F).contains(byte)
        ? String(Unicode.Scalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined())
}

extension Unicode.Scalar {
  var isBlank: Bool { properties.isWhitespace || properties.generalCategory == .control }

  /// Whether it shows nothing in a name, and may turn the text around it on a phone or hide that two names differ: bidi
  /// controls, zero-width spaces, marks of byte order and of language (UAX #9, UTS #39). The joiners of Persian and Indic
  /// writing aren't among them, nor are Arabic's signs that stand before numbers.
  fileprivate var isHidden: Bool {
    switch value {
    case 0xAD, 0x61C, 0x180E, 0x200B, 0x200E...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
      0xE0000...0xE007F:
      true
    default: false
    }
  }

  /// Whether it shows nothing by itself, though it may change how its neighbours look.
  var showsNothing: Bool { isHidden || properties.isDefaultIgnorableCodePoint || value == 0x2800 }

  /// U+200C and U+200D, which tell how two letters are joined.
  fileprivate var isJoiner: Bool { (0x200C...0x200D).contains(value) }
}
