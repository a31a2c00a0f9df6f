import Text

/// A written phone number, parsed into the phone number and the extension behind it.
///
/// Other text is refused and reported, because joined digits of several numbers reach other people.
struct WrittenNumber: Hashable {
  /// A position at which a number may end and a second one begin.
  struct Joint: Hashable {
    /// The number of digits after it.
    let digitsAfter: Int
    /// The digits between parentheses that end here; nil for a slash.
    let enclosed: String?
    /// The text before and after it, for another parse and for a message.
    let before: String
    let after: String
  }

  /// Digits, and letters for digits, with an optional leading `+`. Empty if there is only an extension.
  private(set) var text = ""
  /// The extension written behind it.
  private(set) var `extension`: String?
  private(set) var joints: [Joint] = []
  /// The first two runs of digits, or fewer.
  private(set) var groups: [String] = []

  var hasLetters: Bool { text.unicodeScalars.contains { $0.isLetterOfKeypad } }

  /// Its digits if it can be an internal number: nothing shows that it is dialled from outside.
  var internalNumber: String? {
    if text.isEmpty { return `extension` }
    return text.hasPrefix("+") || hasLetters || `extension` != nil || !joints.isEmpty ? nil : text
  }

  /// The longest text, in code points.
  private static let longest = 250

  init(_ written: String) throws(PhoneNumberError) {
    var rest = ScalarRun(plainly(written))
    if !rest.scalars.contains(where: \.isDigit) { throw .notANumber }
    if rest.scalars.count > Self.longest { throw .tooLong }
    let context = try rest.scanParameters()
    `extension` = rest.scanExtension()
    try rest.scanLabel()
    if rest.isEmpty {
      guard `extension` != nil else { throw .notANumber }
      return
    }
    try read(rest.scalars)
    if let context, !text.hasPrefix("+") { text = context + text }
  }

  /// Parses the text between a label and an extension.
  private mutating func read(_ scalars: [Unicode.Scalar]) throws(PhoneNumberError) {
    let lettersAreDigits = scalars.count { $0.isLetterOfKeypad } >= 3
    var opening: Int?
    for (position, scalar) in scalars.enumerated() {
      switch scalar {
      case "0"..."9": text.unicodeScalars.append(scalar)
      case "A"..."Z" where lettersAreDigits: text.unicodeScalars.append(scalar)
      case "+" where text.isEmpty: text = "+"
      case " ", "-", ".": break
      case "/" where !text.isEmpty: joints.append(joint(at: position, in: scalars, from: nil))
      case "(", "[": opening = position
      case ")", "]":
        if let start = opening { joints.append(joint(at: position, in: scalars, from: start)) }
        opening = nil
      default: throw .foreign(part(at: position, of: scalars))
      }
    }
    joints.removeAll { $0.digitsAfter == 0 && $0.enclosed == nil || $0.enclosed?.isEmpty == true }
    groups = scalars.split { !$0.isDigit }.prefix(2).map { plainText($0) }
  }

  private func joint(at position: Int, in scalars: [Unicode.Scalar], from opening: Int?) -> Joint {
    let rest = scalars[(position + 1)...]
    return Joint(
      digitsAfter: rest.count { $0.isDigit || $0.isLetterOfKeypad },
      enclosed: opening.map { start in plainText(scalars[start...position].filter(\.isDigit)) },
      before: plainText(scalars[..<(opening ?? position)]),
      after: plainText(scalars[(opening ?? position)...]))
  }

  /// The invalid part, from the beginning of its word to the end.
  private func part(at position: Int, of scalars: [Unicode.Scalar]) -> String {
    var start = position
    while start > 0, scalars[start - 1].properties.isAlphabetic || scalars[start - 1] == "(" { start -= 1 }
    return plainText(scalars[start...])
  }
}

/// The rest of a text, after parts are removed from both ends.
private struct ScalarRun {
  private(set) var scalars: [Unicode.Scalar]

  init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    trim()
  }

  var isEmpty: Bool { scalars.isEmpty }

  private mutating func trim() {
    while let last = scalars.last, last == " " || last == ";" { scalars.removeLast() }
    scalars = Array(scalars.drop { $0 == " " || $0 == ";" })
  }

  /// Removes the scheme and the parameters of a URI (RFC 3966); returns the context of a local number.
  mutating func scanParameters() throws(PhoneNumberError) -> String? {
    if !scalars.contains(":") { return nil }
    let start = plainText(scalars.prefix(7)).lowercased()
    guard let scheme = ["tel:", "callto:"].first(where: start.hasPrefix) else { return nil }
    scalars.removeFirst(scheme.unicodeScalars.count)
    var context: String?
    var kept: [[Unicode.Scalar]] = []
    for (position, part) in scalars.split(separator: ";", omittingEmptySubsequences: false).enumerated() {
      let name = plainText(part.prefix { $0 != "=" }).lowercased()
      if position == 0 || name == "ext" {
        kept.append(Array(part))
      } else if name == "phone-context" {
        let digits = plainText(part.filter { $0.isDigit || $0 == "+" })
        if digits.hasPrefix("+") { context = digits }
      } else if !part.isEmpty {
        throw .foreign(plainText(part))
      }
    }
    scalars = Array(kept.joined(separator: [";"]))
    trim()
    return context
  }

  /// Removes an extension with its label from the end.
  mutating func scanExtension() -> String? {
    var end = scalars.count
    func isAt(_ scalar: Unicode.Scalar) -> Bool { end > 0 && scalars[end - 1] == scalar }
    func skip(_ characters: String) {
      while end > 0, characters.unicodeScalars.contains(scalars[end - 1]) { end -= 1 }
    }
    let isEnclosed = isAt(")")
    if isEnclosed { end -= 1 }
    skip(" #")
    let last = end
    while end > 0, scalars[end - 1].isDigit { end -= 1 }
    let first = end
    guard (1...9).contains(last - first) else { return nil }
    skip(" .:=-")
    let nameEnd = end
    if isAt("#") {
      end -= 1
    } else if isAt(",") {
      skip(",")
      if nameEnd - end < 2 { return nil }
    } else {
      while end > 0, scalars[end - 1].properties.isAlphabetic { end -= 1 }
      guard end < nameEnd, extensionNames.contains(plainText(scalars[end..<nameEnd]).lowercased()) else { return nil }
    }
    skip(" ")
    if isEnclosed {
      guard isAt("(") else { return nil }
      end -= 1
    }
    skip(" ,;-/")
    let digits = plainText(scalars[first..<last])
    scalars.removeSubrange(end...)
    return digits
  }

  /// Removes a label from the front, as "Tel.:" or "Büro". Other words may mean that it isn't the number to call, as "Fax:" does.
  mutating func scanLabel() throws(PhoneNumberError) {
    let start = scalars.indices.first { index in
      let next = scalars[index...].drop { $0 == "(" || $0 == "[" || $0 == " " }.first
      return scalars[index] != " " && (next?.isDigit == true || next == "+")
    }
    guard let start else { return scalars.removeAll() }
    var label = scalars[..<start]
    while label.last == " " { label.removeLast() }
    let isOfLetters = label.allSatisfy {
      $0.properties.isAlphabetic || $0.isSymbol || " .:-/()".unicodeScalars.contains($0)
    }
    let words = label.split { !$0.properties.isAlphabetic }.map { plainText($0).lowercased() }
    let mayBeDigit =
      words.count == 1 && namesLikeDigits.contains(words[0]) && !label.contains { ":.".unicodeScalars.contains($0) }
    if label.count > 40 || !isOfLetters || mayBeDigit || !words.allSatisfy(labelNames.contains) {
      throw .foreign(plainText(label))
    }
    scalars.removeFirst(start)
  }
}

/// The labels of extensions, in lower case.
private let extensionNames: Set = [
  "x", "ex", "ext", "extn", "xtn", "extension", "extensión", "int", "interno", "intern", "interne", "app", "apparat",
  "durchwahl", "durchw", "dw", "nebenstelle", "nebenst", "nst", "klappe", "kl", "poste", "toestel", "tst", "lokal",
  "lok", "anknytning", "ankn", "alanumero", "anexo", "ramal", "wew", "wewn", "wewnętrzny", "linka", "klapka", "mellék",
  "dahili", "доб", "добавочный", "вн", "внутр", "εσωτ", "内線", "分机", "转",
]

/// The labels of phone numbers, in lower case.
private let labelNames: Set = [
  "tel", "tél", "teléf", "telef", "telefon", "telefono", "teléfono", "telefone", "telefoon", "telephone", "téléphone",
  "telefonnr",
  "telefonnummer", "rufnummer", "phone", "ph", "fon", "fone", "tlf", "tfn", "puh", "puhelin", "simi", "sími", "t", "p",
  "mobile", "mobil", "mobiltelefon", "mob", "handy", "cell", "cellphone", "cellular", "cellulare", "cel", "celular",
  "móvil", "movil",
  "portable", "gsm", "natel", "matkapuhelin", "komórka", "kom", "m", "c",
  "office", "büro", "buero", "bureau", "ufficio", "oficina", "work", "business", "biz", "firma", "geschäft",
  "geschäftlich",
  "dienstlich", "dienst", "arbeit", "werk", "kontor", "arbete", "praca", "o", "w", "b", "g",
  "home", "privat", "private", "privé", "privat", "casa", "domicile", "zuhause", "hem", "h",
  "festnetz", "landline", "fixed", "fixe", "fijo", "fisso", "direct", "direkt", "directo", "diretto", "durchwahl", "dw",
  "d",
  "main", "zentrale", "switchboard", "standard", "centralino", "hotline", "voice", "zu",
  "nr", "no", "number", "nummer", "numéro", "número", "numero", "num",
  "тел", "телефон", "моб", "мобильный", "сот", "раб", "рабочий", "дом", "τηλ", "τηλέφωνο", "κιν", "電話", "电话", "電話番号",
  "手机", "携帯",
  "전화", "هاتف", "טלפון", "โทร",
]

/// Labels that look like a digit (0, 8, 9): without a colon or a full stop behind it, such a letter may be one.
private let namesLikeDigits: Set = ["o", "b", "g"]

/// A text with digits, spaces and signs of other scripts and wide forms replaced by ASCII ones, without invisible characters. The
/// end of a line is a semicolon.
private func plainly(_ written: String) -> [Unicode.Scalar] {
  var result: [Unicode.Scalar] = []
  for scalar in written.unicodeScalars where scalar.isASCII || !scalar.showsNothing {
    let plain =
      switch scalar.value {
      case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
      default: scalar
      }
    if plain.isASCII {
      switch plain {
      case "\n", "\r": result.append(";")
      default: result.append(plain.value < 0x20 || plain.value == 0x7F ? " " : plain)
      }
    } else if let digit = plain.properties.numericType == .decimal ? plain.properties.numericValue : nil {
      result.append(contentsOf: "\(Int(digit))".unicodeScalars)
    } else if plain.isBlank {
      result.append([0x2028, 0x2029, 0x85].contains(plain.value) ? ";" : " ")
    } else if plain.properties.generalCategory == .dashPunctuation || plain.value == 0x2212 {
      result.append("-")
    } else {
      result.append(plain)
    }
  }
  return result
}

/// A text with its digits, spaces and signs in ASCII, if they have ASCII equivalents.
func plainText(_ written: String) -> String { trimmed(plainText(plainly(written))) }

private func plainText(_ scalars: some Sequence<Unicode.Scalar>) -> String {
  var view = String.UnicodeScalarView()
  view.append(contentsOf: scalars)
  return String(view)
}

/// The keypad's digits for letters (ITU-T E.161).
func dialled(_ text: String) -> String {
  let keys = Array("22233344455566677778889999")
  return String(
    text.map { character in
      guard let ascii = character.asciiValue, (0x41...0x5A).contains(ascii) else { return character }
      return keys[Int(ascii - 0x41)]
    })
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
  fileprivate var isLetterOfKeypad: Bool { ("A"..."Z").contains(self) }
  fileprivate var isSymbol: Bool { properties.generalCategory == .otherSymbol }
}
