import Configuration
import Directory
import Domain
import Ledger
import Mapping
import Platform
package import Sync

extension CommandContext {
  /// Lists the extension numbers that nobody has, wants or may have meant, as ranges.
  ///
  /// The directory is read: only a read knows who has joined since the last run, and the numbers of the entries that filters and
  /// exclusions leave out.
  ///
  /// - Parameter words: ranges; none for those of the configuration.
  package func free(_ words: [String]) async -> ExitStatus {
    await answer { setup in
      let policy = setup.configuration.numbers.policy
      let ranges = try policy.ranges(of: words, pools: setup.configuration.users.flatMap { $0.pool?.ranges ?? [] })
      let preview = try await RunPreview(setup, log: log, for: .lint).throwingFailure()
      let free = FreeNumbers(policy, preview, meant: preview.read.lintChecks?.meant ?? NumbersInUse())
      // All sources have the same dial plans.
      let dialPlans = setup.sources.first?.dialPlans
      let marks = NumberPlan.marks(policy, preview.state, preview.ledger.now())
      let spans = ranges.map { range in
        // Emergency numbers are short.
        let short = range.first.utf8.count > 5 ? [] : range.numbers
        return FreeSpan(range, free, marks, policy, emergencies: short.filter { dialPlans?.isEmergency($0) == true })
      }
      return FreeNumberList(spans: spans, incomplete: preview.read.record.incomplete).output
    }
  }
}

extension NumberPolicy {
  /// The ranges that are asked for, as far as extensions may be there.
  fileprivate func ranges(of words: [String], pools: [NumberRange]) throws(RunError) -> [NumberRange] {
    let allowed = extensionRanges.isEmpty ? pools : extensionRanges
    let allowedText = allowed.map(\.description).joined(separator: ", ")
    if words.isEmpty {
      if allowed.isEmpty {
        throw RunError(
          refusing: "[numbers] extension_ranges isn't set, so it is unknown which numbers may be used",
          remedy: "name a range, such as \(pbxsyncd) free 1000-1999")
      }
      return try allowed.map(Self.countable)
    }
    var ranges: [NumberRange] = []
    for word in words {
      guard let range = NumberRange(word) else {
        throw RunError(
          refusing: "\"\(word)\" is neither a number nor a range of numbers with the same count of digits", .usage,
          remedy: "name a range such as 1000-1999")
      }
      let parts = extensionRanges.isEmpty ? [range] : extensionRanges.compactMap(range.intersection)
      if parts.isEmpty {
        throw RunError(
          refusing: "\(range) is outside [numbers] extension_ranges, so no entry gets a number of it",
          remedy: "name a range within \(allowedText)")
      }
      ranges += try parts.map(Self.countable)
    }
    return ranges
  }

  private static func countable(_ range: NumberRange) throws(RunError) -> NumberRange {
    if range.first.utf8.count <= 18 { return range }
    throw RunError(
      refusing: "\(range) has too many digits to count", .usage, remedy: "name a range of at most 18 digits")
  }
}

/// A range, with what is free in it and why the rest isn't.
struct FreeSpan: Sendable {
  /// Why a number isn't free, in the order in which the first that holds counts.
  enum Use: String, CaseIterable, Sendable {
    case managed, unproven, foreign, quarantined, protected, emergency, claimed

    /// nil for a free number.
    fileprivate init?(_ state: NumberPlan.CellState) {
      switch state {
      case .used: self = .managed
      case .resting: self = .quarantined
      case .foreign: self = .foreign
      case .unproven: self = .unproven
      case .protected: self = .protected
      case .free: return nil
      }
    }

    fileprivate var text: String {
      switch self {
      case .managed: "managed"
      case .unproven: "unproven"
      case .foreign: "foreign"
      case .quarantined: "in quarantine"
      case .protected: "protected"
      case .emergency: "for emergencies"
      case .claimed: "claimed by entries"
      }
    }
  }

  let range: NumberRange
  let free: [NumberRange]
  let used: [Use: Int]

  var size: Int { range.count }
  var freeCount: Int { free.reduce(0) { $0 + $1.count } }

  /// - Parameters:
  ///   - marks: the numbers of which the ledger knows something.
  ///   - emergencies: numbers of the range that are dialled in an emergency.
  init(
    _ range: NumberRange, _ numbers: FreeNumbers, _ marks: NumberPlan.Marks, _ policy: NumberPolicy,
    emergencies: [String]
  ) {
    self.range = range
    free = numbers.free(in: range, without: Set(emergencies))
    var uses: [String: Use] = [:]
    for number in emergencies { uses[number] = .emergency }
    for (number, mark) in marks where range.contains(number) { uses[number] = Use(mark.use) }
    var used = Dictionary(grouping: uses.filter { !policy.isProtected($0.key) }.values, by: \.self).mapValues(\.count)
    let unprotected = range.subtracting(policy.protected).reduce(0) { $0 + $1.count }
    if unprotected < range.count { used[.protected] = range.count - unprotected }
    let rest = unprotected - free.reduce(0) { $0 + $1.count } - used.filter { $0.key != .protected }.values.reduce(0, +)
    if rest > 0 { used[.claimed] = rest }
    self.used = used
  }

  fileprivate var text: String {
    let kinds = Use.allCases.compactMap { use in used[use].map { "\($0) \(use.text)" } }
    let detail = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
    return "\(range): \(freeCount) of \(size) free\(detail)"
  }

  fileprivate var json: JSON {
    [
      "range": .string(range.description), "numbers": .count(size), "free": .count(freeCount),
      "free_ranges": .array(
        free.map { ["first": .string($0.first), "last": .string($0.last), "numbers": .count($0.count)] }),
      "used": .object(Use.allCases.map { ($0.rawValue, .count(used[$0] ?? 0)) }),
    ]
  }
}

/// The answer of `free`.
struct FreeNumberList: Sendable {
  let spans: [FreeSpan]
  /// Why some entries may not have been seen, so that their numbers look free; nil for a complete read.
  let incomplete: String?

  var output: CommandOutput {
    CommandOutput(status: incomplete == nil ? .asWanted : .outOfReach, text: text, json: json)
  }

  private var text: String {
    let warning =
      incomplete.map { ["The read is incomplete, so numbers of entries that it missed may be listed: \($0)"] } ?? []
    let lines = spans.flatMap { span in
      [span.text] + span.free.map { "  \($0)" + ($0.count == 1 ? "" : "  (\($0.count))") }
    }
    return paragraph(warning + lines)
  }

  private var json: JSON {
    [
      "free": .count(spans.reduce(0) { $0 + $1.freeCount }), "ranges": .array(spans.map(\.json)),
      "incomplete_because": .optional(incomplete),
    ]
  }
}
