import Domain

/// Redacts a key in text from elsewhere, such as an error page that quotes the URL.
///
/// The key is found in any encoding of its characters, with line breaks in between, and if a part of it is missing: a few
/// consecutive characters are enough.
struct SecretRedactor: Sendable {
  /// The encodings of each character of the key, in lower case.
  private let key: [[[UInt8]]]
  /// The possible first bytes of a part of the key.
  private let firstBytes: Set<UInt8>
  /// The number of consecutive characters that identify the key.
  private let significantLength: Int

  private static let maxInsignificantLength = 5
  /// The name before a key's value, or before the rest of it if a page shortens the URL.
  private static let parameter = Array("qssecuritykey".utf8)
  /// Characters that may break a long word.
  private static let breaks = ["<br>", "<br/>", "<br />", "<wbr>", "&shy;", "\u{AD}"].map { Array($0.utf8) }

  init(_ key: SecurityKey) {
    self.key = key.text.unicodeScalars.map { scalar in Array(Set(scalar.encodings.map { $0.utf8.map(\.lowercased) })) }
    firstBytes = Set(self.key.joined().compactMap(\.first))
    significantLength = min(self.key.count, Self.maxInsignificantLength + 1)
  }

  /// `text` with `***` for each occurrence, in upper or lower case.
  func redact(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let folded = bytes.map(\.lowercased)
    var kept: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if let end = endOfKey(at: position, in: folded) {
        kept += "***".utf8
        position = end
      } else if folded[position...].starts(with: Self.parameter) {
        let value = Self.value(after: position + Self.parameter.count, in: folded)
        kept += bytes[position..<position + Self.parameter.count] + Array("=***".utf8)
        // For a value with this name one character is enough, and all following ones.
        let end = run(from: 0, at: value, in: folded).end
        position = folded[end...].firstIndex(where: Self.endsValue) ?? bytes.count
      } else {
        kept.append(bytes[position])
        position += 1
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// The end of the longest part of the key at this position; nil if none is long enough.
  private func endOfKey(at position: Int, in text: [UInt8]) -> Int? {
    guard firstBytes.contains(text[position]) else { return nil }
    return key.indices.lazy.map { run(from: $0, at: position, in: text) }.filter { $0.count >= significantLength }.map(
      \.end
    ).max()
  }

  /// The number of consecutive characters of the key, from a given one on.
  private func run(from first: Int, at position: Int, in text: [UInt8]) -> (count: Int, end: Int) {
    // One encoding of a character may be a prefix of another: all are tried.
    var ends: Set<Int> = [position]
    for (count, encodings) in key[first...].enumerated() {
      var next: Set<Int> = []
      for end in ends {
        for start in count == 0 ? [end] : Set([end, Self.passing(breaksAt: end, in: text)]) {
          for encoding in encodings where text[start...].starts(with: encoding) { next.insert(start + encoding.count) }
        }
      }
      if next.isEmpty { return (count, ends.max() ?? position) }
      ends = next
    }
    return (key.count - first, ends.max() ?? position)
  }

  private static func passing(breaksAt position: Int, in text: [UInt8]) -> Int {
    var position = position
    while position < text.count {
      if text[position] <= 0x20 {
        position += 1
      } else if let found = breaks.first(where: { text[position...].starts(with: $0) }) {
        position += found.count
      } else {
        break
      }
    }
    return position
  }

  /// The start of the parameter's value: behind an equals sign or a colon, in any encoding, and quotes.
  private static func value(after position: Int, in text: [UInt8]) -> Int {
    let signs = ["=", "%3d", "%253d", "&#61;", "&#x3d;", "\\u003d", ":", "\"", "'", "&quot;", "%22", " "].map {
      Array($0.utf8)
    }
    var position = position
    while let sign = signs.first(where: { text[position...].starts(with: $0) }) {
      position += sign.count
    }
    return position
  }

  private static func endsValue(_ byte: UInt8) -> Bool { byte <= 0x20 || "&\"'<>".utf8.contains(byte) }
}

extension SecretRedactor {
  static let maxExcerpt = 200

  /// The first 200 characters of foreign text as one line for a log: no control characters, no key.
  func excerpt(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    // Longer than the result, so that a key cut here isn't visible.
    for scalar in text.unicodeScalars.prefix(Self.maxExcerpt * 50) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator:
        if let last = line.last, last != " " { line.append(" ") }
      default: line.append(scalar)
      }
    }
    // Shortened last, so that no part of a key is left at the end.
    return String(redact(String(line)).prefix(Self.maxExcerpt))
  }
}

extension SecretRedactor: CustomReflectable {
  var customMirror: Mirror { Mirror(self, children: []) }
}

extension UInt8 {
  fileprivate var lowercased: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
}

extension Int {
  /// Its last digits in hexadecimal, at most four.
  fileprivate func hex(digits: Int) -> Substring { ("000" + String(self, radix: 16)).suffix(digits) }
}

extension Unicode.Scalar {
  /// Its encodings in a URL, a page, a JSON string or a log.
  fileprivate var encodings: [String] {
    let plain = String(self)
    let hex = String(value, radix: 16)
    let percent = plain.utf8.map { "%\(Int($0).hex(digits: 2))" }.joined()
    var encodings = [plain, percent, percent.replacing("%", with: "%25"), "\\\(plain)", "\\x\(hex)"]
    encodings.append(plain.utf16.map { "\\u\(Int($0).hex(digits: 4))" }.joined())
    for zeros in ["", "0", "00", "000"] { encodings += ["&#\(zeros)\(value);", "&#x\(zeros)\(hex);"] }
    switch self {
    case "&": encodings += ["&amp;", "%26amp%3b", "&amp;amp;"]
    case "<": encodings.append("&lt;")
    case ">": encodings.append("&gt;")
    case "\"": encodings.append("&quot;")
    case "'": encodings.append("&apos;")
    case "+": encodings.append("&plus;")
    case " ": encodings += ["+", "&nbsp;", "\u{A0}"]
    // A page in another encoding than UTF-8.
    case _ where !isASCII: encodings += ["\u{FFFD}", "?"]
    default: break
    }
    return encodings
  }
}
