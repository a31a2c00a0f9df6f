/// Text as a field holds it: composed, control characters are blanks, runs of blanks are one, and none are at the ends.
func fieldText(_ text: String) -> String {
  if isFieldText(text.utf8) { return text }
  var result = String.UnicodeScalarView()
  var isBlankDue = false
  for scalar in composed(text).unicodeScalars {
    if scalar.isBlank {
      isBlankDue = !result.isEmpty
    } else {
      if isBlankDue { result.append(" ") }
      isBlankDue = false
      result.append(scalar)
    }
  }
  return String(result)
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
func excerpt(_ text: String) -> String {
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

func visible(_ text: String) -> String {
  text.unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.isInvisible: result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
}

extension Unicode.Scalar {
  var isBlank: Bool { properties.isWhitespace || properties.generalCategory == .control }

  fileprivate var isInvisible: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
