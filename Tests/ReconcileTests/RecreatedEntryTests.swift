import Domain
import Reconcile
import Testing

/// A person's new entry, beside the old one, which is disabled or gone.
@Suite(.timeLimit(.minutes(15))) struct `A new entry of the same person` {
  private static let mail = "anna@example.com"

  /// The old account has 101 and is disabled; the new one has no number.
  private var renewed: Case {
    var it = Case(directory: ["b": "102"], ledger: ["b": "102"])
    it.own(person("anna", "101", email: Self.mail), "old")
    it.see("old", .disabled)
    it.wantAny("new", named: "anna", email: Self.mail)
    return it
  }

  @Test func `gets no second number from a pool, and the old extension's removal is held`() {
    var it = renewed
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
    #expect(it.plan.held[0].limit.contains("whose entries are disabled"), "\(it.plan.held[0].limit)")
    #expect(it.plan.conflicts.map(\.reason) == [.recreated(it.state.objects[1], isDisabled: true, .held)])
    it.want(person("other", "101"), "other")
    #expect(it.plan.calls == [], "nor does the number pass to another entry")
    it.state.approvals = [
      Approval("set", because: .recreated, Set(it.plan.held[0].objects.map { $0.member(.removal) }))
    ]
    it.reading.wanted.removeLast()
    #expect(it.plan.calls == ["delete extension 101"])
    it.apply(it.plan)
    #expect(it.plan.calls == ["add extension 200 anna"])
  }

  @Test(arguments: [nil, Unproven.Reason.ledgerRestored])
  func `gets none while the removal is rejected, or nothing proves the extension`(reason: Unproven.Reason?) {
    var it = renewed
    it.state.objects[1].unproven = reason.map { Unproven($0, since: 1) }
    if reason == nil { it.state.rejections = [Approval.Member(ObjectKey(.extension, "101"), EntryID("old"))] }
    #expect(it.plan.calls == [] && it.plan.allocations == [])
    let removal = it.plan.conflicts.compactMap { conflict -> Conflict.Removal?? in
      if case .recreated(_, _, let removal) = conflict.reason { removal } else { nil }
    }
    #expect(removal == [reason == nil ? .rejected : nil], "nothing is held")
  }

  @Test func `has the number at once if the directory gives it, whatever is set`() {
    var it = renewed
    it.numbers.rest = 60
    it.numbers.handover = .recreate
    it.reading.unnumbered = []
    it.want(person("anna", "101", email: Self.mail), "new")
    it.state.disputes = [Dispute(ObjectKey(.extension, "101"), EntryID("new"))]
    #expect(it.plan.calls == [] && it.plan.conflicts == [])
    it.apply(it.plan)
    #expect(it.state.objects.first { $0.key.number == "101" }?.entry == EntryID("new"))
  }

  /// One colleague uses the mailbox of another.
  @Test(arguments: [("carl", "anna@example.com"), ("anna", "anna.two@example.com")])
  func `isn't one with only the mailbox, or only the name, of a disabled account`(name: String, email: String) {
    var it = renewed
    it.state.objects[1].item = .extension(
      Extension(number: "101", firstName: "anna", lastName: "Old", email: Self.mail))
    it.reading.unnumbered = []
    it.wantAny("new", named: name, email: email)
    #expect(it.plan.calls.sorted() == ["add extension 200 \(name)", "delete extension 101"])
  }

  @Test func `gets the number that a pool had given to a missing one`() {
    var it = Case()
    it.own(person("anna", "205", email: Self.mail), "old")
    it.allocated("205", to: "old")
    it.wantAny("new", named: "anna", email: Self.mail)
    #expect(it.plan.calls == [] && it.plan.conflicts == [] && it.plan.held == [])
    it.apply(it.plan)
    #expect(it.state.objects.map(\.entry) == [EntryID("new")])
    it.wantAny("twin", named: "anna", email: Self.mail)
    #expect(it.plan.calls == ["add extension 200 anna"], "it has its number by now")
  }

  /// It may come back: an admin account has the same names.
  @Test func `gets no number of a disabled one, which a pool had given`() {
    var it = Case()
    it.own(person("anna", "205", email: Self.mail), "old")
    it.allocated("205", to: "old")
    it.see("old", .disabled)
    it.wantAny("new", named: "anna")
    #expect(it.plan.calls == [] && it.plan.allocations == [] && it.plan.held.map(\.cause) == [.recreated])
  }

  /// Everybody in a practice has the same address.
  @Test(arguments: [Sighting.disabled, nil])
  func `isn't recognised by a mailbox that others have too`(sighting: Sighting?) {
    var it = Case()
    it.own(person("anna", "205", email: Self.mail), "old")
    it.allocated("205", to: "old")
    if let sighting { it.see("old", sighting) }
    it.state.sharedMailboxes = [Self.mail]
    it.wantAny("dora", email: Self.mail)
    #expect(it.plan.allocations.map(\.number) == ["200"] && it.plan.held == [])
  }

  @Test func `is held beside another one that is as like`() {
    var it = Case()
    it.own(person("anna", "205", email: Self.mail), "old")
    it.allocated("205", to: "old")
    for entry in ["new", "twin"] { it.wantAny(entry, named: "anna", email: Self.mail) }
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated] && it.plan.conflicts.count == 2)
  }

  @Test(arguments: [Timestamp(0), 100]) func `gets the pool's number back after it was removed`(rest: Timestamp) {
    var it = Case()
    it.numbers.rest = rest
    it.free(person("anna", "203", email: Self.mail), of: "old", at: it.now - 50)
    it.free(person("anna", "204", email: Self.mail), of: "older", at: it.now - 60)
    it.wantAny("new", named: "anna", email: Self.mail)
    it.wantAny("other", named: "anna")
    #expect(it.plan.calls == ["add extension 200 anna", "add extension 203 anna"])
    it.state.knownForeign = [KnownForeign(ObjectKey(.extension, "203"), since: 1)]
    #expect(it.plan.calls == ["add extension 200 anna", "add extension 204 anna"])
    it.state.restored = [.extension: 1]
    #expect(it.plan.calls == [])
  }

  @Test func `gets its number back although it is in quarantine, and another person doesn't`() {
    for (name, isBack) in [("anna", true), ("bert", false)] {
      var it = Case()
      it.numbers.rest = 100
      it.free(person("anna", "101", email: Self.mail), of: "old", at: it.now - 50)
      it.want(person(name, "101", email: isBack ? Self.mail : ""), "new")
      #expect(it.plan.calls == (isBack ? ["add extension 101 anna"] : []), "\(name)")
      it.want(person("another", "101"), "a")
      #expect(it.plan.calls == (isBack ? ["add extension 101 anna"] : []), "\(name)")
    }
  }

  @Test func `gets no second number while the PBX has lost the first`() {
    var it = Case()
    it.state.lost = [FormerHolder(person("anna", "101", email: Self.mail), entry: EntryID("old"), dn: dn("old"), at: 1)]
    it.wantAny("new", named: "anna", email: Self.mail)
    #expect(it.plan.calls == [] && it.plan.conflicts.map(\.reason) == [.numberLost])
  }
}

/// Its source has no pool, so only its names, its address and its DN show whose it is.
@Suite(.timeLimit(.minutes(15))) struct `A new entry without a usable number` {
  private static let mail = "anna@example.com"

  /// Anna's old entry is missing, or disabled.
  private func leaver(email: String = mail, isDisabled: Bool = false) -> Case {
    var it = Case(directory: ["b": "102"], ledger: ["b": "102"])
    it.own(person("anna", "101", email: email), "old")
    if isDisabled { it.see("old", .disabled) }
    return it
  }

  @Test(
    arguments: [Sighting.unmappable, .withoutNumber],
    [(person("anne", "", email: "Anna@example.com"), "x"), (person("anna", ""), "x"), (person("", ""), "old")])
  func `that has the address, the names or the DN of a missing one keeps the extension in service`(
    sighting: Sighting, new: (partial: PBXObject, dn: String)
  ) {
    var it = leaver()
    it.see("new", sighting, having: new.partial, dn: dn(new.dn))
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
    #expect(it.plan.held.first?.limit.contains(dn(new.dn)) == true, "\(it.plan.held)")
    it.want(person("other", "101"), "other")
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["101 other"])
  }

  @Test func `of a contact keeps that in service too`() {
    var it = Case()
    it.own(contact("Old", "+49301"), "old")
    it.see("new", .unmappable, having: contact("Old", ""))
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
  }

  @Test(arguments: [
    (person("anna", "", email: "anna.two@example.com"), false), (person("carl", ""), false),
    (.extension(Extension(number: "", firstName: "carl", lastName: "Moss", email: mail)), true),
  ])
  func `is another one's with another address, other names, or only the mailbox of a disabled account`(
    partial: PBXObject, isDisabled: Bool
  ) {
    var it = leaver(isDisabled: isDisabled)
    it.see("new", .unmappable, having: partial)
    #expect(it.plan.calls == ["delete extension 101"] && it.plan.held == [])
  }

  @Test func `that is surely the same person's as a disabled one keeps the extension in service`() {
    var it = leaver(isDisabled: true)
    it.see("new", .withoutNumber, having: person("anna", "", email: Self.mail))
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
  }

  @Test func `because another entry has that number keeps the old extension in service`() {
    var it = leaver()
    it.want(person("anna", "102"), "new")
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["102 new"])
    #expect(it.plan.held.map(\.cause) == [.recreated])
  }

  @Test func `keeps it in service also after others' removals and its own were approved`() {
    var it = leaver()
    let approved = it.plan.changes.map { Approval.Member($0) }
    it.state.approvals = [Approval("earlier", Set(approved))]
    #expect(it.plan.calls == ["delete extension 101"])
    it.see("new", .withoutNumber, having: person("anna", "", email: Self.mail))
    #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.recreated])
    let known = it.plan.held.map(\.name)
    it.state.approvals.append(Approval("known", because: .recreated, Set(approved)))
    #expect(it.plan.calls == ["delete extension 101"])
    it.state.approvals = []
    it.see("newer", .unmappable, having: person("anna", ""))
    #expect(it.plan.held.map(\.name) != known, "the decision is about another entry too")
  }

  @Test func `doesn't matter where the person's extension is there already`() {
    var it = leaver()
    it.own(person("anna", "103", email: Self.mail), "new")
    it.see("new", .unmappable, having: person("anna", "", email: Self.mail))
    #expect(it.plan.calls == ["delete extension 101"])
  }
}

/// Its entry shows no number and belongs to a source without a pool now.
@Suite(.timeLimit(.minutes(15))) struct `An extension with a number from a pool` {
  @Test func `stays as it is, and passes to nobody, when its entry leaves the pool's source`() {
    var it = Case(directory: ["b": "102"], ledger: ["a": "205", "b": "102"])
    it.allocated("205", to: "a")
    it.see("a", .withoutNumber, source: 1)
    #expect(it.plan.calls == [] && it.plan.pendingRemovals == [] && it.plan.held == [])
    it.want(person("x", "205"), "x")
    #expect(it.plan.calls == [] && it.plan.conflictNumbers == ["205 x"])
    it.state.allocations = []
    #expect(it.plan.calls == ["update extension 205 x"], "the directory had given it, and gave it up")
  }
}

/// A new or restored ledger doesn't know the extension, which has no mail address.
@Suite(.timeLimit(.minutes(15))) struct `An extension of a pool whose adoption an admin allowed` {
  private func allowed(_ numbers: String...) -> Case {
    var it = Case()
    it.state.adoptions = numbers.map { AllowedAdoption(ObjectKey(.extension, $0), item: person("p", $0)) }
    return it
  }

  @Test func `is the one of the person with its names`() {
    var it = allowed("203")
    it.wantAny("new", named: "p")
    it.wantAny("other")
    #expect(it.plan.calls == ["add extension 200 other"])
    #expect(it.plan.allocations.map(\.number).sorted() == ["200", "203"])
  }

  @Test func `leaves two people with its names without a number until the directory gives one`() {
    var it = allowed("203")
    for entry in ["new", "twin"] { it.wantAny(entry, named: "p") }
    #expect(it.plan.calls == [])
    let reason = Conflict.Reason.restored(pool("200-209"), unclaimed: ["203"])
    #expect(it.plan.conflicts.map(\.reason) == [reason, reason])
    var two = allowed("203", "204")
    two.wantAny("new", named: "p")
    #expect(two.plan.calls == [])
    #expect(two.plan.conflicts.map(\.reason) == [.restored(pool("200-209"), unclaimed: ["203", "204"])])
  }
}
