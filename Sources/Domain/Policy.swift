/// When an object that the directory no longer wants may be removed.
public struct RemovalPolicy: Hashable, Sendable {
  /// How many complete reads must have missed it.
  public var completeReads: Int
  /// How long it must have been missed, in seconds.
  public var after: Seconds
  /// The most removals of one kind in one run.
  public var maxCount: Int
  /// The same, as a share in percent of what we own of that kind.
  public var maxPercent: Int

  public init(completeReads: Int = 2, after: Seconds = 86_400, maxCount: Int = 25, maxPercent: Int = 10) {
    self.completeReads = completeReads
    self.after = after
    self.maxCount = maxCount
    self.maxPercent = maxPercent
  }
}

/// Which numbers may be used at all.
public struct NumberPolicy: Hashable, Sendable {
  /// Where extensions may lie; empty for anywhere.
  public var extensionRanges: [NumberRange]
  /// Extensions and contacts that are never touched, whoever claims them.
  public var protected: [NumberRange]

  public init(extensionRanges: [NumberRange] = [], protected: [NumberRange] = []) {
    self.extensionRanges = extensionRanges
    self.protected = protected
  }

  public func isProtected(_ number: String) -> Bool { protected.contains { $0.contains(number) } }

  public func isOutOfRange(_ key: Key) -> Bool {
    key.kind == .extension && !extensionRanges.isEmpty && !extensionRanges.contains { $0.contains(key.number) }
  }
}

/// Numbers of one length from `first` to `last`, both included.
public struct NumberRange: Hashable, Sendable, CustomStringConvertible {
  public let first: String
  public let last: String

  /// Reads `1000-1999` or a single `1000`; nil where the ends aren't digits of one length in rising order.
  public init?(_ text: String) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
      String(part).trimmingBlanks
    }
    guard let first = ends.first, let last = ends.last, ends.count <= 2,
      first.utf8.count == last.utf8.count, !first.isEmpty,
      (first + last).utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      first <= last
    else { return nil }
    self.first = first
    self.last = last
  }

  public func contains(_ number: String) -> Bool {
    number.utf8.count == first.utf8.count && first <= number && number <= last
  }

  public var description: String { first == last ? first : "\(first)-\(last)" }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var rest = self[...]
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
