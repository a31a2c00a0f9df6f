extension String {
  /// The content of a JSON string: only the characters are escaped that RFC 8259 requires.
  public var jsonEscaped: String {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(utf8.count)
    writeJSONEscaped { escaped.append($0) }
    return String(decoding: escaped, as: UTF8.self)
  }

  /// Passes the content of a JSON string to `put`, byte by byte.
  public func writeJSONEscaped(to put: (UInt8) -> Void) {
    func write(_ text: String) { for byte in text.utf8 { put(byte) } }
    let bytes = utf8.span
    for index in bytes.indices {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        put(UInt8(ascii: "\\"))
        put(byte)
      case UInt8(ascii: "\n"): write(#"\n"#)
      case UInt8(ascii: "\r"): write(#"\r"#)
      case UInt8(ascii: "\t"): write(#"\t"#)
      case ..<0x20: write((byte < 0x10 ? #"\u000"# : #"\u00"#) + String(byte, radix: 16, uppercase: true))
      default: put(byte)
      }
    }
  }
}
