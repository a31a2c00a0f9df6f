public import Domain
import Text

/// A DDI block: phone numbers that are dialled straight through, and the extensions that they reach.
public struct DDIBlock: Sendable, Hashable {
  /// The common first digits of all numbers of the block, after a `+`.
  fileprivate let stem: String
  /// The following digits.
  private let outside: NumberRange
  /// The extensions, in the same order; mostly the same digits.
  let inside: NumberRange

  /// Reads `+49 30 9018 0000-4999`, whose extensions are 0000 to 4999, or `+49 30 9018 0000-4999 = 70000-74999`.
  ///
  /// The first number is in any common format and parsed by `rules`; after the hyphen follow the last number's differing digits.
  public init(_ text: String, dialPlan: DialPlan) throws(DDIBlockError) {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false).map { trimmed(String($0)) }
    guard sides.count <= 2, let hyphen = sides[0].lastIndex(of: "-") else { throw DDIBlockError(notABlock: text) }
    let end = trimmed(String(sides[0][sides[0].index(after: hyphen)...]))
    guard end == asciiDigits(of: end), (1...9).contains(end.utf8.count) else { throw DDIBlockError(notABlock: text) }

    let first = try Self.number(trimmed(String(sides[0][..<hyphen])), dialPlan)
    stem = String(first.dropLast(end.utf8.count))
    guard stem.utf8.count > 2, let outside = NumberRange("\(first.suffix(end.utf8.count))-\(end)") else {
      throw DDIBlockError(
        message: "the block \"\(text)\" ends before it begins",
        remedy: "write after the hyphen the last digits of its highest number, as in +49 30 9018 0000-4999")
    }
    self.outside = outside
    guard sides.count == 2 else {
      inside = outside
      return
    }
    guard let inside = NumberRange(sides[1]), inside.first.utf8.count <= 15, inside.count == outside.count else {
      throw DDIBlockError(
        message: "\"\(sides[1])\" isn't as many extensions as the block has numbers (\(outside.count))",
        remedy: "write the extensions that the numbers reach, as in +49 30 9018 0000-4999 = 70000-74999")
    }
    self.inside = inside
  }

  private static func number(_ text: String, _ dialPlan: DialPlan) throws(DDIBlockError) -> String {
    do throws(PhoneNumberError) {
      return try dialPlan.e164(of: text)
    } catch {
      throw DDIBlockError(
        message: "\"\(text)\" isn't the first number of a block: \(error.reason)",
        remedy: "write it with its country code, as in +49 30 9018 0000-4999")
    }
  }

  /// The extension that a number reaches; nil if it isn't in the block.
  func `extension`(of e164: String) -> String? {
    e164.hasPrefix(stem) ? outside.counterpart(of: String(e164.dropFirst(stem.utf8.count)), in: inside) : nil
  }

  /// The number that reaches an extension; nil if none of the block does.
  func number(reaching extension: String) -> String? {
    inside.counterpart(of: `extension`, in: outside).map { stem + $0 }
  }

  func hasExtension(_ number: String) -> Bool { inside.contains(number) }

  /// The extensions at the end of digits, as they are dialled inside and outside.
  fileprivate func extensions(endingIn digits: String) -> [String] {
    let own = String(digits.suffix(inside.first.utf8.count))
    let reached = outside.counterpart(of: String(digits.suffix(outside.first.utf8.count)), in: inside)
    return (inside.contains(own) ? [own] : []) + [reached].compactMap(\.self)
  }

  /// The extension written behind a number of the same building, as it is dialled inside or outside; nil if this block has none.
  func `extension`(_ written: String, behind e164: String) -> String? {
    guard e164.hasPrefix(stem) else { return nil }
    return inside.contains(written) ? written : outside.counterpart(of: written, in: inside)
  }

  /// The overlap of two blocks; nil if they are compatible.
  func clash(with other: DDIBlock) -> DDIBlocks.Overlap? {
    if numbers.overlaps(other.numbers) { return .numbers }
    return inside.overlaps(other.inside) ? .extensions : nil
  }

  /// The whole numbers.
  private var numbers: NumberRange {
    let digits = stem.dropFirst()
    return NumberRange("\(digits)\(outside.first)-\(digits)\(outside.last)") ?? outside
  }
}

/// The blocks of one site.
public struct DDIBlocks: Sendable, Hashable {
  let blocks: [DDIBlock]

  public init(_ blocks: [DDIBlock] = []) { self.blocks = blocks }

  public var isEmpty: Bool { blocks.isEmpty }

  func hasExtension(_ number: String) -> Bool { blocks.contains { $0.hasExtension(number) } }

  /// The extensions by the first digits that all phone numbers of their blocks have: blocks of one building have the same ones.
  public var extensionsByStem: [String: [NumberRange]] {
    Dictionary(grouping: blocks, by: \.stem).mapValues { $0.map(\.inside) }
  }

  /// The extension that a number reaches; nil if it is in no block.
  func `extension`(of e164: String) -> String? { blocks.lazy.compactMap { $0.extension(of: e164) }.first }

  /// The extension written behind a number; nil if no block has it.
  func `extension`(_ written: String, behind e164: String) -> String? {
    blocks.lazy.compactMap { $0.extension(written, behind: e164) }.first
  }

  /// The kind of overlap.
  public enum Overlap: String, Sendable { case numbers, extensions }

  /// The first two incompatible blocks, by position, with their overlap.
  public var clash: (first: Int, second: Int, overlap: Overlap)? {
    for second in blocks.indices {
      for first in 0..<second {
        if let overlap = blocks[first].clash(with: blocks[second]) { return (first, second, overlap) }
      }
    }
    return nil
  }
}

extension DialPlan {
  /// Every extension that a text may mean by its digits, however they are separated: each run of digits may be the end.
  public func extensionsMeant(by text: String) -> Set<String> {
    var digits = ""
    return digitRuns(in: text).reduce(into: []) { found, run in
      digits += run
      found.formUnion(ddiBlocks.blocks.flatMap { $0.extensions(endingIn: digits) })
    }
  }

  /// The extension that a phone number reaches, or that is written itself: alone, or behind the number of its building. It must map
  /// back to the same number.
  func `extension`(of text: String) throws(PhoneNumberError) -> String {
    let written = try WrittenNumber(text)
    if let number = written.internalNumber, let outside = self.number(reaching: number) {
      _ = try known(outside)
      return number
    }
    let number = try trunk(of: written)
    if let behind = written.extension {
      let found = ddiBlocks.extension(behind, behind: number)
      let own = ddiBlocks.extension(of: number)
      if let found, own == nil || own == found { return found }
      // A few digits behind a person's own number aren't an extension of the building.
      if let own, found != nil || behind.utf8.count >= own.utf8.count {
        throw PhoneNumberError(
          reason: "\(number) reaches the extension \(own), but the extension \(found ?? behind) is written behind it",
          remedy: "Keep only one of the two in the value.")
      }
    }
    guard let found = ddiBlocks.extension(of: number) else {
      throw PhoneNumberError(
        reason: "\(number) is in no DDI block of \(place)",
        remedy: "Correct the number in the directory, add its block to ddi of \(ddiPlace), or make sure that the entry "
          + "belongs to the number's site.")
    }
    let back = self.number(reaching: found)
    guard back == number else {
      throw PhoneNumberError(
        reason: "\(number) reaches the extension \(found) of \(place), which \(back ?? "no number") reaches too",
        remedy:
          "Give one of the blocks in ddi of \(ddiPlace) other extensions, as in +49 30 9018 0000-4999 = 70000-74999."
      )
    }
    return found
  }

  /// The phone number, with its `+`, that reaches an extension; nil if none does.
  public func number(reaching extension: String) -> String? {
    ddiBlocks.blocks.lazy.compactMap { $0.number(reaching: `extension`) }.first
  }
}

/// Why a text isn't a block of numbers.
public struct DDIBlockError: Error, Hashable, Sendable {
  /// The error, as a clause without a full stop.
  public let message: String
  public let remedy: String

  init(message: String, remedy: String) { (self.message, self.remedy) = (message, remedy) }

  fileprivate init(notABlock text: String) {
    self.init(
      message: "\"\(text)\" isn't a block of numbers",
      remedy: "write its first number, a hyphen, and the last digits of its last, as in +49 30 9018 0000-4999")
  }
}

extension NumberRange {
  /// The number of numbers; the ends have no more digits than an `Int`.
  fileprivate var count: Int { (Int(last) ?? 0) - (Int(first) ?? 0) + 1 }

  /// The number at the same position in a range of the same size; nil if the number isn't in this one.
  fileprivate func counterpart(of number: String, in other: NumberRange) -> String? {
    guard contains(number), let digits = Int(number), let start = Int(first), let otherStart = Int(other.first) else {
      return nil
    }
    return other.text(otherStart + digits - start)
  }
}
