import Domain
import Journal
import Mapping

extension SyncRun {
  /// Something that an event told of, and that needs no second one while it lasts.
  enum Told: Hashable, Sendable {
    case failure(MessageID)
    case incomplete(String)
    case changedView(String)
    case vacantSite(String)
    case unmatched(UnmatchedExclusion)
    case problem(Problem)
    case parked(Parked)
    case held(Held)
    case surplus(Surplus)
    case unwritten(WritingBack.Ended)
  }
}

extension Report {
  /// What the next run of this process needn't tell again.
  var told: Set<SyncRun.Told> {
    let lists: [[SyncRun.Told]] = [
      problems.map(SyncRun.Told.problem), plan.parked.map(SyncRun.Told.parked), plan.held.map(SyncRun.Told.held),
      vacantSites.map { .vacantSite($0.name) },
      unmatched.map(SyncRun.Told.unmatched),
      failedWritings.map(SyncRun.Told.unwritten),
    ]
    let ones = [
      incomplete.map(SyncRun.Told.incomplete), changedView.map(SyncRun.Told.changedView),
      failure.map { SyncRun.Told.failure($0.event) },
      plan.surplus.map(SyncRun.Told.surplus),
    ]
    return Set(lists.joined()).union(ones.compactMap(\.self))
  }
}
