import Domain
import Platform
import Reconcile
import TestSupport
import Testing

@testable import Ledger

private let day: Int64 = 86_400
private let year: Int64 = 365 * 86_400

/// The changes of the clocks.
private enum Turn: Sendable, CustomTestStringConvertible {
  case pass(Int64)
  case step(Int64)
  case reboot(off: Int64 = 60, up: Int64 = 10)
  case move(up: Int64)

  func happen(to time: MovingClock) {
    switch self {
    case .pass(let seconds): time.pass(seconds)
    case .step(let seconds): time.step(seconds)
    case .reboot(let off, let up): time.reboot(off: off, up: up)
    case .move(let up): time.move(toHostUpFor: up)
    }
  }

  var testDescription: String {
    switch self {
    case .pass(let seconds): "\(seconds) s pass"
    case .step(let seconds): "the wall clock is set by \(seconds) s"
    case .reboot(let off, let up): "the host is off for \(off) s, then up for \(up) s"
    case .move(let up): "another host, up for \(up) s"
    }
  }
}

/// A directory of two, a ledger and a clock. Each run is a process of its own, as by a timer.
private struct World: ~Copyable {
  let folder: TemporaryFolder
  let time: MovingClock
  var removal = RemovalPolicy(maxCount: 1000, maxPercent: 100)
  var rest: Timestamp = 0

  init(at wall: Int64 = 1_795_600_000) throws {
    folder = try TemporaryFolder()
    time = MovingClock(at: wall)
  }

  var ledger: Ledger { get throws { try Ledger(path: folder.path + "/ledger.sqlite", clock: time.clock) } }

  /// A complete read that finds these people, each with an extension, and all that follows; the PBX accepts all, or fails at all.
  ///
  /// - Returns: the calls, as `delete extension 1001`.
  @discardableResult
  func run(_ people: [String: String], accepted: Bool = true) async throws -> [String] {
    let ledger = try ledger
    let run = try await ledger.beginRun(RunStart(trigger: "poll", pid: 1, at: ledger.now()))
    var reading = ReadResult()
    for (entry, number) in people.sorted(by: { $0.key < $1.key }) {
      let item = PBXObject.extension(Extension(number: number, firstName: entry))
      reading.wanted.append(WantedObject(item, entry: EntryID(entry), dn: "uid=\(entry)"))
      reading.record(.mapped, of: EntryID(entry), as: .extension)
    }
    let plan = plan(
      for: reading, remembering: try await ledger.state(),
      by: Policy(numbers: NumberPolicy(rest: rest), removal: removal, backsOff: true), at: ledger.now())
    try await ledger.apply(plan.updates, at: ledger.now())
    for change in plan.changes {
      let intent = Intent(change.call, entry: change.entry, dn: change.dn, before: change.before, at: ledger.now())
      let answer = CallResult(accepted ? .accepted : .failed)
      let outcome: Outcome =
        if !accepted {
          .undone
        } else if let item = change.call.item {
          .holds(ManagedObject(item, entry: change.entry, dn: change.dn), replacing: nil)
        } else {
          .gone(change.call.key)
        }
      try await ledger.recordOutcomes([
        RecordedOutcome(
          of: try await ledger.recordIntents([intent], in: run), answer: answer, outcome: outcome, at: ledger.now())
      ])
      if !accepted { try await ledger.recordFailures([change.call.key: ChangeFailure("failed")], at: ledger.now()) }
    }
    return plan.changes.map { "\($0.call.action.rawValue) \($0.call.key)" }
  }

  func happens(_ turns: [Turn]) { for turn in turns { turn.happen(to: time) } }
}

@Suite(.timeLimit(.minutes(15))) struct `A leaver` {
  private static let both = ["ada": "1001", "bob": "1002"]
  private static let one = ["ada": "1001"]

  /// What happens between the first read that misses somebody and the second, with the grace of a day.
  @Test(
    arguments: [
      [.step(2 * day)], [.step(10 * year)], [.step(-10 * year)], [.step(-10 * year), .step(10 * year)],
      [.pass(60), .reboot(), .step(2 * day)], [.step(2 * day), .reboot()], [.reboot(off: 2 * day)],
      [.move(up: 10 * year)], [.step(-2 * day), .move(up: 10 * year)], [.pass(23 * 3600)],
      [.pass(12 * 3600), .step(-year), .reboot(off: 3600), .step(2 * year)],
    ] as [[Turn]])
  private func `isn't due before the grace period has really passed`(turns: [Turn]) async throws {
    let world = try World()
    try await world.run(Self.both)
    #expect(try await world.run(Self.one) == [])
    world.happens(turns)
    #expect(try await world.run(Self.one) == [])
  }

  /// The same where it has passed.
  @Test(
    arguments: [
      [.pass(day)], [.step(-10 * year), .pass(day)], [.step(10 * year), .pass(day)], [.pass(day), .step(-day)],
      [.reboot(up: day)], [.reboot(off: 10 * year, up: day)], [.step(-year), .reboot(), .pass(day)],
    ] as [[Turn]])
  private func `is due when it has, whatever the wall clock says`(turns: [Turn]) async throws {
    let world = try World()
    try await world.run(Self.both)
    try await world.run(Self.one)
    world.happens(turns)
    // A run notes that another boot has begun; from there its time counts.
    let first = try await world.run(Self.one)
    world.time.pass(day)
    #expect(try await first + world.run(Self.one) == ["delete extension 1002"])
  }

  @Test func `isn't due because the ledger was made before the clock was right`() async throws {
    let world = try World(at: 31_536_000)
    try await world.run(Self.both)
    try await world.run(Self.one)
    world.happens([.step(55 * year)])
    #expect(try await world.run(Self.one) == [])
    world.time.pass(day - 60)
    #expect(try await world.run(Self.one) == [])
    world.time.pass(60)
    #expect(try await world.run(Self.one) == ["delete extension 1002"])
  }

  @Test func `isn't delayed by a clock that was a year ahead`() async throws {
    let world = try World()
    try await world.run(Self.both)
    world.happens([.step(400 * day)])
    try await world.run(Self.one)
    world.happens([.step(-400 * day), .pass(day)])
    #expect(try await world.run(Self.one) == ["delete extension 1002"])
  }

  @Test func `is shown with the time of today's wall clock`() async throws {
    let world = try World()
    try await world.run(Self.both)
    world.happens([.step(400 * day)])
    try await world.run(Self.one)
    world.happens([.step(-400 * day), .pass(3600)])
    let absence = try #require(try await world.ledger.state().objects.compactMap(\.absence).first)
    #expect(absence.since == world.time.clock.wall - 3600)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A pause` {
  @Test(arguments: [[.step(10 * year)], [.step(-10 * year)], [.reboot(off: year)]] as [[Turn]])
  private func `is a change that failed, however the clock is set`(turns: [Turn]) async throws {
    let world = try World()
    #expect(try await world.run(["ada": "1001"], accepted: false) == ["add extension 1001"])
    world.happens(turns)
    #expect(try await world.run(["ada": "1001"]) == [])
    world.time.pass(60)
    #expect(try await world.run(["ada": "1001"]) == ["add extension 1001"])
  }

  @Test(arguments: [[.step(10 * year)], [.step(-10 * year)], [.reboot(off: year)]] as [[Turn]])
  private func `is the number of somebody who left, however the clock is set`(turns: [Turn]) async throws {
    var world = try World()
    world.removal = RemovalPolicy(completeReads: 1, after: 0, maxCount: 1000, maxPercent: 100)
    world.rest = 30 * day
    try await world.run(["ada": "1001"])
    #expect(try await world.run(["bob": "1002"]).sorted() == ["add extension 1002", "delete extension 1001"])
    world.happens(turns)
    #expect(try await world.run(["bob": "1002", "eve": "1001"]) == [])
    world.time.pass(30 * day)
    #expect(try await world.run(["bob": "1002", "eve": "1001"]) == ["add extension 1001"])
  }

  @Test func `continues during a run, although the clock is set back`() async throws {
    let world = try World()
    let ledger = try world.ledger
    let begun = ledger.now()
    world.happens([.pass(5), .step(-10 * year), .pass(5)])
    #expect(ledger.now() == begun + 10)
    #expect(ledger.ownTime == begun + 10)
  }
}
