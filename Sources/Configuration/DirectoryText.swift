/// A simple check of a DN: the server decides, but a value under the wrong key is found before a run.
func checkDN(_ text: String) throws(ValueError) -> String {
  guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
    throw ValueError("\"\(text)\" isn't a DN", "write it as in \"ou=people,dc=example,dc=com\"")
  }
  return text
}

/// A name as RFC 4512, section 1.4, has it, without options.
func checkAttributeName(_ text: String) throws(ValueError) -> String {
  func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
  func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  guard let first = text.utf8.first, isLetter(first),
    text.utf8.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") })
  else { throw ValueError("\"\(text)\" isn't an attribute's name", "write one, such as \"telephoneNumber\"") }
  return text
}

/// A domain, or a full name of SRV records, as a URL with the servers' scheme.
func checkService(_ text: String) throws(ValueError) -> Address {
  guard text.utf8.count <= 253, let address = Address("ldap://\(text)"), address.host == text,
    !text.split(separator: ".", omittingEmptySubsequences: false).contains("")
  else {
    throw ValueError("\"\(text)\" isn't a domain", "write it as in \"example.com\", or \"_ldaps._tcp.example.com\"")
  }
  guard text.hasPrefix("_") else { return try Address("ldap://_ldap._tcp.\(text)", schemes: [.ldap]) }
  let schemes: [Address.Scheme] = [.ldap, .ldaps]
  guard let scheme = schemes.first(where: { text.lowercased().hasPrefix("_\($0.rawValue)._tcp.") }) else {
    throw ValueError(
      "\"\(text)\" doesn't name LDAP servers", "begin it with _ldap._tcp. or _ldaps._tcp., or write only the domain")
  }
  return try Address("\(scheme.rawValue)://\(text)", schemes: [scheme])
}

/// A simple check of a filter (RFC 4515): it is in balanced parentheses.
func checkFilter(_ text: String) throws(ValueError) -> String {
  guard text.first == "(" else { throw ValueError("the filter doesn't begin with (", "write it as in \"(uid=*)\"") }
  var depth = 0
  for (index, character) in zip(text.indices, text) {
    if character == "(" { depth += 1 }
    if character == ")" { depth -= 1 }
    // The first ( must be closed at the end.
    let isLast = text.index(after: index) == text.endIndex
    guard isLast == (depth == 0) else {
      throw ValueError(
        "the filter's parentheses don't balance after \"\(text[...index].suffix(20))\"",
        "each ( needs a ); in a value write \\28 and \\29")
    }
  }
  return text
}
