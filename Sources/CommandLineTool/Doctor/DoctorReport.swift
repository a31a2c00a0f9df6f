import Domain
import Platform
import Sync

/// The results of `doctor`, in order.
struct DoctorReport: Sendable {
  struct Check: Hashable, Sendable {
    /// The subject, such as "bind to ldaps://ldap1".
    let what: String
    let isOK: Bool
    let detail: String
    /// The next step; empty if the check passed.
    let remedy: String
    /// Whether it wasn't checked because another check failed.
    var isSkipped = false
    /// Whether it is a warning: no failure, but possibly unintended.
    var isWarning = false
  }

  private(set) var findings: [Check] = []

  var isOK: Bool { findings.allSatisfy(\.isOK) }

  mutating func pass(_ what: String, _ detail: String) {
    findings.append(Check(what: what, isOK: true, detail: detail, remedy: ""))
  }

  mutating func fail(_ what: String, _ detail: String, remedy: String) {
    findings.append(Check(what: what, isOK: false, detail: detail, remedy: remedy))
  }

  /// Adds a warning: no failure, but possibly unintended.
  mutating func warn(_ what: String, _ detail: String, remedy: String) {
    findings.append(Check(what: what, isOK: true, detail: detail, remedy: remedy, isWarning: true))
  }

  /// Adds a check that couldn't be made, for a reason that is a separate finding.
  mutating func skip(_ what: String, _ reason: String) {
    findings.append(Check(what: what, isOK: false, detail: reason, remedy: "", isSkipped: true))
  }

  /// The summary, then each check with its next step.
  var page: Page {
    var page = Page()
    page.add(summary, isOK ? .heading : .bad)
    page.addGap()
    for finding in findings {
      let (mark, tone): (String, Page.Tone) =
        finding.isWarning
        ? ("WARN", .warning) : finding.isOK ? ("ok  ", .plain) : finding.isSkipped ? ("skip", .plain) : ("FAIL", .bad)
      page.add("\(finding.what): \(finding.detail)", mark: "\(mark)  ", tone)
      if !finding.remedy.isEmpty { page.add("Next step: \(finding.remedy)", indent: 6) }
    }
    return page
  }

  private var summary: String {
    let (failures, skipped) = (findings.count { !$0.isOK && !$0.isSkipped }, findings.count(where: \.isSkipped))
    let warnings = findings.count(where: \.isWarning)
    return isOK
      ? (warnings == 0 ? "All checks passed." : "No check failed, \(counted(warnings, "warning")).")
      : "\(failures) of \(counted(findings.count, "check")) failed\(skipped == 0 ? "" : ", \(skipped) skipped")."
  }

  var json: JSON {
    .array(
      findings.map {
        [
          "check": .string($0.what), "ok": .bool($0.isOK), "detail": .string($0.detail),
          "remedy": .string($0.remedy), "skipped": .bool($0.isSkipped), "warning": .bool($0.isWarning),
        ]
      })
  }
}
