import Domain
import Executor
import Foundation
import Ledger
import PBXSimulator
import Sync
import Synchronization
import TestSupport

/// One history: what happens to a directory, a PBX, a disk and a clock, by a seed, while pbxsyncd runs.
package final class History {
  /// How a history went.
  package struct Outcome: Sendable {
    package var runs = 0
    package var faults = 0
    package var requests = 0
    package var mails = 0
    /// Identifies everything that happened: the same for the same seed.
    package var digest: UInt64 = 14_695_981_039_346_656_037
    package var violation: Violation?
    /// What happened, a line each.
    package var trace: [String] = []

    package init() {}
  }

  let host: SimulatedHost
  let settings: HostSettings
  var oracle: Oracle
  var random: SplitMix64
  private let keepsTrace: Bool
  var outcome = Outcome()
  /// The people whose entries have changed since the last run.
  var edited: Set<Int> = []
  /// A backup of the PBX's extensions.
  var backup: (extensions: [ExtensionRecord], origins: [String: Oracle.Origin])?
  var isNarrow = false
  /// The time that really passed, whatever the wall clock shows.
  var elapsed: Int64 = 0
  /// Of the last run.
  private var conflictCount = 0
  private var conflicts: [String] = []

  /// - Parameters:
  ///   - keepsTrace: whether the outcome lists what happened.
  ///   - sabotage: a fault of the program, which the outcome's violation should show.
  package init(seed: UInt64, keepsTrace: Bool = false, sabotage: Sabotage? = nil) throws {
    var random = SplitMix64(state: seed)
    settings = HostSettings(by: &random)
    host = try SimulatedHost(settings, seed: seed, sabotage: sabotage)
    oracle = Oracle(
      Oracle.Limits(
        completeReads: settings.completeReads, grace: Int64(settings.graceDays) * 86_400,
        maxCount: settings.maxCount, makesNumbersAnew: settings.handover == "recreate"))
    self.random = random
    self.keepsTrace = keepsTrace
  }

  /// Plays the history to its end, or until a rule is broken.
  package func play(steps: Int = 30) async -> Outcome {
    note("settings \(settings)")
    host.directory.people = Dictionary(
      uniqueKeysWithValues: (0..<settings.people).map { id in
        var person = Person(id: id, isGuest: settings.isGuest(id))
        person.number = id > 0 && !person.isGuest ? numbers[id] : nil
        person.contact = id < contactNumbers.count - 1 ? contactNumbers[id] : nil
        return (id, person)
      })
    do {
      for _ in 0..<steps {
        for _ in 0..<chance(0, 0, 1, 2, settings.people / 4) { change() }
        passTime()
        if one(in: oracle.isFrozen ? 4 : 20) { try await freeze() }
        if one(in: 3), !edited.isEmpty { try await runIncrementally() } else { try await run() }
        if one(in: 3) { try await decide() }
      }
      try await comeToRest()
    } catch let violation as Violation {
      note("VIOLATION: \(violation.rule.rawValue): \(violation.detail)")
      try? await noteLedger()
      outcome.violation = violation
    } catch {
      let detail = "\(error)".replacing(host.folder, with: "")
      note("VIOLATION: \(detail)")
      outcome.violation = Violation(.ledgerOpens, detail)
    }
    outcome.mails = oracle.mails.values.reduce(0, +)
    return outcome
  }

  // MARK: - Chances

  func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

  func chance<Value>(_ values: Value...) -> Value {
    values[Int.random(in: 0..<values.count, using: &random)]
  }

  func note(_ line: @autoclosure () -> String) {
    let line = line()
    for byte in line.utf8 { outcome.digest = (outcome.digest ^ UInt64(byte)) &* 1_099_511_628_211 }
    if keepsTrace { outcome.trace.append(line) }
  }

  // MARK: - Runs

  private func readFault() async throws -> ReadFault? {
    guard one(in: 5) else { return nil }
    outcome.faults += 1
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .result(chance(3, 4, 11, 51, 52))
    case 1: return .cut
    case 2: return .hidesCanary
    case 3: return .referral
    default:
      // More people with a managed extension than the limit disappear without an error.
      let managed = try await host.withLedger { ledger in
        try await ledger.state().objects.filter { $0.key.kind == .extension && $0.isManaged }
      }
      let owners = Set(managed.compactMap { Person.id(ofEntry: $0.entry.text) })
      let present = owners.filter { id in
        host.directory.people[id]?.has(.extension) == true
          && (!isNarrow || settings.isGuest(id) || id.isMultiple(of: 2))
      }
      .sorted()
      guard present.count > settings.maxCount else { return nil }
      let count = Int.random(in: settings.maxCount + 1...present.count, using: &random)
      return .hides(Set(present.shuffled(using: &random).prefix(count)))
    }
  }

  /// A run for the edited entries, as after notifications.
  private func runIncrementally() async throws {
    let ids = edited
    edited = []
    breakDisk()
    let rate = chance(0, 4, 2)
    let seed = random.next()
    let report: RunReport
    do {
      report = try await host.run(for: ids) { index in RequestFault(index, seed: seed, rate: rate) }
    } catch {
      return note("no connection: \(error)")
    }
    note("run for \(ids.sorted()): \(report.shortSummary.replacing(host.folder, with: ""))")
    let people = host.directory.people
    let visible = people.values.filter { ids.contains($0.id) }.map { person in
      var person = person
      if isNarrow, !person.isGuest, !person.id.isMultiple(of: 2) { person.number = nil }
      return person
    }
    oracle.read(Set(visible), isComplete: false, isRecorded: false, at: elapsed)
    try finish(report)
  }

  /// Lets the disk fail or fill up in one of three runs.
  private func breakDisk() {
    guard one(in: 3) else { return }
    outcome.faults += 1
    let operations = Int.random(in: 0..<120, using: &random)
    if one(in: 5) {
      note("disk full after \(operations)")
      SimulatedDisk.fill(after: operations)
    } else {
      note("disk fails after \(operations)")
      SimulatedDisk.fail(after: operations)
    }
  }

  /// Judges what a run did, and begins again after a crash.
  private func finish(_ report: RunReport) throws {
    outcome.runs += 1
    let hasCrashed = SimulatedDisk.hasFailed
    try judge(hasFailed: hasCrashed || report.failure != nil)
    let losesPower = hasCrashed && one(in: 2)
    if losesPower, one(in: 2) { host.anchorBytes = anchor }
    SimulatedDisk.restart(losingPower: losesPower)
    if hasCrashed { note("crash, losing power: \(losesPower)") }
  }

  /// The anchor before the run.
  private var anchor: Data?

  private func run(isFaulty: Bool = true) async throws {
    edited = []
    let readFault = isFaulty ? try await readFault() : nil
    if isFaulty { breakDisk() }
    let seed = random.next()
    let rate = isFaulty ? chance(0, 4, 4, 2, 1) : 0
    let trigger = chance(SyncRun.poll, SyncRun.timer, "sync-now")
    anchor = host.anchorBytes
    let report = await host.run(trigger, readFault: readFault) { index in RequestFault(index, seed: seed, rate: rate) }
    conflictCount = report.plan.conflicts.count + report.callCounts.failed
    if keepsTrace {
      conflicts = report.plan.conflicts.map { "conflict: \($0.wanted.item.key) of \($0.wanted.entry): \($0.reason)" }
    }
    note(
      "run \(trigger), read \(readFault.map { "\($0)" } ?? "right"): "
        + report.shortSummary.replacing(host.folder, with: ""))
    if let shown = host.directory.shown {
      let isComplete =
        switch readFault {
        case .hides, nil: true
        default: false
        }
      let isRecorded = !SimulatedDisk.hasFailed && report.failure == nil
      oracle.read(shown, isComplete: isComplete, isRecorded: isRecorded, at: elapsed)
    }
    try finish(report)
    if !isFaulty, let failure = report.failure {
      throw Violation(.ledgerOpens, failure.text.replacing(host.folder, with: ""))
    }
  }

  /// Has the oracle judge each request.
  private func judge(hasFailed: Bool) throws {
    let people = host.directory.people
    for request in host.network.handled {
      outcome.requests += 1
      let items = request.call.items.map { item in item.sorted { $0.key < $1.key }.map(\.value).joined(separator: " ")
      }
      note(
        "  \(request.call.action) \(items) done \(request.call.done), \(request.fault.map { "\($0)" } ?? "right")")
      if request.fault != nil { outcome.faults += 1 }
      try oracle.executed(request.call, at: elapsed, people)
      if request.call.done > 0, request.fault != nil || hasFailed { oracle.lostAnswer(of: request.call) }
    }
  }

  // MARK: - The admin

  /// An admin decides on what is held: approves what is right, rejects what isn't.
  private func decide() async throws {
    let people = host.directory.people
    let decisions = try await host.withLedger { ledger in
      var decisions: [(name: String, isRight: Bool, keys: [ObjectKey], lasts: Bool)] = []
      for drop in try await ledger.drops() {
        let base = drop.search.query.base
        let truth = people.values.count { base == SimulatedDirectory.partners ? $0.contact != nil : $0.branch == base }
        guard drop.search.entries == truth else { continue }
        try await ledger.accept(drop.search)
        decisions.append((drop.name, true, [], false))
      }
      for hold in try await ledger.holds() where hold.isOpen {
        let isRight = hold.members.allSatisfy { member in
          let id = Person.id(ofEntry: member.entry.text) ?? -1
          return (people[id]?.mayWant(member.key) == true) == (member.wanted != nil)
        }
        if isRight {
          _ = try await ledger.approve(hold.name, at: ledger.now())
        } else {
          _ = try await ledger.reject(hold.name, at: ledger.now())
        }
        // An approval is of removals only for the oracle, a rejection of all.
        let members = hold.members.filter { !isRight || $0.wanted == nil }
        let lasts = hold.action == .removal && hold.cause == .settings
        decisions.append((hold.name, isRight, members.map(\.key), lasts))
      }
      return decisions
    }
    for decision in decisions {
      note("\(decision.isRight ? "approve" : "reject") \(decision.name)")
      if decision.isRight {
        oracle.approve(decision.keys)
      } else {
        oracle.reject(decision.keys, untilFound: decision.lasts)
      }
    }
  }

  /// An admin ends the management of what isn't proved to be managed: it is everybody's to look at now.
  private func releaseUnproven() async throws {
    let keys = try await host.withLedger { ledger in
      let keys = Set(try await ledger.state().unproven.map(\.key))
      if !keys.isEmpty { try await ledger.release(keys, at: ledger.now()) }
      return keys.sorted()
    }
    for key in keys {
      note("release \(key)")
      oracle.release(key)
    }
  }

  /// Notes what the ledger has, to explain a violation.
  private func noteLedger() async throws {
    SimulatedDisk.restart(losingPower: false)
    let lines = try await host.withLedger { ledger in
      let state = try await ledger.state(at: ledger.now())
      let objects = state.objects.map { object in
        "ledger: \(object.key) of \(object.entry)\(object.unproven.map { ", unproven: \($0.reason)" } ?? "")"
          + (object.absence.map { ", \($0)" } ?? "")
      }
      return objects + state.inDoubt.map { "ledger: in doubt: \($0.call) of \($0.entry)" }
        + state.knownForeign.map { "ledger: foreign: \($0.key)" }
        + state.refusals.map { "ledger: refused: \($0.item.key) of \($0.entry): \($0.answer.status)" }
        + state.backoffs.map { "ledger: back-off: \($0)" }
    }
    for line in lines + conflicts { note(line) }
    for person in host.directory.people.values.sorted(by: { $0.id < $1.id }) { note("directory: \(person)") }
    for (number, origin) in oracle.extensions.sorted(by: { $0.key < $1.key }) { note("PBX: \(number) \(origin)") }
  }

  // MARK: - The end

  /// Days without faults, until nothing is sent.
  private func comeToRest() async throws {
    if oracle.isFrozen { try await freeze() }
    host.useFilter(isNarrow: false)
    var quiet = 0
    for day in 0..<20 {
      host.clock.pass(86_400)
      elapsed += 86_400
      note("quiet day \(day)")
      try await decide()
      try await releaseUnproven()
      try await run(isFaulty: false)
      let sent = host.network.handled.contains { $0.call.done > 0 }
      quiet = sent ? 0 : quiet + 1
      if quiet == 4 + settings.graceDays {
        let inDoubt = try await host.withLedger { try await $0.state().inDoubt }
        let keys = Set(inDoubt.map(\.call.key))
        if conflictCount == 0, let key = keys.min() { throw Violation(.comesToRest, "\(key) is still in doubt") }
        return try oracle.checkAtRest(host.directory.people, waiting: keys, hasConflicts: conflictCount > 0)
      }
    }
    throw Violation(.comesToRest, "after 20 days requests are still sent")
  }
}

extension HostSettings {
  init(by random: inout SplitMix64) {
    func one<Value>(of values: Value...) -> Value { values[Int.random(in: 0..<values.count, using: &random)] }
    people = one(of: 6, 6, 12, 24)
    completeReads = one(of: 1, 2, 3)
    graceDays = one(of: 1, 1, 3)
    maxCount = 2
    handover = one(of: "update", "recreate")
    probe = one(of: "auto", "auto", "never")
    maxInFlight = one(of: 1, 4)
    checks = Settings.Checks.allCases[Int.random(in: 0..<Settings.Checks.allCases.count, using: &random)]
    batch = one(of: .inOrder, .atomic)
    parameters = one(of: "query", "form")
    shared = one(of: "conflict", "conflict", "first")
    hasGuests = one(of: true, false)
  }
}

extension RequestFault {
  private static let played: [Fault.Kind] = [
    .cutBefore, .cutAfter, .cutReply, .error500, .http500, .exception, .html, .empty, .wrongJSON, .unknownCode,
    .keyExpired, .halfBatch, .bom, .httpStatus,
  ]

  /// The fault of the run's n-th request; nil for none.
  ///
  /// - Parameter rate: one in so many requests has a fault; 0 for none.
  init?(_ index: Int, seed: UInt64, rate: Int) {
    var random = SplitMix64(state: seed &+ UInt64(index) &* 0x9E37_79B9)
    guard rate > 0, Int.random(in: 0..<rate, using: &random) == 0 else { return nil }
    switch Int.random(in: 0..<10, using: &random) {
    case 0: self = .unreachable
    case 1: self = .killBefore
    case 2: self = .killAfter
    default: self = .played(Self.played[Int.random(in: 0..<Self.played.count, using: &random)])
    }
  }
}
