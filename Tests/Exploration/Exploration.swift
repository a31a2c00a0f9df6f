import Domain

/// A breadth-first search through the states of a world: the first violation that it meets has a shortest trace.
package struct Exploration {
  package let world: SmallWorld
  /// All states that were reached, in the order of their depth.
  private var states = StateSet()
  private var parents: [UInt32] = []
  /// The position of the event that led to a state among those of its parent.
  private var events: [UInt8] = []
  /// For each state with which the search began, the trace that leads to it.
  private var beginnings: [[Event]] = []
  /// Where the next state to visit is, and where its depth ends.
  private var next = 0
  private var depthEnd = 0

  package private(set) var depth = 0
  package private(set) var transitions = 0
  package private(set) var violation: (violation: Violation, trace: [Event])?

  package enum End: Hashable {
    /// Every state within the depth and the budget was visited.
    case complete
    case violation
    case time
    /// The memory limit was reached: the search isn't complete.
    case memory
  }

  package var count: Int { states.count }
  /// How many states wait for their visit.
  package var waiting: Int { states.count - next }

  package init(_ world: SmallWorld) throws(Violation) {
    self.world = world
    for trace in world.settings.beginnings {
      var state = State()
      for event in trace {
        state.budget = .max
        state = try world.state(after: event, in: state)
        if event == .run(.complete) { state = try world.finishRun(state) }
      }
      state.budget = world.settings.budget.packed
      if states.insert(state) {
        parents.append(.max)
        events.append(UInt8(beginnings.count))
        beginnings.append(trace)
      }
    }
    depthEnd = states.count
  }

  /// Visits states until the end.
  ///
  /// - Parameters:
  ///   - depth: the longest trace.
  ///   - mayGoOn: asked now and then; a reason ends the search.
  package mutating func run(depth limit: Int, stop: () -> End?) -> End {
    while next < states.count {
      if next == depthEnd {
        depth += 1
        depthEnd = states.count
      }
      if depth >= limit { return .complete }
      if next & 0x3ff == 0, let end = stop() { return end }
      let state = states[next]
      do throws(Violation) {
        try world.checkRest(from: state)
      } catch {
        violation = (error, trace(to: next))
        return .violation
      }
      let possible = world.events(in: state)
      for (position, event) in possible.enumerated() {
        do throws(Violation) {
          let following = try world.state(after: event, in: state)
          transitions += 1
          if states.insert(following) {
            parents.append(UInt32(next))
            events.append(UInt8(position))
          }
        } catch {
          violation = (error, trace(to: next) + [event])
          return .violation
        }
      }
      next += 1
    }
    return .complete
  }

  /// The events that lead to a state.
  private func trace(to index: Int) -> [Event] {
    var trace: [Event] = []
    var index = index
    while parents[index] != .max {
      let parent = Int(parents[index])
      trace.append(world.events(in: states[parent])[Int(events[index])])
      index = parent
    }
    return beginnings[Int(events[index])].flatMap { $0 == .run(.complete) ? [.run(.complete), .finish] : [$0] }
      + trace.reversed()
  }
}

extension SmallWorld {
  /// Makes the rest of a run without faults.
  func finishRun(_ start: State) throws(Violation) -> State {
    var state = start
    while let run = runs[state.run] {
      state = run.current?.call != nil && run.current?.seen == nil ? try send(.none, state) : try step(state)
    }
    return state
  }

  /// Plays a trace, and checks that its end comes to rest.
  package func play(_ trace: [Event]) throws(Violation) {
    var state = State()
    for event in trace {
      state.budget = .max
      state = try self.state(after: event, in: state)
    }
    try checkRest(from: state)
  }
}

/// States in the order of their insertion, each once: open addressing over their positions.
private struct StateSet {
  private var states: [State] = []
  private var slots = [UInt32](repeating: .max, count: 1 << 12)

  var count: Int { states.count }

  subscript(index: Int) -> State { states[index] }

  /// Inserts a state; false if it is there already.
  mutating func insert(_ state: State) -> Bool {
    if 2 * states.count >= slots.count { grow() }
    let slot = self.slot(of: state)
    if slots[slot] != .max { return false }
    slots[slot] = UInt32(states.count)
    states.append(state)
    return true
  }

  private func slot(of state: State) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: state.mixed) & mask
    while slots[slot] != .max, states[Int(slots[slot])] != state { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    slots = [UInt32](repeating: .max, count: 2 * slots.count)
    for index in states.indices { slots[slot(of: states[index])] = UInt32(index) }
  }
}

extension State {
  fileprivate var mixed: UInt64 {
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
    func mix(_ part: UInt64) {
      hash = (hash ^ part) &* 0xff51_afd7_ed55_8ccd
      hash ^= hash >> 32
    }
    mix(UInt64(directory) << 32 | UInt64(ledger))
    mix(UInt64(pbx) << 32 | UInt64(run))
    mix(UInt64(ghost) << 32 | UInt64(budget))
    return hash
  }
}
