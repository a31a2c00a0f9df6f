import CArguments
import CGetopt
import Glibc
import Text

/// The command line, parsed by glibc's getopt_long(3): long names, `--name=value`, `--`.
///
/// A long name must be spelled in full: `--sync` must not begin a real run, nor `--y` confirm one.
public struct CommandLineOptions: Hashable, Sendable {
  public struct Option: Hashable, Sendable {
    let name: String
    let takesValue: Bool
    let letter: Character?

    /// - Parameters:
    ///   - name: the long name, without its dashes.
    ///   - letter: the short name, behind one dash; only for an option without a value.
    public init(_ name: String, letter: Character? = nil, takesValue: Bool = false) {
      self.name = name
      self.letter = letter
      self.takesValue = takesValue
    }
  }

  public struct UsageError: Error, Hashable, Sendable {
    public let message: String

    public init(_ message: String) { self.message = message }
  }

  /// The options given, each with its value; empty for one that takes none.
  public private(set) var values: [String: String] = [:]
  /// The rest, in order.
  public private(set) var operands: [String] = []

  /// The words that this process was started with, its own name first, from `main` itself.
  ///
  /// Swift's `CommandLine.arguments` is empty without /proc, or if a preloaded library has changed the environment before `main`.
  public static var ofProcess: [String] {
    (0..<carguments_count()).compactMap { index in
      unsafe carguments_word(index).map { unsafe String(cString: $0) }
    }
  }

  public func has(_ name: String) -> Bool { values[name] != nil }

  /// Reads `arguments`, the program's name first. Not for two threads at once: getopt has its state in globals.
  ///
  /// - Throws: also for an empty list, which differs from a command line without options.
  public init(_ arguments: [String], options: [Option]) throws(UsageError) {
    if arguments.isEmpty { throw UsageError("the command line is empty: not even the program's name is in it") }
    let copies = CStrings(arguments + options.map(\.name))
    defer { withExtendedLifetime(copies) {} }
    var words = unsafe Array(copies.pointers.prefix(arguments.count)) + [nil]
    let names = unsafe copies.pointers.dropFirst(arguments.count)
    let table =
      unsafe zip(names, options).enumerated().map { index, pair in
        unsafe option(
          name: pair.0.map { unsafe UnsafePointer($0) }, has_arg: pair.1.takesValue ? required_argument : no_argument,
          flag: nil, val: Self.firstCode + Int32(index))
      } + [option()]

    // With a colon in front, getopt reports a missing value.
    let letters = ":" + String(options.compactMap(\.letter))
    getopt_begin()
    var value: UnsafePointer<CChar>?
    var next: Int32 = 0
    while true {
      let code = unsafe getopt_next(Int32(arguments.count), &words, letters, table, &value, &next)
      if code == -1 { break }
      if let option = options.first(where: { $0.letter?.asciiValue.map(Int32.init) == code }) {
        values[option.name] = ""
        continue
      }
      guard code >= Self.firstCode else {
        var word = unsafe Self.text(UnsafePointer(words[max(0, Int(next) - 1)]))
        if code == Int32(UInt8(ascii: ":")) { throw UsageError("\(word) needs a value") }
        // Within a word of several letters, getopt hasn't gone on to the next word.
        let letter = getopt_letter()
        if letter > 0, letter < Self.firstCode, word.hasPrefix("--") || word.utf8.last.map(Int32.init) != letter,
          Int(next) < arguments.count
        {
          word = unsafe Self.text(UnsafePointer(words[Int(next)]))
        }
        throw UsageError(Self.refusal(of: word, options.map(\.name)))
      }
      let option = options[Int(code - Self.firstCode)]
      // getopt also takes an abbreviation. A value may be a word of its own, behind the option.
      let last = Int(next) - 1
      let isSeparate = unsafe option.takesValue && UnsafePointer(words[last]) == value
      let word = unsafe Self.text(UnsafePointer(words[isSeparate ? last - 1 : last]))
      guard word.dropFirst(2).prefix(while: { $0 != "=" }) == option.name else {
        throw UsageError(Self.refusal(of: word, options.map(\.name)))
      }
      // Neither of two values is certainly meant.
      if option.takesValue, values[option.name] != nil { throw UsageError("--\(option.name) is given twice") }
      values[option.name] = unsafe Self.text(value)
    }
    operands = unsafe words[Int(next)..<arguments.count].map { unsafe Self.text(UnsafePointer($0)) }
  }

  /// What is wrong with an option: its value, or its name.
  private static func refusal(of word: String, _ names: [String]) -> String {
    let name = String(word.drop { $0 == "-" }.prefix { $0 != "=" })
    if word.hasPrefix("--"), names.contains(name) { return "--\(name) takes no value" }
    let meant = word.hasPrefix("--") && !name.isEmpty ? names.filter { $0.hasPrefix(name) } : []
    let near = (meant.isEmpty ? [nearest(to: name, among: names)].compactMap(\.self) : meant).map { "--\($0)" }
    return "unknown option \(word)" + (near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?")
  }

  /// Above any character, so that `:` and `?` keep getopt's meaning.
  private static let firstCode: Int32 = 256

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    unsafe pointer.map { unsafe String(cString: $0) } ?? ""
  }
}

/// Owns C copies of some strings for as long as it lives.
@safe private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) { unsafe pointers = strings.map { unsafe strdup($0) } }

  deinit { _ = unsafe pointers.map { unsafe free($0) } }
}
