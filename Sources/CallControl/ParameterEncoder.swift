import Domain

/// Writes a query or a form. Every byte but RFC 3986's unreserved ones is percent-encoded as `%XX`, which is valid in a query and
/// in an urlencoded form alike.
struct ParameterEncoder {
  private(set) var bytes: [UInt8] = []

  /// - Parameter capacity: the number of bytes before it must grow.
  init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Writes encoded text.
  mutating func append(encoded text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(_ text: String) {
    let text = text.utf8.span
    for index in text.indices { append(text[index]) }
  }

  /// Writes the content of a JSON string.
  mutating func append(escaping text: String) { text.writeJSONEscaped { append($0) } }

  private mutating func append(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      bytes.append(byte)
    default:
      bytes.append(UInt8(ascii: "%"))
      bytes.append(hexDigit(byte >> 4))
      bytes.append(hexDigit(byte & 15))
    }
  }
}

extension String {
  init(_ text: ParameterEncoder) { self.init(decoding: text.bytes, as: UTF8.self) }

  /// In the form of a query.
  var percentEncoded: String {
    var text = ParameterEncoder()
    text.append(self)
    return String(text)
  }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
}
