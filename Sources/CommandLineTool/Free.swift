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
      let asked = try setup.ranges(of: words)
      let preview = try await RunPreview(setup, log: log, for: .lint).throwingFailure()
      let plan = NumberPlan(
        setup.configuration.numbers.policy, preview.state, claimed: preview.claimedNumbers(setup), in: asked.ranges,
        at: preview.ledger.now())
      return FreeNumberList(
        spans: plan.sections.map { ($0, setup.site(of: $0.range)) }, notes: asked.notes,
        incomplete: preview.read.record.incomplete, blindSpot: preview.read.lintChecks?.blindSpot
      ).output
    }
  }
}

extension CompiledConfiguration {
  /// The ranges in which extensions are: as configured, otherwise those of the DDI blocks, otherwise those of the pools. Empty if
  /// nothing says it.
  var extensionRanges: [NumberRange] {
    let configured = configuration.numbers.policy.extensionRanges
    if !configured.isEmpty { return configured }
    // All sources have the same dial plans.
    let blocks = sources.first?.dialPlans.extensionRanges ?? []
    return blocks.isEmpty ? configuration.users.flatMap { $0.pool?.ranges ?? [] } : blocks
  }

  /// The only site whose blocks have a range.
  fileprivate func site(of range: NumberRange) -> String? { sources.first?.dialPlans.site(of: range) }

  /// The key with the ranges of extensions.
  private var rangesKey: String {
    if !configuration.numbers.policy.extensionRanges.isEmpty { return "[numbers] extension_ranges" }
    return sources.first?.dialPlans.hasDDIBlocks == true ? "the DDI blocks (ddi)" : "the pools (extension.pool)"
  }

  /// The ranges that are asked for, as far as extensions may be there, and what to know about them; without words those of the
  /// configuration.
  fileprivate func ranges(of words: [String]) throws(RunError) -> (ranges: [NumberRange], notes: [String]) {
    let usual = extensionRanges
    if words.isEmpty {
      if usual.isEmpty {
        throw RunError(
          refusing: "neither extension_ranges nor ddi nor a pool is set, so it is unknown which numbers may be used",
          remedy: "name a range, such as \(pbxsyncd) free 1000-1999")
      }
      return (try usual.map(Self.countable), [])
    }
    var (ranges, notes): ([NumberRange], [String]) = ([], [])
    for word in words {
      let range = try Self.range(word)
      if usual.isEmpty {
        ranges.append(range)
        notes.append(
          "Neither extension_ranges nor ddi nor a pool is set, so it is unknown whether \(range) may be extensions")
        continue
      }
      let parts = usual.compactMap(range.intersection)
      if parts.isEmpty {
        throw RunError(
          refusing: "\(range) is outside \(rangesKey), so no entry gets a number of it",
          remedy: "name a range within \(usual.map(\.description).listed(to: 10))")
      }
      ranges += parts
      if !range.subtracting(usual).isEmpty {
        notes.append("\(range) is only partly within \(rangesKey); no entry gets the rest")
      }
    }
    return (ranges, notes)
  }

  /// The most numbers that somebody may ask for at once.
  private static let mostNumbers = 1_000_000

  private static func range(_ word: String) throws(RunError) -> NumberRange {
    guard let range = NumberRange(word) else {
      let ends = word.split(separator: "-", omittingEmptySubsequences: false)
      if ends.count == 2, let turned = NumberRange("\(ends[1])-\(ends[0])") {
        throw RunError(refusing: "\"\(word)\" ends before it begins", .usage, remedy: "write \(turned)")
      }
      throw RunError(
        refusing: "\"\(word)\" is neither a number nor a range of numbers with the same count of digits", .usage,
        remedy: "name a range such as 1000-1999")
    }
    let counted = try countable(range)
    if counted.count > mostNumbers {
      throw RunError(
        refusing: "\(range) has more than \(mostNumbers) numbers", .usage,
        remedy: "name a smaller range, such as 1000-1999")
    }
    return range
  }

  private static func countable(_ range: NumberRange) throws(RunError) -> NumberRange {
    if range.first.utf8.count <= 18 { return range }
    throw RunError(
      refusing: "\(range) has too many digits to count", .usage, remedy: "name a range of at most 18 digits")
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
  fileprivate func text(_ site: String?) -> String {
    let kinds = NumberPlan.CellState.allCases.filter { $0 != .free && count($0) > 0 }
      .map { "\(count($0)) \($0.text)" }
    let detail = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
    let place = site.map { ", site \"\($0)\"" } ?? ""
    return "\(range)\(place): \(count(.free)) of \(range.count) free\(detail)"
  }

  fileprivate func json(_ site: String?) -> JSON {
    let used = NumberPlan.CellState.allCases.filter { $0 != .free }
    return [
      "range": .string(range.description), "site": .optional(site), "numbers": .count(range.count),
      "free": .count(count(.free)),
      "free_ranges": .array(
        free.map { ["first": .string($0.first), "last": .string($0.last), "numbers": .count($0.count)] }),
      "used": .object(used.map { ("\($0)", .count(count($0))) }),
    ]
  }
}

/// The answer of `free`.
struct FreeNumberList: Sendable {
  /// Each with its site, if it is of only one.
  let spans: [(span: NumberPlan.Span, site: String?)]
  /// What to know about the ranges.
  let notes: [String]
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
    let lines = spans.flatMap { span, site in
      [span.text(site)] + span.free.map { "  \($0)" + ($0.count == 1 ? "" : "  (\($0.count))") }
    }
    let unseen = blindSpot.map { ["Numbers of entries outside the sources aren't known: \($0)"] } ?? []
    return paragraph(
      warning + lines + notes + unseen + [
        "Free means: no entry of the directory has the number, as far as the bind identity may read, and pbxsyncd doesn't manage it.",
        "Numbers that only the PBX has, such as those of queues, doors or conference rooms, aren't known: add them to [numbers] protected.",
      ])
  }

  private var json: JSON {
    [
      "free": .count(spans.reduce(0) { $0 + $1.span.count(.free) }),
      "ranges": .array(spans.map { $0.span.json($0.site) }),
      "notes": .strings(notes),
      "incomplete_because": .optional(incomplete), "unseen_because": .optional(blindSpot),
    ]
  }
}
