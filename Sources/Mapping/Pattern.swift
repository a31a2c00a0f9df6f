import Glibc
import Synchronization

struct PatternError: Error { let message: String }

/// A POSIX extended regular expression (man 7 regex), compiled once. Characters are those of UTF-8.
///
/// Without back-references, which are refused, glibc's matcher doesn't backtrack: no value from the directory can make
/// it run for hours.
final class Pattern: Sendable, Hashable {
  let text: String
  /// Guards the compiled form, so that a template can be shared by threads whatever regexec(3) does to it.
  private let compiled: Mutex<CompiledPattern>

  /// Some kilobytes when compiled; no pattern for a name or a number comes near.
  private static let heaviest = 2_000

  init(_ text: String) throws(PatternError) {
    if patternWeight(text, limit: Self.heaviest) > Self.heaviest {
      throw PatternError(message: "it repeats what is repeated too often")
    }
    if hasBackReference(text) { throw PatternError(message: "it has a back-reference") }
    self.text = text
    compiled = Mutex(try CompiledPattern(text))
  }

  /// The first group of the leftmost match if the pattern has groups, else the match; empty where there is none.
  func firstMatch(in value: String) -> String { compiled.withLock { $0.firstMatch(in: value) } }

  func matches(_ value: String) -> Bool { compiled.withLock { $0.match(in: value) != nil } }

  static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Owns one regex_t.
@safe
private struct CompiledPattern: ~Copyable {
  private let raw: UnsafeMutablePointer<regex_t>

  init(_ text: String) throws(PatternError) {
    let raw = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
    unsafe raw.initialize(to: regex_t())
    let code = inUTF8Locale { unsafe regcomp(raw, text, REG_EXTENDED) }
    guard code == 0 else {
      var message = [CChar](repeating: 0, count: 256)
      unsafe regerror(code, raw, &message, message.count)
      unsafe raw.deallocate()
      throw PatternError(
        message: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    unsafe self.raw = raw
  }

  deinit {
    unsafe regfree(raw)
    unsafe raw.deallocate()
  }

  /// Where the first match and its first group are; nil where there is none.
  borrowing func match(in value: String) -> [regmatch_t]? {
    var found = [regmatch_t](repeating: regmatch_t(), count: 2)
    // Anything but 0 is "no match": regexec(3) knows no other failure than short memory.
    return inUTF8Locale({ unsafe regexec(raw, value, found.count, &found, 0) }) == 0 ? found : nil
  }

  borrowing func firstMatch(in value: String) -> String {
    guard let found = match(in: value) else { return "" }
    let range = unsafe raw.pointee.re_nsub > 0 ? found[1] : found[0]
    guard range.rm_so >= 0 else { return "" }
    return String(decoding: Array(value.utf8)[Int(range.rm_so)..<Int(range.rm_eo)], as: UTF8.self)
  }
}

private func hasBackReference(_ pattern: String) -> Bool {
  var isEscaped = false
  for byte in pattern.utf8 {
    if isEscaped, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) { return true }
    isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
  }
  return false
}

/// Runs `body` with this thread's characters in UTF-8: in the C locale, `.` would match half an umlaut.
private func inUTF8Locale<Result>(_ body: () -> Result) -> Result {
  let before = unsafe uselocale(utf8)
  defer { _ = unsafe uselocale(before) }
  return body()
}

/// Built into glibc since 2.35; where it is missing (nil), `uselocale` changes nothing.
private nonisolated(unsafe) let utf8: locale_t? = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)
