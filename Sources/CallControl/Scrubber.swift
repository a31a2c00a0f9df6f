import Domain

/// Blacks out a key in text that comes from elsewhere, such as an error page that quotes the URL.
struct Scrubber: Sendable {
  /// The key as it may be written: plain, and as a URL, a HTML page or a JSON string would have it.
  private let forms: [[UInt8]]
  /// The name before a key's value, or before what is left of it when a page cuts the URL short.
  private static let parameter = Array("qssecuritykey".utf8)

  init(_ key: SecurityKey) {
    let plain = key.text
    forms = [plain, plain.percentEncoded, plain.htmlEscaped, plain.jsonEscaped]
      .filter { !$0.isEmpty }
      .map { $0.utf8.map(\.lowercased) }
  }

  /// `text` with `***` for each occurrence, in upper or lower case.
  func scrub(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let folded = bytes.map(\.lowercased)
    var kept: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let rest = folded[place...]
      if let form = forms.first(where: rest.starts(with:)) {
        kept += "***".utf8
        place += form.count
      } else if rest.starts(with: Self.parameter) {
        kept += bytes[place..<place + Self.parameter.count] + Array("=***".utf8)
        place = rest.firstIndex(where: Self.endsValue) ?? bytes.count
      } else {
        kept.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  private static func endsValue(_ byte: UInt8) -> Bool { byte <= 0x20 || "&\"'<>".utf8.contains(byte) }
}

extension Scrubber: CustomReflectable {
  var customMirror: Mirror { Mirror(self, children: []) }
}

extension UInt8 {
  fileprivate var lowercased: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
}

extension String {
  fileprivate var htmlEscaped: String {
    map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      default: String(character)
      }
    }.joined()
  }
}
