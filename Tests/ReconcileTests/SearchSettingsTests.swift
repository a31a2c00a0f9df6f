import Domain
import Reconcile
import Testing

@Suite(.timeLimit(.minutes(15))) struct `After a change of the search settings` {
  private let change = SearchChange("the filter was (a) and is now (b)", of: .extension, at: 1_000_000)

  /// Twenty people have managed extensions, and a read with other settings doesn't show the first of them.
  private func input() -> Case {
    var it = Case()
    it.removal = RemovalPolicy(completeReads: 2, after: 3600)
    for index in 0..<20 {
      it.own(person("p\(index)", String(100 + index)), "p\(index)")
      if index > 0 { it.want(person("p\(index)", String(100 + index)), "p\(index)") }
    }
    it.reading.searchChanges = [change]
    return it
  }

  /// The same settings for another day.
  private func later(_ it: inout Case) {
    it.apply(it.plan)
    it.state.searchChanges = [change]
    it.reading.searchChanges = []
    it.now += 86_400
  }

  @Test func `an entry that is missing is held at once, and for good`() {
    var it = input()
    for _ in 0..<5 {
      let plan = it.plan
      #expect(plan.calls == [] && plan.pendingRemovals.isEmpty)
      #expect(plan.held.map(\.cause) == [.settings] && plan.held.first?.objects.map(\.key.number) == ["100"])
      #expect(
        plan.held.first?.limit.contains("1 extension whose entry no source finds since the filter was (a)") == true)
      later(&it)
    }
    it.state.approvals = [Approval("set", Set(it.plan.held[0].objects.map { $0.member(.removal) }))]
    #expect(it.plan.calls == ["delete extension 100"])
  }

  @Test func `an entry that comes back counts as never missing`() {
    var it = input()
    later(&it)
    it.want(person("p0", "100"), "p0")
    it.apply(it.plan)
    #expect(it.plan.held.isEmpty && it.state.objects.allSatisfy { $0.absence == nil })
  }

  @Test func `an entry that is missing later is removed as usual`() {
    var it = input()
    later(&it)
    it.reading.wanted.removeAll { $0.entry == EntryID("p1") }
    var reading = ReadResult()
    for wantedObject in it.reading.wanted {
      reading.wanted.append(wantedObject)
      reading.record(.mapped, of: wantedObject.entry, as: .extension)
    }
    it.reading = reading
    later(&it)
    #expect(it.plan.calls == ["delete extension 101"] && it.plan.held.map(\.objects.count) == [1])
  }

  @Test func `of contacts the extensions leave by the ordinary way`() {
    var it = input()
    it.reading.searchChanges = [SearchChange("the filter has changed", of: .contact, at: it.now)]
    #expect(it.plan.held.isEmpty && it.plan.pendingRemovals.count == 1)
  }

  @Test func `an object with another number is held too, and a disabled one`() {
    var it = input()
    it.see("p0", .disabled)
    it.reading.wanted[0] = WantedObject(person("p1", "300"), entry: EntryID("p1"), dn: dn("p1"))
    #expect(it.plan.held.first?.objects.map(\.key.number) == ["100", "101"])
    #expect(it.plan.calls == ["add extension 300 p1"])
  }

  @Test func `an entry that was disabled before, or had another number, is missing for the first time`() {
    for seen in [Sighting.disabled, .mapped] {
      var it = input()
      it.reading.searchChanges = []
      it.see("p0", seen)
      it.apply(it.plan)
      // The account is enabled again while an edited filter hides it.
      it.reading = input().reading
      it.now += 86_400
      #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.settings])
      later(&it)
      #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.settings])
    }
  }

  /// A read hides it without an error, and from the next one on an edited filter does.
  @Test func `an entry that was missing for too short a time is missing for the first time`() {
    for (reads, hours) in [(1, 24), (5, 0)] {
      var it = input()
      it.reading.searchChanges = []
      it.state.objects[0].absence = Absence(.missing, since: it.now - Timestamp(hours) * 3600, reads: reads)
      it.reading.searchChanges = [change]
      for _ in 0..<3 {
        #expect(it.plan.calls == [] && it.plan.held.map(\.cause) == [.settings])
        later(&it)
      }
    }
  }

  /// A leaver, while the first server is down for a day: the second one shows the same.
  @Test func `an entry that was missing before another server answered is removed as usual`() {
    var it = input()
    it.state.objects[0].absence = Absence(.missing, since: it.now - 60, reads: 1)
    it.reading.searchChanges = [SearchChange("another server answers", of: .extension, at: it.now, isEdit: false)]
    #expect(it.plan.calls == [] && it.plan.held.isEmpty && it.plan.pendingRemovals.count == 1)
    later(&it)
    #expect(it.plan.calls == ["delete extension 100"])
  }

  @Test func `the number of an entry that was missing for too short a time is handed over to nobody`() {
    var it = input()
    it.state.objects[0].absence = Absence(.missing, since: it.now - 60, reads: 1)
    it.want(person("x", "100"), "x")
    #expect(it.plan.calls == [])
    it.reading.searchChanges = []
    #expect(it.plan.calls == ["update extension 100 x"])
  }

  @Test func `an entry that had been missing for long enough is removed as usual`() {
    var it = input()
    it.state.objects[0].absence = Absence(.missing, since: it.now - 3600, reads: 2)
    #expect(it.plan.calls == ["delete extension 100"] && it.plan.held.isEmpty)
  }

  @Test func `a rejected set is no longer held, and its objects stay`() {
    var it = input()
    it.state.rejections = Set(it.plan.held[0].objects.map { $0.member(.removal) })
    for _ in 0..<3 {
      #expect(it.plan.calls == [] && it.plan.held.isEmpty && it.plan.rejected.count == 1)
      later(&it)
    }
  }
}
