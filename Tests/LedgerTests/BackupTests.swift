import Domain
import Foundation
import Platform
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A backup of the ledger` {
  private func ledger(_ folder: borrowing TemporaryFolder) async throws -> Ledger {
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    return ledger
  }

  @Test func `is made once a day, for its owner alone, and the newest are kept`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    let now = Clock.system.wall
    let first = try #require(try await ledger.backUpDaily(keeping: 2, at: now))
    #expect(try await ledger.backUpDaily(keeping: 2, at: now + 60) == nil)
    #expect(try FileManager.default.attributesOfItem(atPath: first)[.posixPermissions] as? Int == 0o600)
    let second = try #require(try await ledger.backUpDaily(keeping: 2, at: now + 100_000))
    let third = try #require(try await ledger.backUpDaily(keeping: 2, at: now + 200_000))
    #expect(Backup.all(of: folder.ledger, at: Clock.system.wall + 200_000) == [second, third])
  }

  @Test func `that an admin or a migration made is no part of the rotation`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    let now = ledger.now()
    let admins = try await ledger.backUp(at: now)
    let migrations = Backup.path(for: folder.ledger, at: now, note: "before-version-2")
    try await ledger.backUp(to: migrations)
    for day: Int64 in 0..<4 { try await ledger.backUpDaily(keeping: 1, at: now + day * 86_400) }
    let left = Set(Backup.all(of: folder.ledger, at: now + 5 * 86_400))
    #expect(left.count == 3)
    #expect(left.isSuperset(of: [admins, migrations]))
  }

  @Test func `is made each day that passes, whatever the wall clock says`() async throws {
    let folder = try TemporaryFolder()
    let time = MovingClock()
    func backUp() async throws -> String? {
      let ledger = try Ledger(path: folder.ledger, clock: time.clock)
      return try await ledger.backUpDaily(keeping: 2, at: ledger.now())
    }
    let first = try #require(try await backUp())
    time.step(10 * 365 * 86_400)
    #expect(try await backUp() == nil, "no day has passed")
    time.pass(86_400)
    #expect(try await backUp() != nil)
    time.step(-10 * 365 * 86_400)
    time.pass(86_400)
    let second = try #require(try await backUp())
    #expect(Backup.all(of: folder.ledger, at: time.clock.wall) == [first, second], "one of a time to come goes first")
    time.pass(86_400)
    let third = try #require(try await backUp())
    #expect(Backup.all(of: folder.ledger, at: time.clock.wall) == [second, third])
  }

  @Test func `has a name of its own, also within a second`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    let now = Clock.system.wall
    let first = try #require(try await ledger.backUpDaily(keeping: 7, at: now))
    let second = try await ledger.backUp(at: now)
    #expect(Backup.all(of: folder.ledger, at: Clock.system.wall + 200_000) == [first, second])
  }

  @Test func `isn't made where none are wanted`() async throws {
    let folder = try TemporaryFolder()
    #expect(try await ledger(folder).backUpDaily(keeping: 0, at: Clock.system.wall) == nil)
    #expect(Backup.all(of: folder.ledger, at: Clock.system.wall + 200_000) == [])
  }

  @Test func `never takes the place of a file that is there`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    let path = folder.path + "/letter"
    try Data("dear".utf8).write(to: URL(filePath: path))
    await #expect(throws: LedgerError.self) { try await ledger.backUp(to: path) }
    #expect(try bytes(of: path) == Data("dear".utf8))
  }

  @Test func `leaves nothing if a signal ends it`() async throws {
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .success) { [path = folder.path as String] in
      let ledger = try Ledger(path: path + "/ledger.sqlite")
      let run = try await ledger.beginRun()
      // Enough rows for the copy to look whether it is to end.
      _ = try await ledger.recordIntents(Array(repeating: Call.add(ada).intent, count: 20_000), in: run)
      Ledger.stopCopies()
      let error = await #expect(throws: LedgerError.self) { try await ledger.backUp(to: path + "/copy.sqlite") }
      #expect(error?.kind == .stopped && files(in: path).filter { $0.hasPrefix("copy") } == [])
    }
  }

  @Test func `is made before a migration, of what was there`() async throws {
    let folder = try TemporaryFolder()
    try Database.createNew(folder.ledger)
    try Database(folder.ledger, for: .writing).migrate(from: 0, through: [migrations[0]])
    _ = try Ledger(path: folder.ledger)
    let backup = try #require(Backup.all(of: folder.ledger, at: Clock.system.wall + 200_000).first)
    #expect(backup.hasSuffix("-before-version-\(migrations.count).sqlite"))
    #expect(try Database(backup, for: .reading).inspect() == 1)
  }

  @Test func `brings back all that was known, and keeps what it replaces`() async throws {
    let folder = try TemporaryFolder()
    let backup: String
    do {
      let ledger = try await ledger(folder)
      backup = try await ledger.backUp(at: 1_000_000)
      let run = try await ledger.beginRun()
      try await ledger.settle(.delete(ada.key), .gone(ada.key), in: run)
    }
    let aside = try #require(try Ledger.restore(folder.ledger, from: backup, at: 2_000_000).earlier)
    #expect(try await Ledger(path: folder.ledger).state().objects == [restored(ada, at: 2_000_000)])
    #expect(try await Ledger(readingFrom: aside).state().objects == [])
  }

  @Test func `takes the place of a ledger that is damaged or lost`() async throws {
    let folder = try TemporaryFolder()
    let backup = try await ledger(folder).backUp(at: 1_000_000)
    try Data("not a ledger at all, for sure".utf8).write(to: URL(filePath: folder.ledger))
    #expect(try Ledger.restore(folder.ledger, from: backup, at: 2_000_000).earlier != nil)
    #expect(try await Ledger(path: folder.ledger).state().objects == [restored(ada, at: 2_000_000)])
    removeFile(folder.ledger)
    #expect(try Ledger.restore(folder.ledger, from: backup, at: 3_000_000).earlier == nil)
    #expect(try await Ledger(path: folder.ledger).state().objects == [restored(ada, at: 3_000_000)])
  }

  @Test(arguments: ["", "this is a letter to my mother, and no ledger"])
  func `that isn't one is refused, and the ledger left as it is`(content: String) async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder)
    let path = folder.path + "/letter"
    try Data(content.utf8).write(to: URL(filePath: path))
    #expect(throws: LedgerError.self) { try Ledger.restore(folder.ledger, from: path, at: 2_000_000) }
    #expect(try await ledger.state().objects == [ada.owned()])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Verifying the ledger` {
  @Test func `finds nothing wrong with a sound one`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    _ = try await ledger.beginRun()
    #expect(try await ledger.verify() == [])
  }

  @Test func `finds a row whose run is missing`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.record(certificate(entries: 1), for: run)
    try Database(folder.ledger, for: .writing).execute(script: "PRAGMA foreign_keys = OFF; DELETE FROM runs")
    #expect(try await ledger.verify() == ["a row of reads belongs to a row of runs that isn't there"])
  }
}
