/// The values that an entry is named by: those of its RDN (RFC 4512, section 2.3.1), however they are spelt.
public struct NamingValues: Sendable {
  private let parts: [Substring]

  public init(ofDN dn: String) {
    // What stands within a value is escaped there.
    parts = foldedDN(dn).prefix { $0 != "," }.split(separator: "+")
  }

  public func contains(_ attribute: String, _ value: String) -> Bool {
    if value.utf8.count > Self.longest { return false }
    let escaped = value.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        String(Unicode.Scalar(byte))
      default: "\\" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
      }
    }
    .joined()
    let folded = foldedDN("\(attribute)=\(escaped)")
    return parts.contains { $0 == folded }
  }

  /// In bytes. Nobody has a longer name.
  private static let longest = 1024
}
