import Domain

extension Report {
  /// What the run would do, or did, for a person: the plan as a table, what failed, and the summary in one line.
  var text: String {
    let body = body ?? renderedBody
    return body + (body.isEmpty ? "" : "\n") + summary + "\n"
  }

  /// Makes the text but for the summary, so that what that costs is in the figures too.
  mutating func render() { body = renderedBody }

  private var renderedBody: String {
    var text =
      PlanTable(
        plan: plan, problems: problems, removal: removal, report: self, title: isDryRun ? "To do" : "Changes"
      ).text
    let failed = plan.changes.enumerated().compactMap { index, change -> String? in
      guard let ending = endings[index], !ending.isDone else { return nil }
      return "  \(ending.event(of: change, nextTry: nextTries[change.call.key]).1)\n"
    }
    text += ledgerNotes.map { "\nNote: \($0)\n" }.joined()
    if let presence { text += "\nNote: \(presence.text)\n" }
    if let changedView { text += "\nNote: the search settings have changed: \(changedView)\n" }
    text += unmatched.map { "\nNote: \($0.text)\n" }.joined()
    if !failed.isEmpty { text += "\nFailed (\(failed.count))\n" + failed.joined() }
    if !failedWritings.isEmpty {
      text += "\nNot written to the directory (\(failedWritings.count))\n"
      text += failedWritings.map { "  # \($0.failure?.reason ?? "")\n\($0.writing.ldif)" }.joined()
    }
    return text
  }
}
