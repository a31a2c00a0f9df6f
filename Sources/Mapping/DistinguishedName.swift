/// The value of a DN's first RDN with its escapes undone (RFC 4514, section 3); the first of several joined by `+`.
///
/// Empty where the text isn't a DN, or where the value is BER in hexadecimal (`#04...`), which is no text.
public func firstNamingValue(ofDN text: String) -> String {
  let bytes = Array(text.utf8)
  guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0,
    !bytes[..<equals].contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\\") })
  else { return "" }
  var value: [UInt8] = []
  /// How many bytes are there for good: blanks at the end count only where they were escaped.
  var kept = 0
  var position = equals + 1
  while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
  if position < bytes.count, bytes[position] == UInt8(ascii: "#") { return "" }
  scan: while position < bytes.count {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: ";"): break scan
    case UInt8(ascii: "\\"):
      guard position + 1 < bytes.count else { return "" }
      if position + 2 < bytes.count, let high = hex(bytes[position + 1]), let low = hex(bytes[position + 2]) {
        value.append(high << 4 | low)
        position += 3
      } else {
        value.append(bytes[position + 1])
        position += 2
      }
      kept = value.count
    default:
      value.append(byte)
      position += 1
      if byte != UInt8(ascii: " ") { kept = value.count }
    }
  }
  return String(validating: value.prefix(kept), as: UTF8.self) ?? ""
}

/// The DN of the entry above; empty above the first (RFC 4514, section 2).
public func parent(ofDN text: String) -> String {
  var isEscaped = false
  for (position, byte) in text.utf8.enumerated() {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: ",") {
      return String(decoding: text.utf8.dropFirst(position + 1), as: UTF8.self).drop { $0 == " " }.description
    }
  }
  return ""
}

private func hex(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
