package import Directory
package import Domain
package import Journal
import Mapping

/// Something that was reported by an event, and that isn't reported again while it lasts.
package enum Finding: Hashable, Sendable {
  case failure(MessageID)
  case incomplete(String)
  case changedView(String)
  case vacantSite(String)
  case unmatched(UnmatchedExclusion)
  case problem(MappingProblem)
  case conflict(Conflict)
  case held(HeldSet)
  case overflow(PhonebookOverflow)
  case unwritten(WriteBackResult)
}

extension RunReport {
  /// What the next run of this process needn't tell again.
  package var reported: Set<Finding> {
    let lists: [[Finding]] = [
      problems.map(Finding.problem), plan.conflicts.map(Finding.conflict), plan.held.map(Finding.held),
      vacantSites.map { .vacantSite($0.name) },
      unmatched.map(Finding.unmatched),
      failedWritings.map(Finding.unwritten),
    ]
    let ones = [
      incomplete.map(Finding.incomplete), changedView.map(Finding.changedView),
      failure.map { Finding.failure($0.event) },
      plan.overflow.map(Finding.overflow),
    ]
    return Set(lists.joined()).union(ones.compactMap(\.self))
  }
}
