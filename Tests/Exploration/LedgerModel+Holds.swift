package import Domain

extension LedgerModel {
  /// Stores the held sets of a plan. A set that is no longer held in the same form ends; a decided set loses the members that are no
  /// longer wanted.
  package mutating func store(holdsOf plan: Plan, isComplete: Bool) {
    if isComplete {
      let names = Set(plan.held.map(\.name))
      holds.removeAll { $0.decision == nil && !names.contains($0.name) }
      for member in plan.lapsed { deleteMembers { $0.decision == .approved && $1 == member } }
      for object in plan.rejected { moveRejections(to: object) }
      let current = Set(plan.rejected.map { $0.member(.update) })
      deleteMembers { hold, member in
        let isCurrent = current.contains(Approval.Member(member.key, member.entry, .update, wanted: member.wanted))
        return hold.decision == .rejected && !isCurrent && !plan.standing.contains(member)
      }
      state.disputes = plan.disputes
    }
    for set in plan.held {
      let hasOpen = holds.contains {
        $0.kind == set.kind && $0.action == set.action && $0.cause == set.cause && $0.decision == nil
      }
      if !isComplete && hasOpen { continue }
      let members = set.objects.map { $0.member(set.action) }
      if let index = holds.firstIndex(where: { $0.name == set.name }) {
        guard holds[index].decision == nil else { continue }
        holds[index].members += members.filter { !holds[index].members.contains($0) }
      } else {
        holds.append(HeldRecord(name: set.name, action: set.action, kind: set.kind, cause: set.cause, members: members))
      }
    }
    holds.removeAll { $0.members.isEmpty }
  }

  /// A rejection follows the values to the entry that wants them now.
  private mutating func moveRejections(to object: HeldObject) {
    guard let wanted = object.wanted else { return }
    for index in holds.indices where holds[index].decision == .rejected {
      holds[index].members = holds[index].members.map { member in
        member.key == object.key && member.wanted == wanted
          ? Approval.Member(member.key, object.entry, member.action, wanted: wanted) : member
      }
    }
  }

  private mutating func deleteMembers(where isEnded: (HeldRecord, Approval.Member) -> Bool) {
    for index in holds.indices {
      let hold = holds[index]
      holds[index].members.removeAll { isEnded(hold, $0) }
    }
    holds.removeAll { $0.members.isEmpty }
  }

  /// Deletes the held changes of an object that has changed, is gone or was refused.
  mutating func deleteHeld(_ key: ObjectKey, isGone: Bool) {
    deleteMembers { $0.kind == key.kind && ($0.action == .removal) == isGone && $1.key == key }
  }

  /// An admin approves a set.
  package mutating func approve(_ name: String) {
    for index in holds.indices where holds[index].name == name { holds[index].decision = .approved }
  }

  /// An admin rejects a set. A rejection of removals that are only too many starts their absences again.
  package mutating func reject(_ name: String) {
    guard let index = holds.firstIndex(where: { $0.name == name }) else { return }
    let hold = holds[index]
    if hold.action != .removal || hold.cause != .limit {
      holds[index].decision = .rejected
      return
    }
    for member in hold.members {
      for row in state.objects.indices
      where state.objects[row].key == member.key && state.objects[row].entry == member.entry {
        state.objects[row].absence = nil
      }
    }
    holds.remove(at: index)
  }

  /// Ends the management of an object: it stays on the PBX and is foreign from now on.
  package mutating func release(_ key: ObjectKey) {
    state.objects.removeAll { $0.key == key }
    state.adoptions.removeAll { $0.key == key }
    deleteHeld(key, isGone: true)
    state.backoffs.removeAll { $0.key == key }
    state.lost.removeAll { $0.key == key }
    if !state.knownForeign.contains(where: { $0.key == key }) {
      state.knownForeign.append(KnownForeign(key, since: Self.now))
    }
  }

  /// An admin allows the adoption of the object under a number for a day.
  package mutating func allow(_ key: ObjectKey) {
    state.adoptions.removeAll { $0.key == key }
    state.adoptions.append(AllowedAdoption(key, until: Self.now + AllowedAdoption.validity))
  }

  /// Records how the search settings have changed, and keeps only what an absence refers to.
  package mutating func record(_ changes: [SearchChange]) {
    for change in changes where !state.searchChanges.contains(where: { $0.id == change.id }) {
      state.searchChanges.append(change)
    }
  }
}
