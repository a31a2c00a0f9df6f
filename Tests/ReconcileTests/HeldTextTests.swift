import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The reason of a held set` {
  /// So many people who are no longer in the directory.
  private func leavers(_ count: Int, since change: String? = nil) -> Case {
    var it = Case()
    for number in 101..<101 + count {
      let absence = change.map { Absence(.missing, since: 1, reads: 1, change: $0) }
      it.own(person("p", "\(number)"), "p\(number)", absence: absence)
    }
    return it
  }

  private func text(_ it: Case) -> String? { it.plan.held.first?.limit }

  @Test func `after a restored ledger says how many objects may have been removed before`() {
    #expect(
      text(leavers(1, since: Absence.sinceRestore))
        == "1 extension isn't wanted, and since an older ledger was restored nothing shows whether it had been removed "
        + "before: look at the PBX first")
    #expect(
      text(leavers(2, since: Absence.sinceRestore))
        == "2 extensions aren't wanted, and since an older ledger was restored nothing shows whether they had been "
        + "removed before: look at the PBX first")
  }

  @Test func `after an undo says how many objects are there again`() {
    #expect(
      text(leavers(1, since: Absence.undone))
        == "1 extension isn't wanted since an undo reverted the removal: correct its cause first")
    #expect(text(leavers(2, since: Absence.undone))?.hasPrefix("2 extensions aren't wanted since an undo") == true)
  }

  @Test func `after an audit says how many removed objects it showed again`() {
    #expect(
      text(leavers(2, since: Absence.thereAgain)) == "2 extensions were removed, and an audit showed them again")
  }

  @Test func `after changed search settings names the changes in their order`() {
    var it = leavers(2, since: "b")
    it.own(person("p", "111"), "p111", absence: Absence(.missing, since: 1, reads: 1, change: "a"))
    it.state.searchChanges = [
      SearchChange(id: "a", "the base was x", of: .extension, at: 9),
      SearchChange(id: "b", "the filter was (a)", of: .extension, at: 5),
    ]
    #expect(
      text(it) == "3 extensions whose entries no source finds since the filter was (a); the base was x")
    it.state.searchChanges = []
    #expect(text(it) == "3 extensions whose entries no source finds since the search settings have changed")
  }

  @Test func `of entries that look like others names both states and the others`() {
    var it = Case()
    for (index, name) in ["anna", "bert"].enumerated() {
      it.own(person(name, "10\(index)"), name)
      it.see("new \(name)", .withoutNumber, having: person("", ""), dn: dn(name))
    }
    it.see("bert", .disabled)
    it.reading.partial[1] = WantedObject(person("bert", ""), entry: EntryID("new bert"), dn: dn("bert"))
    #expect(
      text(it)
        == "2 extensions are due for removal whose entries are missing or disabled, but \(dn("anna")), \(dn("bert")) "
        + "look like the same, created again with another ID, and don't get these numbers")
    it.reading.partial.removeLast()
    it.state.objects.removeLast()
    #expect(
      text(it)
        == "1 extension is due for removal whose entries are missing, but \(dn("anna")) looks like the same, created "
        + "again with another ID, and doesn't get its number")
  }

  @Test(arguments: [
    (0, 4, "4 extensions are due for removal, more than max_count = 3"),
    (1, 3, "3 extensions are due for removal, and 1 was removed in the last 24 hours, more than max_count = 3"),
    (2, 3, "3 extensions are due for removal, and 2 were removed in the last 24 hours, more than max_count = 3"),
  ])
  func `of too many removals counts those of the last day`(recent: Int, due: Int, expected: String) {
    var it = leavers(due)
    it.removal.maxCount = 3
    for number in 0..<recent {
      it.state.recent[.removal, default: [:]][ObjectKey(.extension, "90\(number)")] = .init(made: 1)
    }
    it.state.recent[.removal, default: [:]][ObjectKey(.contact, "1")] = .init(made: 1)
    #expect(text(it) == expected)
  }
}
