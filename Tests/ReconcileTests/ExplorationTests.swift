import Domain
import Exploration
import Testing

/// Traces that `scripts/explore` has found, and the search itself in a small size.
@Suite(.timeLimit(.minutes(15))) struct `In a small world` {
  @Test func `a contact keeps its owner when its renumbering and its return are lost`() throws {
    try SmallWorld(.contacts).play([
      .edit(.join(0, "901")), .edit(.join(1, "902")), .run(.complete), .finish,
      .edit(.contact(0, "903")), .run(.complete), .step, .step, .step, .step, .step, .kill,
      .edit(.swapContacts), .run(.complete), .step, .step, .step, .step, .step, .kill,
    ])
  }

  @Test func `an entry that was disabled is held when edited search settings hide it`() throws {
    try SmallWorld(.searches).play([
      .edit(.join(0, "101")), .edit(.join(1, "102")), .run(.complete), .finish,
      .edit(.disable(0)), .run(.complete), .step, .kill, .search(1),
    ])
  }

  @Test func `a contact whose delete was in doubt is added again after the key was refused`() throws {
    try SmallWorld(.contacts).play([
      .edit(.join(0, "901")), .edit(.join(1, "902")), .run(.complete), .finish,
      .edit(.leave(0)), .run(.complete), .step, .kill, .day,
      .run(.complete), .step, .step, .step, .step, .step, .send(.none), .kill,
      .edit(.join(0, "901")), .run(.complete), .step, .step, .step, .step, .step,
      .send(.none), .step, .send(.badKey), .step,
    ])
  }

  @Test func `a removal counts against the limit although its number is used again`() throws {
    try SmallWorld(.removals).play([
      .edit(.join(0, "101")), .edit(.join(1, "102")), .run(.complete), .finish,
      .edit(.number(0, "102")), .run(.complete), .step, .step, .step, .step,
      .edit(.disable(1)), .run(.complete), .step, .step, .step, .step, .day, .run(.complete), .step, .kill,
    ])
  }

  @Test func `an entry that edited search settings hid may give up its number when it is seen again`() throws {
    try SmallWorld(.searches).play([
      .edit(.join(0, "101")), .edit(.join(1, "102")), .run(.complete), .finish,
      .edit(.number(0, "102")), .search(1), .run(.complete), .step, .step, .step, .step,
      .search(2), .run(.complete), .step, .step, .step, .step, .run(.complete), .step, .step, .step, .step,
      .approve(0), .run(.complete), .step, .kill,
    ])
  }

  @Test func `an update stays in doubt while the PBX refuses the next values`() throws {
    try SmallWorld(.quarantine).play([
      .edit(.join(0, "101")), .edit(.join(1, "102")), .run(.complete), .finish,
      .edit(.name(0, 1)), .run(.complete), .step, .step, .step, .step, .step, .send(.none), .kill,
      .edit(.name(0, 2)), .run(.complete), .step, .step, .step, .step, .step, .send(.none), .step, .edit(.name(0, 0)),
    ])
  }

  @Test(arguments: WorldSettings.all.map(\.name)) func `no rule is broken within a few events`(name: String) throws {
    let settings = try #require(WorldSettings.all.first { $0.name == name })
    var exploration = try Exploration(SmallWorld(settings))
    var visits = 0
    let end = exploration.run(depth: 100) {
      visits += 1
      return visits > 2 ? .time : nil
    }
    #expect(end == .time && exploration.violation == nil && exploration.count > 1000)
  }

  @Test func `a sabotage is found, with its trace`() throws {
    var exploration = try Exploration(SmallWorld(.extensions, sabotage: .skipGrace))
    let end = exploration.run(depth: 100) { nil }
    #expect(end == .violation && exploration.violation?.violation.invariant == .removalNeedsGrace)
    let trace = try #require(exploration.violation?.trace)
    try SmallWorld(.extensions).play(trace)
    #expect(throws: Violation.self) { try SmallWorld(.extensions, sabotage: .skipGrace).play(trace) }
  }
}
