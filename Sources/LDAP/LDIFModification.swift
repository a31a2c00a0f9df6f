/// The change of one entry, as ldapmodify(1) takes it: one record.
package struct LDIFModification: Hashable, Sendable {
  /// What becomes of one attribute.
  package struct Operation: Hashable, Sendable {
    package let attribute: String
    package var removed: [AttributeValue] = []
    package var added: [AttributeValue] = []
    /// Where a value that goes is none by the attribute's syntax, which a server refuses to look for (RFC 4511, section 4.6):
    /// all that the attribute has afterwards.
    package var replacement: [AttributeValue]?

    package init(
      attribute: String, removed: [AttributeValue] = [], added: [AttributeValue] = [],
      replacement: [AttributeValue]? = nil
    ) {
      (self.attribute, self.removed, self.added, self.replacement) = (attribute, removed, added, replacement)
    }
  }

  package let dn: String
  package var changes: [Operation]

  /// An attribute gets a value beside those that it has.
  package init(dn: String, adding value: String, to attribute: String) {
    self.init(dn: dn, changes: [Operation(attribute: attribute, added: [AttributeValue(value)])])
  }

  package init(dn: String, changes: [Operation]) { (self.dn, self.changes) = (dn, changes) }

  /// LDIF (RFC 2849), with the line's end. Values are named one by one, so that it is refused where the entry has changed since.
  package var ldif: String {
    let parts = changes.flatMap { change -> [[String]] in
      func lines(_ operation: String, _ values: [AttributeValue]) -> [String]? {
        values.isEmpty ? nil : ["\(operation): \(change.attribute)"] + values.map { line(change.attribute, $0.bytes) }
      }
      if let replacement = change.replacement { return [lines("replace", replacement)].compactMap(\.self) }
      return [lines("delete", change.removed), lines("add", change.added)].compactMap(\.self)
    }
    let lines = [line("dn", Array(dn.utf8)), "changetype: modify"] + parts.joined(separator: ["-"])
    return lines.map { $0 + "\n" }.joined()
  }

  /// A value that isn't a SAFE-STRING is given in base64, and one that would steer a terminal.
  private func line(_ name: String, _ bytes: [UInt8]) -> String {
    let isSafe =
      bytes.allSatisfy { (0x20..<0x7F).contains($0) }
      && ![UInt8(ascii: " "), UInt8(ascii: ":"), UInt8(ascii: "<")].contains(bytes.first)
      && bytes.last != UInt8(ascii: " ")
    return isSafe ? "\(name): \(String(decoding: bytes, as: UTF8.self))" : "\(name):: \(base64(bytes))"
  }
}

/// RFC 4648, section 4.
func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let three = bytes[start..<min(start + 3, bytes.count)]
    let bits = three.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - three.count))
    for digit in 0..<4 {
      text.append(digit <= three.count ? letters[bits >> (18 - 6 * digit) & 63] : "=")
    }
  }
  return text
}
