/// One value of an attribute, as the bytes that the server sent.
public struct AttributeValue: Hashable, Sendable {
  public let bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }

  public init(_ text: String) { bytes = Array(text.utf8) }

  /// The value as text; nil if it isn't UTF-8 or contains a NUL, so that no binary value is used as a name.
  public var text: String? { bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self) }
}

/// A directory entry with the requested attributes.
public struct Entry: Sendable {
  public let dn: String
  private let attributes: [(name: String, values: [AttributeValue])]
  /// The digest of the entry as the server sent it. nil if nothing chose by it, and for one that didn't arrive in one message.
  public internal(set) var fingerprint: UInt64?

  public init(dn: String, attributes: [(String, [AttributeValue])]) {
    self.dn = dn
    self.attributes = attributes.map { (name: $0.0, values: $0.1) }
  }

  /// The same entry with other values of one attribute.
  public func setting(_ attribute: String, _ values: [AttributeValue]) -> Entry {
    let rest = attributes.filter { !isSame($0.name.utf8, attribute.utf8) }
    return Entry(dn: dn, attributes: rest.map { ($0.name, $0.values) } + [(attribute, values)])
  }

  /// The same entry without an attribute.
  func removing(_ attribute: String) -> Entry {
    Entry(dn: dn, attributes: attributes.filter { !isSame($0.name.utf8, attribute.utf8) }.map { ($0.name, $0.values) })
  }

  /// The same entry without values that are longer, and of each attribute no more than the first few.
  func keepingTo(values count: Int, bytes limit: Int) -> Entry {
    Entry(
      dn: dn,
      attributes: attributes.map { name, values in
        (name, Array(values.lazy.filter { $0.bytes.count <= limit }.prefix(count)))
      })
  }

  /// The names of its attributes, as the server wrote them.
  var names: [String] { attributes.map(\.name) }

  /// The values of an attribute in the server's order; its name without regard to case (RFC 4512, section 2.5).
  public func values(_ attribute: String) -> [AttributeValue] {
    let wanted = attribute.utf8
    return attributes.first { isSame($0.name.utf8, wanted) }?.values ?? []
  }

  /// The values that an attribute has in some languages (RFC 3866): those of `sn;lang-de` and `sn;lang-fr` for `sn`.
  public func languageValues(_ attribute: String) -> [AttributeValue] {
    let wanted = "\(attribute);lang-".utf8
    return attributes.filter { $0.name.utf8.count > wanted.count && isSame($0.name.utf8.prefix(wanted.count), wanted) }
      .flatMap(\.values)
  }

  public func first(_ attribute: String) -> AttributeValue? { values(attribute).first }
}

private func isSame(_ left: some Collection<UInt8>, _ right: String.UTF8View) -> Bool {
  left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
