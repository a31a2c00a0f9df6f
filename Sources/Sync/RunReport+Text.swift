import Directory
import Domain
import Executor

extension RunReport {
  /// What the run would do, or did, for a person: the plan as a table, what failed, and the summary in one line.
  package var text: String {
    let body = body ?? renderedBody
    return body + (body.isEmpty ? "" : "\n") + summary + "\n"
  }

  /// Makes the text but for the summary, so that what that costs is in the figures too.
  mutating func render() { body = renderedBody }

  private var renderedBody: String {
    var text = PlanTable(report: self).text
    var (failed, inDoubt): ([String], [String]) = ([], [])
    for (index, change) in plan.changes.enumerated() {
      guard let changeResult = changeResults[index] else { continue }
      let line = "  \(changeResult.event(of: change, nextTry: nextTries[change.call.key]).1)\n"
      switch changeResult.outcome {
      case .holds, .gone: continue
      // What is unproven has a list of its own.
      case .unproven: continue
      case .inDoubt: inDoubt.append(line)
      case .refused, .undone: failed.append(line)
      }
    }
    text += ledgerNotes.map { "\nNote: \($0)\n" }.joined()
    if let presence { text += "\nNote: \(presence.text)\n" }
    text += findings.compactMap(\.note).map { "\nNote: \($0)\n" }.joined()
    if callCounts.lost > 0 {
      text += "\nNote: the PBX had lost \(counted(callCounts.lost, "object")); \(ChangeResult.lossRemedy)\n"
    }
    if !failed.isEmpty { text += "\nFailed (\(failed.count))\n" + failed.joined() }
    if !inDoubt.isEmpty { text += "\nIn doubt (\(inDoubt.count))\n" + inDoubt.joined() }
    if !failedWriteBacks.isEmpty {
      text += "\nNot written to the directory (\(failedWriteBacks.count))\n"
      text += failedWriteBacks.map { "  # \($0.failure?.reason ?? "")\n\($0.write.ldif)" }.joined()
    }
    return text
  }
}
