import Domain
import Sync

/// What `doctor` found, in the order of looking.
struct DoctorReport: Sendable {
  struct Check: Hashable, Sendable {
    /// What was looked at, such as "bind to ldaps://ldap1".
    let what: String
    let isWell: Bool
    let detail: String
    /// What to do or to paste; empty where all is well.
    let remedy: String
    /// Whether it wasn't looked at, because of something else that is wrong.
    var isSkipped = false
    /// Whether it may be meant so, and is worth a look: no failure.
    var isDoubtful = false
  }

  private(set) var findings: [Check] = []

  var isWell: Bool { findings.allSatisfy(\.isWell) }

  mutating func pass(_ what: String, _ detail: String) {
    findings.append(Check(what: what, isWell: true, detail: detail, remedy: ""))
  }

  mutating func fail(_ what: String, _ detail: String, remedy: String) {
    findings.append(Check(what: what, isWell: false, detail: detail, remedy: remedy))
  }

  /// Something that is no failure, and that an admin may not have meant.
  mutating func inDoubtCall(_ what: String, _ detail: String, remedy: String) {
    findings.append(Check(what: what, isWell: true, detail: detail, remedy: remedy, isDoubtful: true))
  }

  /// Something couldn't be looked at, for a reason that is a finding of its own.
  mutating func skip(_ what: String, _ reason: String) {
    findings.append(Check(what: what, isWell: false, detail: reason, remedy: "", isSkipped: true))
  }

  var text: String {
    let lines = findings.map { finding in
      "\(finding.isDoubtful ? "WARN" : finding.isWell ? "ok  " : finding.isSkipped ? "skip" : "FAIL")  \(finding.what): \(finding.detail)\n"
        + (finding.remedy.isEmpty ? "" : "      -> \(finding.remedy)\n")
    }
    let (failures, skipped) = (findings.count { !$0.isWell && !$0.isSkipped }, findings.count(where: \.isSkipped))
    let doubtful = findings.count(where: \.isDoubtful)
    let summary =
      isWell
      ? (doubtful == 0 ? "All is well.\n" : "No check failed, \(counted(doubtful, "warning")).\n")
      : "\(failures) of \(counted(findings.count, "check")) failed\(skipped == 0 ? "" : ", \(skipped) skipped").\n"
    return lines.joined() + summary
  }

  var json: JSON {
    .array(
      findings.map {
        [
          "check": .string($0.what), "ok": .bool($0.isWell), "detail": .string($0.detail),
          "remedy": .string($0.remedy), "skipped": .bool($0.isSkipped), "warning": .bool($0.isDoubtful),
        ]
      })
  }
}
