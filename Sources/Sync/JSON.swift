import Domain
import Text

/// A JSON text being written (RFC 8259). Objects keep the order in which they are given.
package enum JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case string(String)
  case number(Int64)
  case bool(Bool)
  case null
  case array([JSON])
  case object([(String, JSON)])

  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }

  package static func optional(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
  package static func optional(_ number: Int64?) -> JSON { number.map(JSON.number) ?? .null }
  package static func optional(_ count: Int?) -> JSON { count.map(JSON.count) ?? .null }
  package static func strings(_ texts: some Sequence<String>) -> JSON { .array(texts.map(JSON.string)) }
  package static func count(_ number: Int) -> JSON { .number(Int64(number)) }

  /// The answer of a command that succeeded: an object begins with its exit status and no error.
  package func answer(_ status: ExitStatus) -> JSON {
    guard case .object(let members) = self, members.first?.0 != "status" else { return self }
    return .object([("status", status.json), ("error", .null)] + members)
  }

  /// An object's members; none of anything else.
  package var members: [(String, JSON)] { if case .object(let members) = self { members } else { [] } }

  /// An object with more members; anything else is returned unchanged.
  package func adding(_ more: [(String, JSON)]) -> JSON {
    if case .object(let members) = self { .object(members + more) } else { self }
  }

  /// The JSON on one line, so that a stream of texts can be split at line ends. Invisible characters are escaped, which a JSON reader
  /// reverts.
  package var text: String {
    var text = ""
    write(to: &text)
    if text.unicodeScalars.allSatisfy({ !$0.isInvisible }) { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if scalar.isInvisible {
        for unit in String(scalar).utf16 { shown += "\\u" + String(0x1_0000 + UInt32(unit), radix: 16).dropFirst() }
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  private func write(to text: inout String) {
    switch self {
    case .string(let value): text += "\"\(value.jsonEscaped)\""
    case .number(let value): text += String(value)
    case .bool(let value): text += value ? "true" : "false"
    case .null: text += "null"
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        value.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        text += "\"\(member.0.jsonEscaped)\":"
        member.1.write(to: &text)
      }
      text += "}"
    }
  }
}
