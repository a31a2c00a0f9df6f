import Domain
import Platform
import Testing

@testable import CommandLineTool

@Suite(.timeLimit(.minutes(15))) struct `The effect of an edited configuration` {
  private static let old = [
    "users[0].extension.caller_id": "{telephoneNumber}", "users[0].extension.last_name": "{sn}",
    "users[0].filter": "(a=b)", "contacts[0].filter": "(a=b)", "numbers.area": "30", "schedule.poll": "60s",
  ]

  private let sections = [
    ConfigurationEffect.Section(path: "users[0]", kind: .extension) { $0.hasSuffix("ou=a") },
    ConfigurationEffect.Section(path: "users[1]", kind: .extension) { $0.hasSuffix("ou=b") },
    ConfigurationEffect.Section(path: "contacts[0]", kind: .contact) { _ in true },
  ]

  private func effect(
    _ edits: [String: String?], today: Plan? = Plan(), _ changes: Change..., held: [HeldSet] = [],
    problems: (today: [MappingProblem], edited: [MappingProblem]) = ([], [])
  ) -> ConfigurationEffect {
    var (new, plan) = (Self.old, Plan())
    for (key, value) in edits { new[key] = value }
    (plan.changes, plan.held) = (changes, held)
    return ConfigurationEffect(
      from: Self.old, to: new, today: today, edited: plan, problems: problems, sections: sections)
  }

  private func item(_ number: String, _ last: String = "B", callerID: String = "1") -> Extension {
    Extension(number: number, firstName: "A", lastName: last, email: "a@example.com", callerID: callerID)
  }

  private func object(_ item: Extension, _ ou: String) -> ManagedObject {
    ManagedObject(.extension(item), entry: EntryID(item.number), dn: "uid=\(item.number),ou=\(ou)")
  }

  private func update(_ old: Extension, _ new: Extension, ou: String = "a") -> Change {
    Change(
      .updateExtension(new), before: object(old, ou), entry: EntryID(old.number), dn: "uid=\(old.number),ou=\(ou)",
      cause: .changed)
  }

  @Test func `is told by the field of a template`() {
    let effect = effect(
      ["users[0].extension.caller_id": "{mobile}", "users[0].extension.last_name": "{sn | upper}"],
      update(item("1"), item("1", callerID: "2")), update(item("2"), item("2", callerID: "2")),
      update(item("3"), item("3", "C")))
    #expect(effect.groups.map(\.key) == ["users[0].extension.caller_id", "users[0].extension.last_name"])
    #expect(effect.groups.map(\.group.updates) == [2, 1] && effect.groups.map(\.group.mails) == [2, 1])
    #expect(effect.undetermined == nil && effect.leftBehind == 0)
  }

  @Test func `is one group if several keys may be the cause`() {
    let effect = effect(
      ["users[0].extension.caller_id": "{mobile}", "numbers.area": "40"], update(item("1"), item("1", callerID: "2")))
    #expect(effect.groups.isEmpty)
    #expect(effect.undetermined?.keys == ["numbers.area", "users[0].extension.caller_id"])
    #expect(effect.undetermined?.group.updates == 1)
  }

  @Test func `leaves out what the present configuration does too`() {
    var today = Plan()
    today.changes = [update(item("1"), item("1", "C"))]
    let effect = effect(
      ["users[0].extension.last_name": "{sn | upper}"], today: today, update(item("1"), item("1", "C")),
      update(item("2"), item("2", "C")))
    #expect(effect.present?.updates == 1 && effect.groups.map(\.group.updates) == [1])
  }

  @Test func `counts the objects that a section leaves behind`() {
    let removal = { (number: String) in HeldObject(removing: self.object(self.item(number), "a")) }
    let held = HeldSet(of: .extension, objects: [removal("1"), removal("2")], owned: 2, limit: "")
    let effect = effect(["users[0].filter": "(c=d)", "schedule.poll": "1h"], held: [held])
    #expect(effect.leftBehind == 2 && effect.groups.map(\.key) == ["users[0].filter"])
    #expect(effect.groups.map(\.group.held) == [2])
    #expect(effect.text.contains("Changed keys without a change of their own: schedule.poll"), "\(effect.text)")
  }

  private func absent(_ number: String, since time: Timestamp) -> ManagedObject {
    var gone = object(item(number), "a")
    gone.absence = Absence(.missing, since: time, reads: 1)
    return gone
  }

  @Test(arguments: ["removal.after", "removal.complete_reads", "directory.canaries"])
  func `counts removals that are made now and would wait`(key: String) {
    var today = Plan()
    today.pendingRemovals = [absent("1", since: 0), absent("2", since: 3600)]
    let removals = today.pendingRemovals.map {
      Change(.deleteExtension(number: $0.key.number), before: $0, entry: $0.entry, dn: $0.dn, cause: .gone(.missing))
    }
    let effect = effect([key: "0s", "removal.max_count": "30"], today: today, removals[0], removals[1])
    #expect(
      effect.groups.map(\.key) == [key] && effect.undetermined == nil && effect.present == ConfigurationEffect.Group())
    #expect(effect.text.contains("  \(key): 2 removals now that would wait\n"), "\(effect.text)")
    #expect(effect.leftBehind == 0, "the present configuration leaves them behind too")
  }

  @Test func `says until when removals would wait`() {
    var (today, edited) = (Plan(), Plan())
    today.pendingRemovals = [absent("1", since: 0), absent("2", since: 3600)]
    edited.changes = today.pendingRemovals.map {
      Change(.deleteExtension(number: $0.key.number), before: $0, entry: $0.entry, dn: $0.dn, cause: .gone(.missing))
    }
    let effect = ConfigurationEffect(
      from: ["removal.after": "24h"], to: ["removal.after": "0s"], today: today, edited: edited,
      removal: RemovalPolicy(after: 86_400), sections: sections)
    #expect(
      effect.text.contains("removal.after: 2 removals now that would wait until \(localTime(90_000))\n"),
      "\(effect.text)")
  }

  @Test(arguments: [("removal.max_count", true), ("update.max_percent", false)])
  func `counts changes that are made now and would be held, and the reverse`(key: String, isRemoval: Bool) {
    let (old, new) = (item("1"), item("1", callerID: "2"))
    let change =
      isRemoval
      ? Change(
        .deleteExtension(number: "1"), before: object(old, "a"), entry: EntryID("1"), dn: "uid=1,ou=a",
        cause: .gone(.missing))
      : update(old, new)
    let held = HeldSet(
      isRemoval ? .removal : .update, of: .extension, objects: [HeldObject(change)], owned: 1, limit: "")
    var today = Plan()
    today.held = [held]
    let (one, mail) = (isRemoval ? "1 removal" : "1 update", isRemoval ? "" : ", 1 mail")
    let made = effect([key: "100", "removal.after": "0s"], today: today, change)
    #expect(made.text.contains("  \(key): \(one) now that would be held\(mail)\n"), "\(made.text)")
    today = Plan()
    today.changes = [change]
    let stopped = effect([key: "1"], today: today, held: [held])
    #expect(stopped.text.contains("  \(key): \(one) held that would be made\n"), "\(stopped.text)")
  }

  @Test func `has a section that is new or gone as one key`() {
    let edits = ["contacts[0].filter": nil, "users[1].filter": "(x=y)", "users[1].base": "ou=b"] as [String: String?]
    #expect(effect(edits).changedKeys == ["contacts[0]", "users[1]"])
    let added = Change(.addExtension(item("7")), entry: EntryID("7"), dn: "uid=7,ou=b", cause: .new)
    #expect(effect(edits, added).groups.map(\.key) == ["users[1]"])
  }

  @Test func `counts the entries whose data can't be used`() {
    func problem(_ number: String) -> MappingProblem {
      MappingProblem(dn: "uid=\(number),ou=a", entry: nil, reason: "no number", remedy: "")
    }
    let effect = effect(
      ["users[0].filter": "(c=d)", "schedule.poll": "1h"],
      problems: ([problem("1")], [problem("1"), problem("2"), problem("2")]))
    #expect(effect.groups.map(\.key) == ["users[0].filter"] && effect.groups.map(\.group.invalid) == [1])
    #expect(effect.present?.invalid == 1)
    #expect(effect.text.contains("users[0].filter: 1 entry with invalid data"), "\(effect.text)")
  }

  /// The filter selects entries that the template can't map until it has another attribute.
  @Test func `is put down to both of two keys that an addition may need`() {
    let addition = Change(.addExtension(item("7")), entry: EntryID("7"), dn: "uid=7,ou=a", cause: .new)
    let keys = ["users[0].extension.last_name", "users[0].filter"]
    let effect = effect([keys[0]: "{sn | default cn}", keys[1]: "(c=d)"], addition)
    #expect(effect.undetermined?.keys == keys && effect.groups.isEmpty)
    #expect(
      effect.text.contains("Cause unknown (one of these keys, or several together: \(keys.joined(separator: ", ")))"),
      "\(effect.text)")
  }

  @Test func `admits what no key explains, and what isn't known of the present configuration`() {
    let effect = effect(["schedule.poll": "1h"], today: nil, update(item("1"), item("1", "C")))
    #expect(effect.undetermined?.keys == [] && effect.present == nil)
    #expect(effect.text.contains("Cause unknown (no changed key explains them): 1 update, 1 mail"), "\(effect.text)")
  }
}
