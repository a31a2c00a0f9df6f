import Domain
import Executor
import Ledger
import Platform
import Sync

extension Restoration {
  private static let most = 20

  /// The contents of a copy and what it lacks, before it replaces the ledger.
  func text(of copy: String, at now: Timestamp) -> String {
    "To restore: \(copy).\n"
      + lines(
        at: now,
        "Then unproven: \(counted(unproven, "object")). None is changed or removed until it is adopted or proved."
      )
  }

  func doneText(of copy: String, at now: Timestamp) -> String {
    "The ledger was replaced with \(copy)\(earlier.map { "; the previous one is now \($0)" } ?? "").\n"
      + lines(
        at: now,
        "Unproven: \(counted(unproven, "object")). None is changed or removed until it is adopted or proved. Next step: "
          + "export the PBX's extensions, and its phonebook, and give each: \(pbxsyncd) audit --csv FILE --yes proves "
          + "unchanged objects; or \(pbxsyncd) adopt NUMBER.")
  }

  private func lines(at now: Timestamp, _ last: String) -> String {
    var lines: [String] = []
    if let lastRunAt {
      lines.append("Its last run began \(localTime(lastRunAt)), \(age(now - lastRunAt)) ago.")
    }
    if let missingRuns {
      lines.append(
        "It lacks \(counted(missingRuns, "later run")) and \(counted(missing.count, "change")) that the PBX accepted in them."
      )
      lines += missing.suffix(Self.most).map { "  \(localTime($0.at)) \($0.action.rawValue) \($0.key) \($0.name)" }
      if missing.count > Self.most { lines.append("  and \(missing.count - Self.most) before these.") }
      let (there, gone) = (forgotten.filter(\.value), forgotten.filter { !$0.value })
      for (keys, what) in [(there, "added or changed"), (gone, "removed")] where !keys.isEmpty {
        lines.append(
          "It also lacks, from before an earlier restore, objects that the PBX had \(what): \(keys.keys.sorted().map { "\($0)" }.listed(to: Self.most))."
        )
      }
    } else {
      lines.append("Later changes are unknown: the previous ledger can't be read.")
    }
    lines.append(
      missingRuns == nil
        ? "The next run is run \(nextRun): the numbers of later runs, if there were any, are used again."
        : "The next run is run \(nextRun).")
    lines.append(
      "Earlier approvals and permissions to adopt are void, what is rejected stays so, and pools allocate no numbers for now."
    )
    if !hasLaterRejections {
      lines.append(
        "Rejections since the copy was made are lost with the previous ledger: such changes are made or held again once their objects "
          + "are proved. Next step: look at `\(pbxsyncd) plan` before you give the table or adopt.")
    }
    lines.append(last)
    return lines.map { $0 + "\n" }.joined()
  }

  private func age(_ seconds: Timestamp) -> String {
    switch seconds {
    case ..<7_200: counted(Int(max(seconds, 0) / 60), "minute")
    case ..<172_800: counted(Int(seconds / 3_600), "hour")
    default: counted(Int(seconds / 86_400), "day")
    }
  }

  func json(of copy: String, isDone: Bool) -> JSON {
    [
      "restored": isDone ? .string(copy) : .null, "earlier": .optional(earlier),
      "last_run_at": .optional(lastRunAt),
      "unproven": .count(unproven), "missing_runs": .optional(missingRuns), "next_run": .number(nextRun),
      "missing": .array(
        missing.map {
          [
            "action": .string($0.action.rawValue), "kind": .string($0.key.kind.rawValue),
            "number": .string($0.key.number),
            "name": .string($0.name), "at": .number($0.at),
          ]
        }),
    ]
  }
}
