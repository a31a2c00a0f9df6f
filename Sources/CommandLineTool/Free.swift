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
      let pools = setup.configuration.users.flatMap { $0.pool?.ranges ?? [] }
      let ranges = try policy.ranges(of: words, else: setup.extensionRanges.isEmpty ? pools : setup.extensionRanges)
      let preview = try await RunPreview(setup, log: log, for: .lint).throwingFailure()
      let plan = NumberPlan(
        policy, preview.state, claimed: preview.claimedNumbers(setup), in: ranges, at: preview.ledger.now())
      return FreeNumberList(
        spans: plan.sections, incomplete: preview.read.record.incomplete, blindSpot: preview.read.lintChecks?.blindSpot
      ).output
    }
  }
}

extension NumberPolicy {
  /// The ranges that are asked for, as far as extensions may be there.
  ///
  /// - Parameter usual: the ranges if none is asked for.
  fileprivate func ranges(of words: [String], else usual: [NumberRange]) throws(RunError) -> [NumberRange] {
    let allowedText = extensionRanges.map(\.description).joined(separator: ", ")
    if words.isEmpty {
      if usual.isEmpty {
        throw RunError(
          refusing: "neither extension_ranges nor ddi nor a pool is set, so it is unknown which numbers may be used",
          remedy: "name a range, such as \(pbxsyncd) free 1000-1999")
      }
      return try usual.map(Self.countable)
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

extension CompiledConfiguration {
  /// The ranges in which extensions are: as configured, otherwise those of the DDI blocks. Empty if neither says it.
  var extensionRanges: [NumberRange] {
    let configured = configuration.numbers.policy.extensionRanges
    // All sources have the same dial plans.
    return configured.isEmpty ? sources.first?.dialPlans.extensionRanges ?? [] : configured
  }
}

extension RunPreview {
  /// The numbers on which there is a claim; nil if it couldn't be read.
  func claimedNumbers(_ setup: CompiledConfiguration) -> Set<String>? {
    guard read.failure == nil else { return nil }
    return FreeNumbers(setup, self, meant: read.lintChecks?.meant ?? NumbersInUse())
      .claimed
  }
}

extension NumberPlan.Span {
  fileprivate var text: String {
    let kinds = NumberPlan.CellState.allCases.filter { $0 != .free && count($0) > 0 }
      .map { "\(count($0)) \($0.text)" }
    let detail = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
    return "\(range): \(count(.free)) of \(range.count) free\(detail)"
  }

  fileprivate var json: JSON {
    let used = NumberPlan.CellState.allCases.filter { $0 != .free }
    return [
      "range": .string(range.description), "numbers": .count(range.count), "free": .count(count(.free)),
      "free_ranges": .array(
        free.map { ["first": .string($0.first), "last": .string($0.last), "numbers": .count($0.count)] }),
      "used": .object(used.map { ("\($0)", .count(count($0))) }),
    ]
  }
}

/// The answer of `free`.
struct FreeNumberList: Sendable {
  let spans: [NumberPlan.Span]
  /// Why some entries may not have been seen, so that their numbers look free; nil for a complete read.
  let incomplete: String?
  /// Why numbers of entries outside the sources may be unknown; nil if they were read.
  let blindSpot: String?

  var output: CommandOutput {
    CommandOutput(status: incomplete == nil ? .asWanted : .outOfReach, text: text, json: json)
  }

  private var text: String {
    let warning =
      incomplete.map { ["The read is incomplete, so numbers of entries that it missed may be listed: \($0)"] } ?? []
    let lines = spans.flatMap { span in
      [span.text] + span.free.map { "  \($0)" + ($0.count == 1 ? "" : "  (\($0.count))") }
    }
    let unseen = blindSpot.map { ["Numbers of entries outside the sources aren't known: \($0)"] } ?? []
    return paragraph(
      warning + lines + unseen + [
        "Free means: no entry of the directory has the number, as far as the bind identity may read, and \(pbxsyncd) doesn't manage it.",
        "Numbers that only the PBX has, such as those of queues, doors or conference rooms, aren't known: add them to [numbers] protected.",
      ])
  }

  private var json: JSON {
    [
      "free": .count(spans.reduce(0) { $0 + $1.count(.free) }), "ranges": .array(spans.map(\.json)),
      "incomplete_because": .optional(incomplete), "unseen_because": .optional(blindSpot),
    ]
  }
}
