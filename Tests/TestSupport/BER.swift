/// One element of BER (X.690), as far as LDAP uses it.
struct BER {
  let tag: UInt8
  let bytes: [UInt8]

  /// Takes the first element off; nil where it isn't all there.
  init?(_ input: inout ArraySlice<UInt8>) {
    var rest = input
    guard let tag = rest.popFirst(), var length = rest.popFirst().map(Int.init) else { return nil }
    if length >= 0x80 {
      let count = length & 0x7F
      guard count <= 4, rest.count >= count else { return nil }
      length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(count)
    }
    guard rest.count >= length else { return nil }
    self.tag = tag
    bytes = Array(rest.prefix(length))
    input = rest.dropFirst(length)
  }

  var parts: [BER] {
    var rest = bytes[...]
    var parts: [BER] = []
    while let part = BER(&rest) { parts.append(part) }
    return parts
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}
