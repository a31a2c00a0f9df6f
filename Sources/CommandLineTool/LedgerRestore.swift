import Domain
import Executor
import Ledger
import Platform
import Sync

extension Restoration {
  private static let most = 20

  /// What a copy holds and lacks, before it is put in the ledger's place.
  func text(of copy: String, at now: Timestamp) -> String {
    "To restore: \(copy).\n"
      + lines(
        at: now,
        "Unproven from then on: \(counted(unproven, "object")). None is changed or removed until it is adopted or proved."
      )
  }

  func doneText(of copy: String, at now: Timestamp) -> String {
    "The ledger is that of \(copy)\(earlier.map { "; the earlier one is now \($0)" } ?? "").\n"
      + lines(
        at: now,
        "Unproven: \(counted(unproven, "object")). None is changed or removed until it is adopted or proved. Next step: "
          + "export the PBX's extensions, and its phonebook, and give each: \(pbxsyncd) audit --csv FILE --yes proves what "
          + "is as it was; or \(pbxsyncd) adopt NUMBER.")
  }

  private func lines(at now: Timestamp, _ last: String) -> String {
    var lines: [String] = []
    if let lastRunAt {
      lines.append("Its last run began \(localTime(lastRunAt)), \(age(now - lastRunAt)) ago.")
    }
    if let missingRuns {
      lines.append(
        "It doesn't know of \(counted(missingRuns, "later run")) and \(counted(missing.count, "change")) that the PBX took in them."
      )
      lines += missing.suffix(Self.most).map { "  \(localTime($0.at)) \($0.verb.rawValue) \($0.key) \($0.name)" }
      if missing.count > Self.most { lines.append("  and \(missing.count - Self.most) before these.") }
      let (there, gone) = (forgotten.filter(\.value), forgotten.filter { !$0.value })
      for (keys, what) in [(there, "made or changed"), (gone, "removed")] where !keys.isEmpty {
        lines.append(
          "Nor, from before an earlier restore, that the PBX had \(what): \(keys.keys.sorted().map { "\($0)" }.listed(to: Self.most))."
        )
      }
    } else {
      lines.append("What was done since can't be said: the earlier ledger can't be read.")
    }
    lines.append("Approvals and permissions to adopt of before are over, and a pool gives nobody a number for now.")
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
      "last_run_at": lastRunAt.map(JSON.number) ?? .null,
      "unproven": .count(unproven), "missing_runs": missingRuns.map(JSON.count) ?? .null,
      "missing": .array(
        missing.map {
          [
            "action": .string($0.verb.rawValue), "kind": .string($0.key.kind.rawValue),
            "number": .string($0.key.number),
            "name": .string($0.name), "at": .number($0.at),
          ]
        }),
    ]
  }
}
