import Text

extension Entry {
  /// Its attributes as a text: each with the number of its values and these, those that are no text as hexadecimal digits.
  public var stored: String {
    netstrings(
      names.flatMap { name -> [String] in
        let values = values(name)
        return [name, String(values.count)]
          + values.map { value in
            value.text.map { "t\($0)" } ?? "x\(hexadecimal(value.bytes, groups: [value.bytes.count]))"
          }
      })
  }

  /// The entry of which `stored` was made; nil for any other text.
  public init?(stored: String, dn: String) {
    guard var next = texts(ofNetstrings: stored)?[...] else { return nil }
    var attributes: [(String, [AttributeValue])] = []
    while let name = next.popFirst() {
      guard let count = next.popFirst().flatMap({ Int($0) }), count >= 0, count <= next.count else { return nil }
      let values = next.prefix(count).map { text in
        text.hasPrefix("t") ? AttributeValue(String(text.dropFirst())) : AttributeValue(bytes: bytes(text.dropFirst()))
      }
      attributes.append((name, values))
      next = next.dropFirst(count)
    }
    self.init(dn: dn, attributes: attributes)
  }
}

private func bytes(_ digits: Substring) -> [UInt8] {
  let digits = Array(digits)
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}
