fileprivate struct JSONError: Error {}

/// Reads the flat JSON object of a reply (RFC 8259). FoundationEssentials' decoder would double the size of
/// the program for three strings.
///
/// Strict, but for raw control characters in a string: "Exception Detail" has unescaped line breaks.
struct JSONReader {
  private static let maxDepth = 32
  private var rest: ArraySlice<UInt8>

  /// The object's members by name in lower case: a string's text, a number or a literal as written, and nothing for
  /// null, an array or an object. nil if `text` isn't one JSON object, or has a name twice.
  static func members(of text: ArraySlice<UInt8>) -> [String: String]? {
    var reader = JSONReader(rest: text)
    do {
      let members = try reader.object(depth: 1)
      reader.skipBlanks()
      return reader.rest.isEmpty ? members : nil
    } catch {
      return nil
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> [String: String] {
    var members: [String: String] = [:]
    try expect("{")
    if accept("}") { return members }
    repeat {
      try expect("\"")
      let name = try string().lowercased()
      try expect(":")
      guard members.updateValue(try value(depth: depth), forKey: name) == nil else { throw JSONError() }
    } while accept(",")
    try expect("}")
    return members
  }

  private mutating func value(depth: Int) throws(JSONError) -> String {
    guard depth < Self.maxDepth else { throw JSONError() }
    skipBlanks()
    switch rest.first {
    case UInt8(ascii: "{"):
      _ = try object(depth: depth + 1)
      return ""
    case UInt8(ascii: "["):
      try array(depth: depth + 1)
      return ""
    case UInt8(ascii: "\""):
      rest.removeFirst()
      return try string()
    default:
      return try literal()
    }
  }

  private mutating func array(depth: Int) throws(JSONError) {
    try expect("[")
    if accept("]") { return }
    repeat { _ = try value(depth: depth) } while accept(",")
    try expect("]")
  }

  /// The rest of a string, its first quote being read.
  private mutating func string() throws(JSONError) -> String {
    var text: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape().utf8
      default: text.append(byte)
      }
    }
    throw JSONError()
  }

  private mutating func escape() throws(JSONError) -> String {
    switch rest.popFirst() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]), rest.starts(with: "\\u".utf8) {
        rest.removeFirst(2)
        units.append(try codeUnit())
      }
      return String(decoding: units, as: UTF16.self)
    default: throw JSONError()
    }
  }

  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    let digits = rest.prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw JSONError() }
    rest.removeFirst(4)
    return unit
  }

  /// A number, true, false or null.
  private mutating func literal() throws(JSONError) -> String {
    let end = rest.firstIndex { " \t\r\n,]}".utf8.contains($0) } ?? rest.endIndex
    let text = String(decoding: rest[..<end], as: UTF8.self)
    rest = rest[end...]
    switch text {
    case "null": return ""
    case "true", "false": return text
    default:
      guard text.utf8.allSatisfy("+-.0123456789Ee".utf8.contains), Double(text) != nil else { throw JSONError() }
      return text
    }
  }

  private mutating func skipBlanks() { rest = rest.drop { " \t\r\n".utf8.contains($0) } }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard accept(character) else { throw JSONError() }
  }
}
