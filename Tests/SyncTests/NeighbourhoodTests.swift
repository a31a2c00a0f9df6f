import Directory
import Domain
import Executor
import Ledger
import Platform
import Reconcile
import TestSupport
import Testing

@testable import Sync

/// The plan of what is affected is the plan of all: that is why a run needs to look at no more.
@Suite(.timeLimit(.minutes(15))) struct `A plan of what is affected` {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `is the plan of everything, whatever changes`(seed: UInt64) async throws {
    let it = try await RandomDirectory(seed: seed)
    for round in 0..<6 {
      try await it.change(round: round)
      let (whole, part) = (try await it.planOfAll(), try await it.planOfAffected())
      #expect(part.changesByKey == whole.changesByKey, "round \(round)")
      #expect(Set(part.conflicts) == Set(whole.conflicts), "round \(round)")
      #expect(part.pendingRemovals == whole.pendingRemovals, "round \(round)")
      #expect(part.held.map(\.name) == whole.held.map(\.name), "round \(round)")
      #expect(part.held.map(\.limit) == whole.held.map(\.limit), "round \(round)")
      #expect(Set(part.updates) == Set(whole.updates), "round \(round)")
      #expect(Set(part.alsoUsers) == Set(whole.alsoUsers), "round \(round)")
      #expect(part.overflow == whole.overflow, "round \(round)")
      try await it.apply(part)
    }
  }
}

extension Plan {
  fileprivate var changesByKey: [String] { changes.map { "\($0.call) for \($0.entry) \($0.cause)" }.sorted() }
}

/// A directory and a ledger, small enough that numbers collide often.
private final class RandomDirectory {
  private let folder: TemporaryFolder
  private let lock: LockFile
  private let ledger: Ledger
  private var random: SplitMix64
  private var directory: [SourcePlace: [EntryID: MappedEntry]] = [:]
  private let policy: Policy
  private let settings: [SourcePlace: UInt64]
  private var now: Timestamp
  /// How many parts were planned.
  private(set) var partCount = 0
  /// Whether new people may be planned part by part.
  private var isInFirstLoad = true

  init(seed: UInt64) async throws {
    folder = try TemporaryFolder()
    lock = try LockFile(path: folder.path + "/lock")
    ledger = try Ledger(path: folder.path + "/ledger.sqlite", under: lock)
    random = SplitMix64(state: seed)
    now = ledger.now()
    let sharing: [PhonebookPolicy.Sharing] = [.conflict, .first, .company(firstName: "Firm")]
    policy = Policy(
      numbers: NumberPolicy(handover: seed % 4 == 1 ? .recreate : .update),
      removal: RemovalPolicy(completeReads: 2, after: 0, maxCount: 6, maxPercent: 60),
      update: ChangeLimits(maxCount: 5, maxPercent: 100), addition: ChangeLimits(maxCount: 8, maxPercent: 100),
      phonebook: [
        PhonebookPolicy(
          sharing: sharing.randomElement(using: &random) ?? .conflict, skipsUsers: seed.isMultiple(of: 2)),
        PhonebookPolicy(),
      ],
      maxContacts: seed.isMultiple(of: 3) ? 9 : nil)
    let places = ObjectKind.allCases.flatMap { kind in (0..<2).map { SourcePlace(kind, $0) } }
    settings = Dictionary(places.map { ($0, 7) }) { first, _ in first }
    try await ledger.beginRead(with: settings, policy: 1)
  }

  /// Lets people come, leave and change, and records it as a complete read does.
  func change(round: Int) async throws {
    now += 3600
    if round == 3 { isInFirstLoad = false }
    var records: [EntryRecord] = []
    var missing: [EntryID] = []
    let count = round == 0 ? 40 : Int.random(in: 0...3, using: &random)
    for index in 0..<count {
      let entry = EntryID("e\(round == 0 ? index % 20 : Int.random(in: 0..<20, using: &random))")
      let kind: ObjectKind = Bool.random(using: &random) ? .extension : .contact
      let place = SourcePlace(kind, Int.random(in: 0..<2, using: &random))
      if round > 0, Int.random(in: 0..<4, using: &random) == 0 {
        if directory[place]?.removeValue(forKey: entry) != nil { missing.append(entry) }
        continue
      }
      let mapped = mapped(entry, place)
      directory[place, default: [:]][entry] = mapped
      records.append(EntryRecord(mapped, digest: random.next() & ~1, settings: 7))
    }
    // What is gone is taken out by the next read, to which all others are as they were.
    _ = try await ledger.store(records, in: Int64(round) + 1)
    let all = directory.flatMap { place, entries in entries.values.map { EntryRecord($0, digest: nil, settings: 7) } }
    _ = try await ledger.store(all, in: 1000 + Int64(round))
    try await ledger.removeMissing(from: 1000 + Int64(round), unseen: [], at: now)
  }

  private func mapped(_ entry: EntryID, _ place: SourcePlace) -> MappedEntry {
    let sightings: [Sighting] = [.mapped, .mapped, .mapped, .mapped, .mapped, .disabled, .unmappable, .withoutNumber]
    let sighting = sightings.randomElement(using: &random) ?? .mapped
    var mapped = MappedEntry(entry, dn: "uid=\(entry)", kind: place.kind, source: place.position, sighting)
    if sighting == .unmappable || sighting == .withoutNumber { mapped.partial = item("", place.kind) }
    if sighting != .mapped { return mapped }
    var numbers: Set<String> = []
    for _ in 0..<(place.kind == .extension ? 1 : 2) { numbers.insert("\(Int.random(in: 100..<118, using: &random))") }
    mapped.wanted = numbers.sorted().map { number in
      WantedObject(item(number, place.kind), entry: entry, dn: mapped.dn, source: place.position)
    }
    return mapped
  }

  private func item(_ number: String, _ kind: ObjectKind) -> PBXObject {
    let name = ["n1", "n2", "n3", "n4", "n5", "n6"].randomElement(using: &random) ?? ""
    switch kind {
    case .extension:
      let email = ["", "a@example.com", "b@example.com", "c@example.com"].randomElement(using: &random) ?? ""
      let callerID = ["", "110"].randomElement(using: &random) ?? ""
      return .extension(Extension(number: number, firstName: name, lastName: "L", email: email, callerID: callerID))
    case .contact:
      let company = ["", "Firm"].randomElement(using: &random) ?? ""
      return .contact(Contact(number: number, firstName: name, lastName: "L", company: company))
    }
  }

  func planOfAll() async throws -> Plan {
    var reading = ReadResult()
    for place in directory.keys.sorted(by: { ($0.kind, $0.position) < ($1.kind, $1.position) }) {
      for (_, mapped) in (directory[place] ?? [:]).sorted(by: { $0.key < $1.key }) { reading.add(mapped, "id") }
    }
    return plan(for: reading, remembering: try await ledger.state(at: now), by: policy, at: now)
  }

  /// Together, what the parts plan.
  func planOfAffected() async throws -> Plan {
    var all = RunReport()
    var updates: [LedgerUpdate] = []
    var parts = try await AffectedParts(of: ledger, [], policy, with: ReadResult(), identity: "id", at: now, size: 3)
    while let part = try await parts.next() {
      let plan = plan(for: part.reading, remembering: part.state, by: policy, at: now)
      all.add(plan)
      all.add(plan.changes)
      updates += plan.updates
      try await ledger.endPart(unsettled: nil, freed: [])
      partCount += 1
    }
    all.plan.updates = updates
    return all.plan
  }

  /// Has a PBX accept the whole plan, and unmarks the entries without open changes.
  func apply(_ plan: Plan) async throws {
    try await ledger.apply(plan.updates, at: now)
    try await ledger.store(holdsOf: plan, isComplete: true, templates: [:], at: now)
    let run = try await ledger.beginRun(RunStart(trigger: "sync-now", pid: 1, at: now))
    var result = ExecutionResult(of: plan.changes.count)
    for (index, change) in plan.changes.enumerated() {
      let intent = Intent(change.call, entry: change.entry, dn: change.dn, before: change.before, at: now)
      let number = try await ledger.recordIntents([intent], in: run)[0]
      let outcome: Outcome =
        change.call.item.map { item in
          .holds(ManagedObject(item, entry: change.entry, dn: change.dn), replacing: change.before?.key)
        } ?? .gone(change.call.key)
      try await ledger.recordOutcomes([
        RecordedOutcome(of: [number], answer: CallResult(.accepted), outcome: outcome, at: now)
      ])
      result.changeResults[index] = .init(outcome: outcome, answer: CallResult(.accepted))
    }
    if !isInFirstLoad { try await ledger.recordFirstLoad(of: [.extension, .contact], at: now) }
    _ = try await ledger.neighbourhood(of: .known(leaving: []), linksUsers: policy.linksUsers, at: now)
    try await ledger.endPart(unsettled: plan.unsettledEntries(after: result), freed: plan.freedKeys(after: result))
  }
}
