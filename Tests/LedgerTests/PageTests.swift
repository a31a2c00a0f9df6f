import Domain
import Foundation
import Platform
import TestSupport
import Testing

@testable import Ledger

extension TemporaryFolder {
  /// Makes a ledger with an object in it, whose log is taken in.
  func makeLedger() async throws {
    let ledger = try Ledger(path: self.ledger)
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: ledger.beginRun())
  }

  /// Makes one as releases did before pages had checksums.
  func makeUncheckedLedger(version: Int = 5) throws {
    try Database.createNew(ledger)
    let database = try Database(ledger, for: .writing, areChecked: false)
    try database.execute(script: "PRAGMA journal_mode = WAL")
    try database.migrate(from: 0, through: Array(migrations.prefix(version)))
    try database.execute(
      script: """
        INSERT INTO objects (kind, number, first_name, last_name, email, caller_id, company, entry, dn, ownership,
          created_at, updated_at)
        VALUES ('extension', '1815', 'Ada', 'Lovelace', 'ada@example.com', '+441815', '', 'entry-1815', 'uid=1815',
          'created', 1, 2)
        """)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A page of the ledger` {
  @Test func `that isn't what was written is never read`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let sound = try bytes(of: folder.ledger)
    let expected = try await Ledger(readingFrom: folder.ledger).state()
    var random = SplitMix64(state: 1815)
    var refusals = 0
    for _ in 0..<400 {
      var damaged = sound
      let place = Int.random(in: damaged.indices, using: &random)
      damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try damaged.write(to: URL(filePath: folder.ledger))
      do {
        let state = try await Ledger(readingFrom: folder.ledger).state()
        #expect(state == expected, "byte \(place)")
      } catch {
        #expect(error.kind == .corrupt, "byte \(place): \(error)")
        refusals += 1
      }
    }
    #expect(refusals > 300)
  }

  @Test func `is refused instead of another`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    var damaged = try bytes(of: folder.ledger)
    let (third, fourth) = (damaged[8192..<12_288], damaged[12_288..<16_384])
    damaged.replaceSubrange(8192..<16_384, with: fourth + third)
    try damaged.write(to: URL(filePath: folder.ledger))
    let error = #expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }
    #expect(error?.kind == .corrupt)
    #expect(error?.description.contains("isn't what was written there") == true)
    #expect(try bytes(of: folder.ledger) == damaged)
  }

  @Test func `is refused when another program wrote it`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    try Database(folder.ledger, for: .writing, areChecked: false).execute(
      script: "PRAGMA journal_mode = DELETE; UPDATE objects SET number = '2071'")
    for open in [{ try Ledger(path: folder.ledger) }, { try Ledger(readingFrom: folder.ledger) }] {
      #expect(#expect(throws: LedgerError.self) { try open() }?.kind == .corrupt)
    }
  }

  @Test func `is refused also where nothing was looked at before`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    var damaged = try bytes(of: folder.ledger)
    damaged[4000] ^= 1
    try damaged.write(to: URL(filePath: folder.ledger))
    #expect(#expect(throws: LedgerError.self) { try Ledger(reopening: folder.ledger) }?.kind == .corrupt)
    #expect(#expect(throws: LedgerError.self) { try Ledger.quiescentGeneration(at: folder.ledger) }?.kind == .corrupt)
    #expect(try bytes(of: folder.ledger) == damaged)
  }

  @Test func `can be read by any SQLite`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let database = try Database(folder.ledger, for: .reading, areChecked: false)
    #expect(try database.value(of: "SELECT number FROM objects") as String == "1815")
    #expect(try database.value(of: "PRAGMA integrity_check") as String == "ok")
  }

  @Test func `of a backup has its checksum too`() async throws {
    let folder = try TemporaryFolder()
    let backup = try await Ledger(path: folder.ledger).backUp(at: 1_000_000)
    var damaged = try bytes(of: backup)
    damaged[damaged.count - 2000] ^= 0x40
    try damaged.write(to: URL(filePath: backup))
    let error = #expect(throws: LedgerError.self) { try Ledger.restore(folder.ledger, from: backup, at: 2_000_000) }
    #expect(error?.kind == .corrupt)
    #expect(try await Ledger(path: folder.ledger).state() == LedgerState())
  }
}

private func isChecked(_ path: String) throws -> Bool { try Database(path, for: .reading).isChecked }

@Suite(.timeLimit(.minutes(15))) struct `A ledger from before pages had checksums` {
  @Test(arguments: 1...5)
  func `gets them, and what was there is kept`(version: Int) async throws {
    let folder = try TemporaryFolder()
    try folder.makeUncheckedLedger(version: version)
    #expect(try await Ledger(path: folder.ledger).state() == .migrated)
    #expect(try isChecked(folder.ledger))
    let backup = try #require(Backup.all(of: folder.ledger).first)
    #expect(try !isChecked(backup))
    #expect(try Database(backup, for: .reading).inspect() == version)
    #expect(files(in: folder.path).sorted() == ["backups", "ledger.sqlite", "ledger.sqlite-anchor"])
  }

  @Test(arguments: 1...5)
  func `is read in a migrated copy while it waits, and stays as it is`(version: Int) async throws {
    let folder = try TemporaryFolder()
    try folder.makeUncheckedLedger(version: version)
    let before = try bytes(of: folder.ledger)
    #expect(try await Ledger(readingFrom: folder.ledger).state() == .migrated)
    #expect(try await Ledger(privateCopyOf: folder.ledger).state() == .migrated)
    #expect(try bytes(of: folder.ledger) == before)
  }

  @Test func `takes in what only its log has`() async throws {
    let folder = try TemporaryFolder()
    try folder.makeUncheckedLedger()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.ledger as String] in
      let database = try Database(path, for: .writing, areChecked: false)
      try database.execute(script: "UPDATE objects SET first_name = 'Augusta'")
      raise(SIGKILL)
    }
    #expect(try await Ledger(path: folder.ledger).state().objects.first?.item.name == "Augusta Lovelace")
  }

  @Test func `can be restored from`() async throws {
    let folder = try TemporaryFolder()
    try folder.makeUncheckedLedger()
    _ = try Ledger(path: folder.ledger)
    let backup = try #require(Backup.all(of: folder.ledger).first)
    _ = try Ledger.restore(folder.ledger, from: backup, at: 2_000_000)
    #expect(try await Ledger(path: folder.ledger).state().objects == [restored(ada, at: 2_000_000)])
    #expect(try isChecked(folder.ledger))
  }
}
