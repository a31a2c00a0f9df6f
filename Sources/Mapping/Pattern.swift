import CRE2

struct PatternError: Error { let message: String }

/// A regular expression of RE2, compiled once. It takes time in proportion to the value, and memory within a bound, whatever
/// the pattern and the value are.
@safe
final class Pattern: Sendable, Hashable {
  let text: String
  /// RE2's own are safe in several threads at a time.
  private nonisolated(unsafe) let compiled: OpaquePointer

  init(_ text: String) throws(PatternError) {
    if let unknown = Self.unknown.first(where: text.contains) {
      throw PatternError(message: "it has \(unknown), which isn't in RE2's syntax")
    }
    let pattern = Self.classes.reduce(text) { replacing($1.posix, with: $1.unicode, in: $0) }
    var error = [CChar](repeating: 0, count: 256)
    guard let compiled = unsafe cre2_open(pattern, pattern.utf8.count, &error, error.count) else {
      throw PatternError(
        message: String(decoding: error.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    self.text = text
    unsafe self.compiled = compiled
  }

  /// What glibc's patterns could have as well, and RE2 reads as text.
  private static let unknown = ["[[.", "[[=", #"\<"#, #"\>"#, "{,"]

  deinit { unsafe cre2_close(compiled) }

  /// The classes that hold letters of every script, as glibc has them. RE2 has ASCII's alone under these names.
  private static let classes: [(posix: String, unicode: String)] = [
    ("[:alpha:]", #"\p{L}\p{M}"#), ("[:upper:]", #"\p{Lu}"#), ("[:lower:]", #"\p{Ll}"#),
    ("[:alnum:]", #"\p{L}\p{M}\p{N}"#), ("[:punct:]", #"\p{P}\p{S}"#), ("[:space:]", #"\s\v\p{Z}"#),
    ("[:graph:]", #"\p{L}\p{M}\p{N}\p{P}\p{S}"#), ("[:print:]", #"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}"#),
  ]

  /// The first group of the leftmost match if the pattern has groups, else the match; empty where there is none.
  func firstMatch(in value: String) -> String {
    guard let range = match(in: value) else { return "" }
    return String(decoding: Array(value.utf8)[range], as: UTF8.self)
  }

  func matches(_ value: String) -> Bool { match(in: value) != nil }

  private func match(in value: String) -> Range<Int>? {
    var (start, end) = (0, 0)
    return unsafe cre2_match(compiled, value, value.utf8.count, &start, &end) ? start..<end : nil
  }

  static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
