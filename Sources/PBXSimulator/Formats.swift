/// The formats that the PBX checks.
extension String {
  /// Empty, or only spaces.
  var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

  /// ASCII digits, at least one.
  var isDigits: Bool { !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }

  /// Digits with or without a leading plus sign.
  var isPhoneNumber: Bool { hasPrefix("+") ? String(dropFirst()).isDigits : isDigits }

  /// `somebody@example.com`: the "global email format" that the page leaves to the reader.
  var isEmailAddress: Bool {
    let parts = split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let local = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    return labels.count > 1
      && local.allSatisfy { atom in !atom.isEmpty && atom.unicodeScalars.allSatisfy { $0.isPrintable } }
      && labels.allSatisfy { label in
        !label.isEmpty && label.first != "-" && label.last != "-"
          && label.utf8.allSatisfy {
            $0 == UInt8(ascii: "-") || $0.isDigit || ($0 < 0x80 ? $0.isLetter : Character(.init($0)).isLetter)
          }
      }
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}

extension Unicode.Scalar {
  fileprivate var isPrintable: Bool {
    if ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self) { return true }
    return !properties.isWhitespace && properties.generalCategory != .control
      && !"()<>[]:;,\\\"".unicodeScalars.contains(self)
  }
}
