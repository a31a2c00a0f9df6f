/// The e-mail address in a text as people write one: behind `mailto:`, between angle brackets behind a name, with blanks around
/// its `@`, a mark of a list at its end. The domain is in small letters, and as DNS has it where its letters are others than
/// ASCII's (UTS #46). A text that holds none, or several, stays as it is.
///
/// - Parameter text: as a field holds it (`fieldText`).
func mailAddress(in text: String) -> String {
  var address = text
  while let last = address.last, ";,".contains(last) { address.removeLast() }
  if let start = address.firstIndex(of: "<"), address.hasSuffix(">"), address.filter({ $0 == "<" }).count == 1 {
    address = String(address[address.index(after: start)...].dropLast())
  }
  address = trimmed(address)
  if address.lowercased().hasPrefix("mailto:") {
    address = trimmed(String(address.dropFirst("mailto:".count).prefix { $0 != "?" }))
  }
  let halves = address.split(separator: "@", omittingEmptySubsequences: false).map { trimmed(String($0)) }
  guard halves.count == 2 else { return text }
  let domain = halves[1].utf8.allSatisfy { $0 < 0x80 } ? halves[1].lowercased() : domainInASCII(halves[1]) ?? halves[1]
  let found = "\(halves[0])@\(domain)"
  return isEmailAddress(found) ? found : text
}

/// Form alone: one `@`, before it an atom or several with single dots between them (RFC 5322, section 3.2.3), and a domain of at
/// least two labels (RFC 1123, section 2.1) behind it. In ASCII, as every mailer takes it.
func isEmailAddress(_ text: String) -> Bool {
  let halves = text.split(separator: "@", omittingEmptySubsequences: false)
  // RFC 5321, section 4.5.3.1.
  guard text.utf8.count <= 254, halves.count == 2, halves[0].utf8.count <= 64 else { return false }
  let atoms = halves[0].split(separator: ".", omittingEmptySubsequences: false)
  let labels = halves[1].split(separator: ".", omittingEmptySubsequences: false)
  return atoms.allSatisfy(isAtom) && labels.count >= 2 && labels.allSatisfy(isLabel)
    && labels.last?.utf8.contains { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
}

private func isAtom(_ atom: Substring) -> Bool {
  !atom.isEmpty
    && atom.unicodeScalars.allSatisfy { $0.isASCIILetterOrDigit || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains($0) }
}

private func isLabel(_ label: Substring) -> Bool {
  (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
    && label.unicodeScalars.allSatisfy { $0 == "-" || $0.isASCIILetterOrDigit }
}
