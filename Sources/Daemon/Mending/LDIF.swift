/// One attribute's change of one entry, as ldapmodify(1) takes it.
struct Modification: Hashable, Sendable {
  enum Change: Hashable, Sendable {
    case add(String)
    case delete(String)
    case replace(String, with: String)
  }

  let dn: String
  let attribute: String
  let change: Change

  /// LDIF (RFC 2849), with the line's end. One value goes and one comes: others of the attribute stay.
  var ldif: String {
    var lines = [line("dn", dn), "changetype: modify"]
    switch change {
    case .add(let value): lines += ["add: \(attribute)", line(attribute, value)]
    case .delete(let value):
      lines.insert("# Removes the value: give the right one instead, where there is one.", at: 0)
      lines += ["delete: \(attribute)", line(attribute, value)]
    case .replace(let old, let new):
      lines += ["delete: \(attribute)", line(attribute, old), "-", "add: \(attribute)", line(attribute, new)]
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// A value that isn't a SAFE-STRING is given in base64, and one that would steer a terminal.
  private func line(_ name: String, _ value: String) -> String {
    let bytes = Array(value.utf8)
    let isSafe =
      bytes.allSatisfy { (0x20..<0x7F).contains($0) }
      && ![UInt8(ascii: " "), UInt8(ascii: ":"), UInt8(ascii: "<")].contains(bytes.first)
      && bytes.last != UInt8(ascii: " ")
    return isSafe ? "\(name): \(value)" : "\(name):: \(base64(bytes))"
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
