import Glibc
import Platform

/// The words that a key can have.
typealias Choice = CaseIterable & RawRepresentable<String>

private enum Automatic: String, CaseIterable { case auto, never }

/// The types of value that a key can have.
extension TOMLTable {
  /// Text that `read` parses. With an example, the key is required.
  func text<Value>(
    _ key: String, example: String? = nil, _ read: (String) throws(ValueError) -> Value
  ) -> PositionedValue<Value>? {
    guard let node = node(key, example: example.map { "\"\($0)\"" }) else { return nil }
    return text(of: node, key, read)
  }

  func text(_ key: String, example: String? = nil) -> String? {
    text(key, example: example) { text throws(ValueError) in text }?.value
  }

  /// A list of different texts. With an example, there must be at least one.
  func list<Value>(
    _ key: String, example: String? = nil, _ read: (String) throws(ValueError) -> Value
  ) -> [PositionedValue<Value>] {
    guard let node = node(key, example: example.map { "[\"\($0)\"]" }) else { return [] }
    return list(of: node, key, example: example, read)
  }

  /// The same, or one text by itself.
  func texts<Value>(_ key: String, _ read: (String) throws(ValueError) -> Value) -> [Value] {
    guard let node = node(key) else { return [] }
    if case .text = node.value { return [text(of: node, key, read)?.value].compactMap(\.self) }
    return list(of: node, key, read).map(\.value)
  }

  private func list<Value>(
    of node: TOMLNode, _ key: String, example: String? = nil, _ read: (String) throws(ValueError) -> Value
  ) -> [PositionedValue<Value>] {
    guard case .array(let elements) = node.value else {
      reportType(of: key, node, wanted: "a list", "write it in brackets: \(key) = [\"...\"]")
      return []
    }
    if let example, elements.isEmpty { report("'\(key)' is empty", "add, say: \"\(example)\"", at: key) }
    var seen: Set<String> = []
    return elements.compactMap { element in
      if case .text(let text) = element.value, !seen.insert(text).inserted {
        document.report(ValueError("\"\(text)\" is in '\(key)' twice", "remove one"), at: element.place)
      }
      return text(of: element, key, read)
    }
  }

  private func text<Value>(
    of node: TOMLNode, _ key: String, _ read: (String) throws(ValueError) -> Value
  ) -> PositionedValue<Value>? {
    guard case .text(let text) = node.value else {
      reportType(of: key, node, wanted: "text", "write it in quotes")
      return nil
    }
    do throws(ValueError) {
      guard !text.isEmpty else {
        throw ValueError("'\(key)' must not be empty", "give it a value, or leave the key out")
      }
      guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
        throw ValueError("'\(key)' must not have control characters or line breaks")
      }
      return PositionedValue(value: try read(text), place: node.place)
    } catch {
      document.report(error, at: node.place)
      return nil
    }
  }

  /// One of a few words.
  func choice<Word: Choice>(_ key: String, default fallback: Word) -> Word { choice(key, or: nil) ?? fallback }

  /// The same, or `none` for nil, which is the default.
  func choice<Word: Choice>(_ key: String, or none: String?) -> Word? {
    text(key) { text throws(ValueError) -> Word? in
      if text == none { return nil }
      guard let word = Word(rawValue: text) else {
        let words = [none].compactMap(\.self) + Word.allCases.map(\.rawValue)
        throw ValueError("'\(key)' can't be \"\(text)\"", "write one of: \(words.joined(separator: ", "))")
      }
      return word
    }?.value
  }

  /// Whether the value is `auto`, which is the default, and not `never`.
  func automatic(_ key: String) -> Bool { choice(key, default: Automatic.auto) == .auto }

  func flag(_ key: String) -> Bool {
    guard let node = node(key) else { return false }
    if case .boolean(let value) = node.value { return value }
    reportType(of: key, node, wanted: "true or false", "write it without quotes")
    return false
  }

  func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
    guard let node = node(key) else { return fallback }
    guard case .integer(let value) = node.value else {
      reportType(of: key, node, wanted: "a whole number", "write, say: \(key) = \(fallback)")
      return fallback
    }
    guard range.contains(Int(value)) else {
      report("'\(key)' is \(value)", "write a number from \(range.lowerBound) to \(range.upperBound)", at: key)
      return fallback
    }
    return Int(value)
  }

  /// A number that may be left out.
  func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
    node(key) == nil ? nil : integer(key, default: range.upperBound, in: range)
  }

  func duration(_ key: String, default fallback: Duration, in range: ClosedRange<Duration>) -> Duration {
    guard let node = node(key) else { return fallback }
    if case .integer(let value) = node.value {
      report("'\(key)' has no unit", "write, say: \(key) = \"\(value)s\", with s, m, h or d", at: key)
      return fallback
    }
    return text(of: node, key) { text throws(ValueError) in
      let duration = try Duration(reading: text)
      guard range.contains(duration) else {
        let (least, most) = (range.lowerBound.written, range.upperBound.written)
        throw ValueError("'\(key)' is \(text)", "write a duration from \(least) to \(most)")
      }
      return duration
    }?.value ?? fallback
  }

  /// A path, absolute or resolved as `TOMLDocument.resolve` says.
  func file(_ key: String, example: String? = nil) -> String? { text(key, example: example).map(document.resolve) }

  /// The same, for a secret. `readSecret` refuses one that other users can read, but for a credential it sees systemd's copy,
  /// so the source of the copy is checked here.
  func secretFile(_ key: String, example: String? = nil) -> String? {
    guard let name = text(key, example: example) else { return nil }
    let (path, source) = (document.resolve(name), document.besideFile(name))
    if path != source, let mode = permissions(of: source), mode & 0o007 != 0 {
      report("other users can read the secret \(source)", "chmod o-rwx \(shellQuoted(source))", at: key)
    }
    return path
  }

  /// The same, for a file that isn't secret, which must be readable.
  func readableFile(_ key: String) -> String? {
    guard let path = file(key) else { return nil }
    if unsafe access(path, R_OK) != 0 {
      report("\(path) can't be read", "correct the path, or its permissions", at: key)
    }
    return path
  }

  func template(_ key: String, example: String? = nil) -> Configuration.TemplateText? {
    placed(key, example: example) { text throws(ValueError) in text }
  }

  /// A list of them. With an example, there must be at least one.
  func templates(_ key: String, example: String? = nil) -> [Configuration.TemplateText] {
    list(key, example: example) { text throws(ValueError) in text }.enumerated()
      .map { index, text in template(text, key: "\(path).\(key)[\(index)]") }
  }

  /// Text that `check` accepts, with the position of its first character.
  func placed(
    _ key: String, example: String? = nil, _ check: (String) throws(ValueError) -> String
  ) -> Configuration.TemplateText? {
    text(key, example: example, check).map { template($0, key: "\(path).\(key)") }
  }

  private func template(_ text: PositionedValue<String>, key: String) -> Configuration.TemplateText {
    let place = document.placeInsideQuotes(text.place)
    return Configuration.TemplateText(text: text.value, line: place.line, column: place.column, key: key)
  }
}
