package import Directory
package import Domain
package import Journal

/// Something that a run found and that an admin should know. A process reports each one once while it lasts.
///
/// The event, the text, the remedy and the JSON of each are in one place: `Finding+….swift`, or beside the type.
package enum Finding: Hashable, Sendable {
  case incomplete(String)
  case changedView(String)
  case vacantSite(VacantSite)
  case unmatched(UnmatchedExclusion)
  case problem(MappingProblem)
  case conflict(Conflict)
  case overflow(PhonebookOverflow)
  case held(HeldSet)
  case overtaken(OvertakenRejection)
  case unwritten(WriteBackResult)
  /// Managed objects that the PBX turned out not to have.
  case lost([ObjectKey])
  /// Changes that fail again and again.
  case failing([ChangeBackoff])
  /// Calls whose result is unknown.
  case inDoubt([InDoubtCall])
  /// Pending removals that will be held.
  case dueMass(RemovalMass)
  /// The run as a whole: its last event has the reason.
  case failure(MessageID)

  /// nil if another event reports it.
  func event(in report: RunReport) -> Event? {
    switch self {
    case .incomplete(let reason):
      Event(
        .readIncomplete, "The directory's answer isn't complete, so nothing is removed: \(reason)",
        [.reason: reason, .server: report.read?.server, .read: report.read.map { String($0.entries) }])
    case .changedView(let change):
      Event(
        .viewChanged,
        "The search settings have changed; entries that the first complete read with them doesn't find are kept until an "
          + "admin decides: \(change)", [.reason: change])
    case .vacantSite(let site): site.event
    case .unmatched(let exclusion): exclusion.event
    case .problem(let problem): problem.event
    case .conflict(let conflict): conflict.event
    case .overflow(let overflow): overflow.event
    case .held(let held): held.event(in: report)
    case .overtaken(let rejection): rejection.event
    case .unwritten(let result): result.event
    case .failure, .lost, .failing, .inDoubt, .dueMass: nil
    }
  }

  /// As a note below the table of a report; nil if the table or the summary has it.
  var note: String? {
    switch self {
    case .changedView(let change): "the search settings have changed: \(change)"
    case .vacantSite(let site): "\(site.text); \(site.remedy)"
    case .unmatched(let exclusion): exclusion.text
    case .overtaken(let rejection): "\(rejection.text); \(rejection.remedy)"
    case .incomplete, .problem, .conflict, .overflow, .held, .unwritten, .failure, .lost, .failing, .inDoubt,
      .dueMass:
      nil
    }
  }
}

extension RunReport {
  /// In the order of reporting.
  package var findings: [Finding] {
    readFindings + plan.findings + failedWriteBacks.map(Finding.unwritten) + ledgerFindings
      + [failure.map { Finding.failure($0.event) }].compactMap(\.self)
  }

  /// What the read found beside entries.
  var readFindings: [Finding] {
    [incomplete.map(Finding.incomplete), changedView.map(Finding.changedView)].compactMap(\.self)
      + vacantSites.map(Finding.vacantSite) + unmatched.map(Finding.unmatched) + problems.map(Finding.problem)
  }
}

extension Plan {
  /// What isn't done, and why.
  var findings: [Finding] {
    conflicts.map(Finding.conflict) + [overflow.map(Finding.overflow)].compactMap(\.self) + held.map(Finding.held)
      + overtaken.map(Finding.overtaken)
  }
}
