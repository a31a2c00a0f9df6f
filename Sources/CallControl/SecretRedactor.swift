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
  private let enough: Int

  private static let mostThatSaysNothing = 5
  /// The name before a key's value, or before the rest of it if a page shortens the URL.
  private static let parameter = Array("qssecuritykey".utf8)
  /// Characters that may break a long word.
  private static let breaks = ["<br>", "<br/>", "<br />", "<wbr>", "&shy;", "\u{AD}"].map { Array($0.utf8) }

  init(_ key: SecurityKey) {
    self.key = key.text.unicodeScalars.map { scalar in Array(Set(scalar.writings.map { $0.utf8.map(\.lowercased) })) }
    firstBytes = Set(self.key.joined().compactMap(\.first))
    enough = min(self.key.count, Self.mostThatSaysNothing + 1)
  }

  /// `text` with `***` for each occurrence, in upper or lower case.
  func scrub(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let folded = bytes.map(\.lowercased)
    var kept: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if let end = endOfKey(at: place, in: folded) {
        kept += "***".utf8
        place = end
      } else if folded[place...].starts(with: Self.parameter) {
        let value = Self.value(after: place + Self.parameter.count, in: folded)
        kept += bytes[place..<place + Self.parameter.count] + Array("=***".utf8)
        // For a value with this name one character is enough, and all following ones.
        let end = run(from: 0, at: value, in: folded).end
        place = folded[end...].firstIndex(where: Self.endsValue) ?? bytes.count
      } else {
        kept.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// The end of the longest part of the key at this position; nil if none is long enough.
  private func endOfKey(at place: Int, in text: [UInt8]) -> Int? {
    guard enough > 0, firstBytes.contains(text[place]) else { return nil }
    return key.indices.lazy.map { run(from: $0, at: place, in: text) }.filter { $0.count >= enough }.map(\.end).max()
  }

  /// The number of consecutive characters of the key, from a given one on.
  private func run(from first: Int, at place: Int, in text: [UInt8]) -> (count: Int, end: Int) {
    // One encoding of a character may be a prefix of another: all are tried.
    var ends: Set<Int> = [place]
    for (count, writings) in key[first...].enumerated() {
      var next: Set<Int> = []
      for end in ends {
        for start in count == 0 ? [end] : Set([end, Self.passing(breaksAt: end, in: text)]) {
          for writing in writings where text[start...].starts(with: writing) { next.insert(start + writing.count) }
        }
      }
      if next.isEmpty { return (count, ends.max() ?? place) }
      ends = next
    }
    return (key.count - first, ends.max() ?? place)
  }

  private static func passing(breaksAt place: Int, in text: [UInt8]) -> Int {
    var place = place
    while place < text.count {
      if text[place] <= 0x20 {
        place += 1
      } else if let found = breaks.first(where: { text[place...].starts(with: $0) }) {
        place += found.count
      } else {
        break
      }
    }
    return place
  }

  /// The start of the parameter's value: behind an equals sign or a colon, in any encoding, and quotes.
  private static func value(after place: Int, in text: [UInt8]) -> Int {
    let signs = ["=", "%3d", "%253d", "&#61;", "&#x3d;", "\\u003d", ":", "\"", "'", "&quot;", "%22", " "].map {
      Array($0.utf8)
    }
    var place = place
    while place < text.count, let sign = signs.first(where: { text[place...].starts(with: $0) }) { place += sign.count }
    return place
  }

  private static func endsValue(_ byte: UInt8) -> Bool { byte <= 0x20 || "&\"'<>".utf8.contains(byte) }
}

extension SecretRedactor: CustomReflectable {
  var customMirror: Mirror { Mirror(self, children: []) }
}

extension UInt8 {
  fileprivate var lowercased: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
}

extension Unicode.Scalar {
  /// Its encodings in a URL, a page, a JSON string or a log.
  fileprivate var writings: [String] {
    let plain = String(self)
    let hex = String(value, radix: 16)
    let percent = plain.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    var writings = [plain, percent, percent.replacing("%", with: "%25"), "\\\(plain)", "\\x\(hex)"]
    writings.append(
      plain.utf16.map { unit in
        let hex = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      }.joined())
    for zeros in ["", "0", "00", "000"] { writings += ["&#\(zeros)\(value);", "&#x\(zeros)\(hex);"] }
    switch self {
    case "&": writings += ["&amp;", "%26amp%3b", "&amp;amp;"]
    case "<": writings.append("&lt;")
    case ">": writings.append("&gt;")
    case "\"": writings.append("&quot;")
    case "'": writings.append("&apos;")
    case "+": writings.append("&plus;")
    case " ": writings += ["+", "&nbsp;", "\u{A0}"]
    // A page in another encoding than UTF-8.
    case _ where !isASCII: writings += ["\u{FFFD}", "?"]
    default: break
    }
    return writings
  }
}
