import Domain
import Foundation
import TestSupport
import Testing

@testable import Ledger

@Suite struct `The ledger's version` {
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
          INSERT INTO objects VALUES ('extension', '1815', 'Ada', 'Lovelace', 'ada@example.com', '+441815', '',
            'entry-1815', 'uid=1815', 'created', 1, 2, NULL, NULL, NULL)
          """)
    }
    let ledger = try Ledger(path: folder.ledger)
    #expect(try await ledger.memory() == .migrated)
    let allocation = Allocation("2000", to: EntryID("e"), dn: "uid=e", pool: "people", at: 3)
    try await ledger.take([.allocate(allocation)], at: 3)
    #expect(try await ledger.memory().allocations == [allocation])
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
