import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Contacts` {
  @Test func `an entry has one contact for each number`() {
    var it = Case()
    it.want(contact("x", "49301"), "x")
    it.want(contact("x", "49302"), "x")
    #expect(it.plan.calls == ["add contact 49301 x", "add contact 49302 x"])
  }

  @Test func `a changed number moves the entry and deletes nothing`() {
    var it = Case()
    it.own(contact("x", "49301"), "x")
    it.want(contact("x", "49309"), "x")
    #expect(it.plan.calls == ["move contact 49301 -> 49309 x"])
  }

  @Test func `of several numbers only the changed one moves`() {
    var it = Case()
    for number in ["1", "2", "3"] { it.own(contact("x", number), "x") }
    for number in ["1", "9", "3"] { it.want(contact("x", number), "x") }
    #expect(it.plan.calls == ["move contact 2 -> 9 x"])
  }

  @Test func `a number given up goes the ordinary way`() {
    var it = Case()
    for number in ["1", "2"] { it.own(contact("x", number), "x") }
    it.want(contact("x", "1"), "x")
    #expect(it.plan.calls == ["delete contact 2"])
    it.removal.after = 60
    #expect(it.plan.calls == [])
    #expect(it.plan.pendingRemovals.map(\.absence?.reason) == [.renumbered])
  }

  /// As behind an access rule on `mobile`.
  @Test(arguments: [(losing: 12, held: true), (7, true), (6, false)])
  func `second numbers that go from most who had one stay until an admin decides`(losing: Int, held: Bool) {
    var it = Case()
    for index in 0..<12 {
      for number in ["4930\(index)", "49171\(index)"] { it.own(contact("c\(index)", number), "c\(index)") }
      it.want(contact("c\(index)", "4930\(index)"), "c\(index)")
      if index >= losing { it.want(contact("c\(index)", "49171\(index)"), "c\(index)") }
    }
    for index in 100..<200 {
      it.own(contact("c\(index)", "4930\(index)"), "c\(index)")
      it.want(contact("c\(index)", "4930\(index)"), "c\(index)")
    }
    let plan = it.plan
    #expect(plan.calls.count == (held ? 0 : losing))
    #expect(plan.held.map(\.objects.count) == (held ? [losing] : []))
    #expect(plan.held.allSatisfy { $0.cause == .hiddenValues && $0.action == .removal })
  }

  /// Only contacts may have several numbers.
  @Test func `extensions aren't counted as second numbers, nor held with them`() {
    var it = Case()
    for index in 0..<12 {
      it.own(person("c\(index)", "1\(index)"), "c\(index)")
      it.want(person("c\(index)", "1\(index)"), "c\(index)")
      it.own(contact("c\(index)", "4930\(index)"), "c\(index)")
      it.want(contact("c\(index)", "4930\(index)"), "c\(index)")
    }
    it.own(contact("c0", "49171"), "c0")
    it.own(person("c0", "20"), "c0")
    #expect(it.plan.calls == ["delete extension 20", "delete contact 49171"] && it.plan.held.isEmpty)
    for index in 1..<12 { it.own(contact("c\(index)", "49171\(index)"), "c\(index)") }
    #expect(it.plan.calls == ["delete extension 20"] && it.plan.held.map(\.objects.count) == [12])
  }

  @Test func `in a chain the last one moves first`() {
    var it = Case()
    it.own(contact("x", "1"), "x")
    it.own(contact("y", "2"), "y")
    it.want(contact("x", "2"), "x")
    it.want(contact("y", "3"), "y")
    #expect(it.plan.calls == ["move contact 2 -> 3 y", "move contact 1 -> 2 x"])
    #expect(it.plan.changes.map(\.requires) == [[], [0]])
  }

  @Test func `a swap changes the names in place`() {
    var it = Case()
    it.own(contact("x", "1"), "x")
    it.own(contact("y", "2"), "y")
    it.want(contact("x", "2"), "x")
    it.want(contact("y", "1"), "y")
    #expect(Set(it.plan.calls) == ["update contact 1 y", "update contact 2 x"])
  }

  @Test func `two contacts with one number are one entry, and the loser is named`() {
    var it = Case()
    it.want(contact("x", "1", company: "One"), "x")
    it.want(contact("y", "1", company: "One"), "y")
    #expect(it.plan.calls == ["add contact 1 x"])
    #expect(it.plan.conflictNumbers == ["1 y"])
  }

  @Test func `an extension and a contact may have the same number`() {
    var it = Case(directory: ["a": "1"])
    it.want(contact("x", "1"), "x")
    #expect(it.plan.calls == ["add extension 1 a", "add contact 1 x"])
  }

  @Test func `a contact that is half mapped loses no number`() {
    var it = Case()
    for number in ["1", "2"] { it.own(contact("x", number), "x") }
    it.want(contact("x", "1"), "x")
    it.see("x", as: .contact, .unmappable)
    #expect(it.plan.calls == [])
    #expect(it.plan.pendingRemovals == [])
  }
}
