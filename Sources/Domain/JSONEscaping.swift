extension String {
  /// What stands between the quotes of a JSON string: only what RFC 8259 says must be escaped is.
  public var jsonEscaped: String {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(utf8.count)
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): escaped += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): escaped += "\\n".utf8
      case UInt8(ascii: "\r"): escaped += "\\r".utf8
      case UInt8(ascii: "\t"): escaped += "\\t".utf8
      case ..<0x20:
        escaped += (byte < 0x10 ? "\\u000" : "\\u00").utf8
        escaped += String(byte, radix: 16, uppercase: true).utf8
      default: escaped.append(byte)
      }
    }
    return String(decoding: escaped, as: UTF8.self)
  }
}
