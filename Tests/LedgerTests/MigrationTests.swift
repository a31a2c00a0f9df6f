import Domain
import Foundation
import TestSupport
import Testing
import Text

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `The ledger's version` {
  @Test func `is brought from nothing to the newest`() throws {
    let folder = try TemporaryFolder()
    _ = try Ledger(path: folder.ledger)
    #expect(try Database(folder.ledger, for: .reading).inspect() == migrations.count)
  }

  /// Each release's ledger, with an object in it, is brought to this one's.
  @Test(arguments: 1..<migrations.count)
  func `is brought to the newest from any earlier one, and nothing is lost`(version: Int) async throws {
    let folder = try TemporaryFolder()
    try Database.createNew(folder.ledger)
    do {
      let database = try Database(folder.ledger, for: .writing)
      try database.migrate(from: 0, through: Array(migrations.prefix(version)))
      try database.execute(
        script: """
          INSERT INTO objects (kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership,
            created_at, updated_at, absence_reason, absence_since, absence_reads)
          VALUES ('extension', '1815', 'Ada', 'Lovelace', 'ada@example.com', '+441815', '',
            'entry-1815', 'uid=1815', 'created', 1, 2, NULL, NULL, NULL)
          """)
      // What was loaded is known since then.
      if version >= 12 { try database.execute(script: "INSERT INTO limit_marks VALUES ('extension', 'addition', 0)") }
      if version >= anchoredVersion { try database.anchor().save(beside: folder.ledger) }
    }
    let ledger = try Ledger(path: folder.ledger)
    #expect(try await ledger.state() == .migrated)
    #expect(try await ledger.counts() == [.extension: 1])
    let allocation = Allocation("2000", to: EntryID("e"), dn: "uid=e", pool: "people", at: 3)
    try await ledger.apply([.allocate(allocation)], at: 3)
    #expect(try await ledger.state().allocations == [allocation])
  }

  /// The column is replaced by another.
  @Test func `keeps why an object is unproven, and takes every reason`() async throws {
    let folder = try TemporaryFolder()
    try Database.createNew(folder.ledger)
    let reasons: [Unproven.Reason] = [.answerLost, .ledgerRestored, .pbxReplaced, .lossDenied, .notInBackup]
    do {
      let database = try Database(folder.ledger, for: .writing)
      try database.migrate(from: 0, through: Array(migrations.prefix(20)))
      for (index, reason) in reasons.prefix(3).enumerated() {
        try database.execute(
          script: """
            INSERT INTO objects (kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership,
              created_at, updated_at, unproven_reason, unproven_since)
            VALUES ('extension', '100\(index)', 'Ada', '', '', '', '', 'e\(index)', 'uid=e', 'created', 1, 2,
              '\(reason.rawValue)', 7)
            """)
      }
      try database.anchor().save(beside: folder.ledger)
    }
    let ledger = try Ledger(path: folder.ledger)
    let objects = try await ledger.state().objects.sorted { $0.key < $1.key }
    #expect(objects.map { $0.unproven?.reason } == reasons.prefix(3).map(Optional.some))
    #expect(objects.allSatisfy { $0.unproven?.hasOtherValues == false })
    for reason in reasons { try await ledger.apply([.seen(objects[0].unproven(reason, since: 9))], at: 9) }
    #expect(try await ledger.state().objects.contains(objects[0].unproven(.notInBackup, since: 9)))
    #expect(try await ledger.verify() == [])
  }

  /// Each template had a line of its own, without its source.
  @Test func `keeps the templates behind a held set`() async throws {
    let folder = try TemporaryFolder()
    try Database.createNew(folder.ledger)
    do {
      let database = try Database(folder.ledger, for: .writing)
      try database.migrate(from: 0, through: Array(migrations.prefix(33)))
      try database.execute(
        script: """
          INSERT INTO holds (name, kind, reason, since, action, templates) VALUES ('a', 'extension', 'many', 7, 'update',
            'email was none and is now {mail}' || char(10) || 'last_name was {sn} and is now {sn | upper}');
          INSERT INTO holds (name, kind, reason, since) VALUES ('b', 'extension', 'many', 7);
          """)
      try database.anchor().save(beside: folder.ledger)
    }
    let ledger = try Ledger(path: folder.ledger)
    let holds = try await ledger.holds().sorted { $0.name < $1.name }
    #expect(
      holds.map(\.templates) == [
        [
          TemplateChange(of: .email, in: "", from: "none", to: "{mail}"),
          TemplateChange(of: .lastName, in: "", from: "{sn}", to: "{sn | upper}"),
        ], [],
      ])
    let second = TemplateChange(of: .lastName, in: "people", from: "{sn | upper}", to: "{sn} X")
    #expect(
      TemplateChange.joined(holds[0].templates, [second])
        == [holds[0].templates[0], TemplateChange(of: .lastName, in: "people", from: "{sn}", to: "{sn} X")])
    #expect(try await ledger.verify() == [])
  }

  /// The digests of the steps that were released, which no later release may edit.
  private static let released = [
    "3e97838cc5ab1a1f", "90fae834de5d4c59", "8999bd1d50deff27", "e253b5b0aac824d0", "bdad94fd2551ac31",
  ]

  @Test func `is brought to by the very steps that were released`() {
    #expect(migrations.prefix(Self.released.count).map { digest($0) } == Self.released)
  }

  /// A ledger as that release left it, with a row in each table.
  @Test(arguments: ["0.1.0"])
  func `is brought to the newest from a release's own file, and nothing is lost`(release: String) async throws {
    let folder = try TemporaryFolder()
    let dump = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Ledgers/\(release).sql")
    try Database.createNew(folder.ledger)
    let script = try String(contentsOf: dump, encoding: .utf8)
    try Database(folder.ledger, for: .writing, areChecked: false).execute(script: script)

    let time = MovingClock(at: 1_795_100_000)
    let ledger = try Ledger(path: folder.ledger, clock: time.clock)
    let state = try await ledger.state()
    // What was to come, by a clock that was ahead, begins now.
    let now = ledger.now()
    #expect(now == 1_795_100_000)
    #expect(
      state.objects == [
        ada.owned(), bob.owned(ownership: .adopted, absence: Absence(.missing, since: now, reads: 1)),
      ])
    #expect(state.formerHolders.map(\.at) == [now])
    #expect(state.backoffs.map(\.nextAt) == [now])
    #expect(state.inDoubt.map(\.intent) == [12])
    #expect(state.refusals.map(\.since) == [1_795_000_006])
    #expect(state.allocations.map(\.number) == ["2000"])
    #expect(state.adoptions.isEmpty, "it was given more than a day ago")
    #expect(try await ledger.name() == "0123456789abcdef")
    #expect(try await ledger.holds().map(\.since) == [now])
    #expect(try await ledger.runs(last: 9).map(\.id) == [RunID(7)])
    #expect(try await ledger.outcomes(of: RunID(7)).map(\.outcomeName) == [.holds, .inDoubt])
    #expect(try await ledger.lastReads().complete?.entries == 2)
    #expect(try await ledger.verify() == [])
  }

  @Test func `is refused when it is newer, and the file left as it is`() throws {
    let folder = try TemporaryFolder()
    _ = try Ledger(path: folder.ledger)
    try Database(folder.ledger, for: .writing).execute(script: "PRAGMA user_version = 99")
    let before = try bytes(of: folder.ledger)
    for open in [{ try Ledger(path: folder.ledger) }, { try Ledger(readingFrom: folder.ledger) }] {
      let error = #expect(throws: LedgerError.self) { try open() }
      #expect(error?.kind == .newerVersion(found: 99, known: migrations.count))
    }
    #expect(try bytes(of: folder.ledger) == before)
  }

  @Test func `is all that is looked at when it is opened again`() async throws {
    let folder = try TemporaryFolder()
    #expect(throws: LedgerError.self) { try Ledger(reopening: folder.ledger) }
    let ledger = try Ledger(path: folder.ledger)
    let generation = try await ledger.generation()
    #expect(try await Ledger(reopening: folder.ledger).generation() == generation)
    try Database(folder.ledger, for: .writing).execute(script: "PRAGMA user_version = 1")
    let error = #expect(throws: LedgerError.self) { try Ledger(reopening: folder.ledger) }
    #expect(error?.kind == .olderVersion(found: 1, known: migrations.count))
  }

  @Test func `can't be brought up to date by a reader`() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.ledger))
    let error = #expect(throws: LedgerError.self) { try Ledger(readingFrom: folder.ledger) }
    #expect(error?.kind == .olderVersion(found: 0, known: migrations.count))
  }

  @Test func `stays whole when a step fails in the middle`() throws {
    let folder = try TemporaryFolder()
    _ = try Ledger(path: folder.ledger)
    let known = migrations.count
    let database = try Database(folder.ledger, for: .writing)
    let steps = migrations + ["CREATE TABLE half (a TEXT) STRICT; CREATE TABLE half (a TEXT) STRICT"]
    #expect(throws: LedgerError.self) { try database.migrate(from: known, through: steps) }
    #expect(try database.inspect() == known)
    let halves: Int = try database.value(of: "SELECT count(*) AS count FROM sqlite_schema WHERE name = 'half'")
    #expect(halves == 0)
  }
}
