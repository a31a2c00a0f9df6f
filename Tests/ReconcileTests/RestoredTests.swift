import Domain
import Reconcile
import Testing

/// An older ledger was restored: it doesn't know the objects that were created or removed since.
@Suite(.timeLimit(.minutes(15))) struct `After a restore` {
  /// Somebody's object that is known from before.
  private func restored(_ directory: KeyValuePairs<String, String> = [:]) -> Case {
    var it = Case(directory: directory)
    it.own(person("old", "101"), "old")
    it.state.objects = it.state.objects.map { $0.unproven(.ledgerRestored, since: 5) }
    it.state.restored = [.extension: 5, .contact: 5]
    return it
  }

  @Test func `nobody is removed or updated`() {
    #expect(restored().plan.calls == [])
    var changed = restored()
    changed.want(person("another", "101"), "old")
    #expect(changed.plan.calls == [])
    #expect(changed.plan.conflicts.count == 1)
  }

  @Test func `what is as it was needs no call`() {
    var it = restored()
    it.want(person("old", "101"), "old")
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.isEmpty)
  }

  @Test func `each object is counted once`() {
    var it = restored()
    it.want(person("another", "101"), "old")
    it.foreignRetry = .always
    #expect(it.plan.calls == ["add extension 101 another"] && it.plan.unproven == [])
    it = restored()
    it.want(person("old", "101"), "old")
    #expect(it.plan.unproven.map(\.key.number) == ["101"])
    it.state.adoptions = [AllowedAdoption(ObjectKey(.extension, "101"), until: it.now + 1)]
    #expect(it.plan.calls == ["update extension 101 old"] && it.plan.unproven == [])
  }

  @Test func `a pool gives nobody a number, who may have one, until all extensions are proved`() {
    var it = restored()
    it.wantAny("new")
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.map(\.reason) == [.restored(pool("200-209"), unclaimed: [])])
    it.state.restored = [.contact: 5]
    #expect(it.plan.calls == ["add extension 200 new"])
  }

  @Test func `an extension that is taken was probably made meanwhile`() throws {
    var it = restored()
    it.want(person("new", "200"), "new")
    let change = try #require(it.plan.changes.first)
    #expect(it.plan.calls == ["add extension 200 new"])
    var settlement = Settlement(change, at: it.now)
    let outcome = settlement.next(after: change.call, CallResult(.taken)).outcome
    let expected = ManagedObject(person("new", "200"), entry: EntryID("new"), dn: dn("new")).unproven(
      .notInBackup, since: it.now)
    #expect(outcome == .unproven(expected))
    it.state.objects.append(expected)
    #expect(it.plan.calls == [])
    #expect(it.plan.conflicts.map(\.wanted.item.number) == ["200"])
  }

  /// Expects that a number that is taken shows a foreign object.
  private func expectForeign(_ it: Case, _ comment: Comment) throws {
    let change = try #require(it.plan.changes.first)
    var settlement = Settlement(change, at: it.now)
    guard case .refused = settlement.next(after: change.call, CallResult(.taken)).outcome else {
      Issue.record(comment)
      return
    }
  }

  @Test func `what an admin has released since is foreign`() throws {
    var it = restored()
    it.want(person("new", "200"), "new")
    let key = ObjectKey(.extension, "200")
    it.state.knownForeign = [KnownForeign(key, since: it.now)]
    it.foreignRetry = .always
    try expectForeign(it, "the released extension isn't foreign")
  }

  @Test func `what was known to be foreign stays so`() throws {
    var it = restored(["new": "200"])
    it.refuse("200", of: "new")
    it.foreignRetry = .always
    try expectForeign(it, "it was foreign before")
  }

  @Test func `a contact is updated, and added only where there is none`() throws {
    var it = restored()
    let contact = PBXObject.contact(Contact(number: "4989", firstName: "B", lastName: "C"))
    it.want(contact, "new")
    let change = try #require(it.plan.changes.first)
    #expect(change.call == .update(contact, knownAs: "4989"))
    var settlement = Settlement(change, at: it.now)
    let call = change.call
    #expect(settlement.next(after: call, CallResult(.absent)) == .follow(.add(contact)))
    guard case .holds = settlement.next(after: call, CallResult(.accepted)).outcome else {
      Issue.record("it was there")
      return
    }
  }

  @Test func `all is as ever once everything is proved`() {
    var it = restored(["new": "200"])
    it.state.objects = it.state.objects.map { object in
      var object = object
      object.unproven = nil
      return object
    }
    it.state.restored = [:]
    #expect(it.plan.calls == ["delete extension 101", "add extension 200 new"])
    #expect(it.plan.changes.allSatisfy { $0.unproven == nil })
  }
}
