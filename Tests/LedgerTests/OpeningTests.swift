import Domain
import Foundation
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `Opening a ledger` {
  @Test func `makes one that its owner alone can read`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    _ = try await ledger.beginRun()
    for file in [folder.ledger, folder.ledger + "-wal", folder.ledger + "-shm"] {
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(file)")
    }
    #expect(try await ledger.state() == LedgerState())
  }

  @Test func `asks SQLite to keep what it promises`() throws {
    let folder = try TemporaryFolder()
    let database = try Database.opening(folder.ledger)
    #expect(try database.value(of: "PRAGMA synchronous") as Int == 2)
    #expect(try database.value(of: "PRAGMA foreign_keys") as Int == 1)
    #expect(try database.value(of: "PRAGMA journal_mode") as String == "wal")
  }

  @Test func `finds again what it was reported before`() async throws {
    let folder = try TemporaryFolder()
    do {
      let ledger = try Ledger(path: folder.ledger)
      try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: ledger.beginRun())
    }
    #expect(try await Ledger(path: folder.ledger).state() == LedgerState(owned: [ada.owned()]))
  }

  @Test func `takes an empty file for a new ledger`() async throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.ledger))
    #expect(try await Ledger(path: folder.ledger).state() == LedgerState())
  }

  @Test func `goes on after a power cut in the first transaction`() async throws {
    let folder = try TemporaryFolder()
    do {
      try Data().write(to: URL(filePath: folder.path + "/made"))
      // A small cache, so that pages are in the file before the commit.
      let database = try Database(folder.path + "/made", for: .writing)
      try database.execute(
        script: """
          PRAGMA cache_size = 1; BEGIN; CREATE TABLE filler (text);
          WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200)
          INSERT INTO filler SELECT hex(zeroblob(500)) FROM numbers
          """)
      for suffix in ["", "-journal"] {
        try FileManager.default.copyItem(atPath: folder.path + "/made" + suffix, toPath: folder.ledger + suffix)
      }
    }
    #expect(try await Ledger(path: folder.ledger).state() == LedgerState())
  }

  @Test(arguments: [
    "hello", String(repeating: "not a database ", count: 1000), "SQLite format 3\0",
    "SQLite format 3\0" + String(repeating: "x", count: 8000),
  ])
  func `refuses a file that isn't a database and leaves it as it is`(text: String) throws {
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: URL(filePath: folder.ledger))
    let error = #expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }
    #expect(error?.kind == .corrupt)
    #expect(try bytes(of: folder.ledger) == Data(text.utf8))
  }

  @Test func `refuses another program's database and leaves it as it is`() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.ledger))
    try Database(folder.ledger, for: .writing).execute(script: "CREATE TABLE favourites (url TEXT)")
    let before = try bytes(of: folder.ledger)
    let error = #expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }
    #expect(error?.kind == .corrupt)
    #expect(try bytes(of: folder.ledger) == before)
  }

  @Test func `refuses a damaged ledger and moves nothing from its log into it`() async throws {
    let folder = try TemporaryFolder()
    let copy = folder.path + "/copy.sqlite"
    do {
      let ledger = try Ledger(path: folder.ledger)
      let run = try await ledger.beginRun()
      _ = try await ledger.recordIntents(Array(repeating: Call.add(ada).intent, count: 2000), in: run)
    }
    do {
      // Open again, so that the last run is only in the WAL while both files are copied.
      let ledger = try Ledger(path: folder.ledger)
      _ = try await ledger.beginRun()
      try FileManager.default.copyItem(atPath: folder.ledger, toPath: copy)
      try FileManager.default.copyItem(atPath: folder.ledger + "-wal", toPath: copy + "-wal")
    }
    var damaged = try bytes(of: copy)
    damaged.replaceSubrange(40_960..<81_920, with: Data(repeating: 0xA5, count: 40_960))
    try damaged.write(to: URL(filePath: copy))
    let log = try bytes(of: copy + "-wal")
    #expect(!log.isEmpty)

    for open in [{ try Ledger(path: copy) }, { try Ledger(readingFrom: copy) }] {
      let error = #expect(throws: LedgerError.self) { try open() }
      #expect(error?.kind == .corrupt)
    }
    #expect(try bytes(of: copy) == damaged)
    #expect(try bytes(of: copy + "-wal") == log)
  }

  @Test(arguments: ["/nowhere/ledger.sqlite", "/file/ledger.sqlite"])
  func `says that it can't be written where there is no place for it`(place: String) throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.path + "/file"))
    let path = folder.path + place
    let error = #expect(throws: LedgerError.self) { try Ledger(path: path) }
    #expect(error?.kind == .notWritable)
    #expect(error?.path == path)
  }
}

/// As nobody, where root runs the tests: root may do anything.
private func loseRights() throws {
  if geteuid() == 0 { try #require(setuid(65_534) == 0) }
}

@Suite(.timeLimit(.minutes(15))) struct `Opening a ledger in a folder that may not be written` {
  private func readOnlyFolder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try Ledger(path: folder.ledger)
    try #require(unsafe chmod(folder.ledger, 0o444) == 0)
    try #require(unsafe chmod(folder.path, 0o555) == 0)
    return folder
  }

  @Test func `says so to a writer`() async throws {
    let folder = try readOnlyFolder()
    await #expect(processExitsWith: .success) { [path = folder.ledger as String] in
      try loseRights()
      let error = #expect(throws: LedgerError.self) { try Ledger(path: path) }
      #expect(error?.kind == .notWritable)
    }
  }

  @Test func `says so to a reader`() async throws {
    let folder = try readOnlyFolder()
    await #expect(processExitsWith: .success) { [path = folder.ledger as String] in
      try loseRights()
      let error = #expect(throws: LedgerError.self) { try Ledger(readingFrom: path) }
      #expect(error?.kind == .notReadable)
    }
  }

  @Test func `says so to a reader of a file that is another's`() async throws {
    let folder = try readOnlyFolder()
    try #require(unsafe chmod(folder.ledger, 0) == 0)
    await #expect(processExitsWith: .success) { [path = folder.ledger as String] in
      try loseRights()
      let error = #expect(throws: LedgerError.self) { try Ledger(readingFrom: path) }
      #expect(error?.kind == .notReadable)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Opening a ledger to read` {
  @Test func `says that there is none`() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: LedgerError.self) { try Ledger(readingFrom: folder.ledger) }
    #expect(error?.kind == .missing)
    #expect(!FileManager.default.fileExists(atPath: folder.ledger))
  }

  @Test func `sees what the writer committed, and refuses to write`() async throws {
    let folder = try TemporaryFolder()
    let writer = try Ledger(path: folder.ledger)
    let run = try await writer.beginRun()
    let reader = try Ledger(readingFrom: folder.ledger)
    try await writer.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    #expect(try await reader.state().objects == [ada.owned()])
    let error = await #expect(throws: LedgerError.self) { try await reader.beginRun() }
    #expect(error?.kind == .notWritable)
    #expect(try await writer.runs(last: 9).count == 1)
  }

  @Test func `reads a ledger whose writer is gone`() async throws {
    let folder = try TemporaryFolder()
    do {
      let writer = try Ledger(path: folder.ledger)
      try await writer.settle(.add(bob), .holds(bob.owned(), replacing: nil), in: writer.beginRun())
    }
    #expect(try await Ledger(readingFrom: folder.ledger).state().objects == [bob.owned()])
  }

  @Test func `sees one moment while a writer works`() async throws {
    let folder = try TemporaryFolder()
    let writer = try Ledger(path: folder.ledger)
    let run = try await writer.beginRun()
    let path = folder.ledger
    // Each outcome stores an object and closes its intent: objects and open intents always add up to the same number.
    let total = 60
    let items = (0..<total).map { PBXObject.extension(Extension(number: "\(1000 + $0)", firstName: "N")) }
    let intents = try await writer.recordIntents(items.map { Call.add($0).intent }, in: run)
    try await withThrowingTaskGroup { group in
      group.addTask {
        for (intent, item) in zip(intents, items) {
          try await writer.recordOutcomes([
            RecordedOutcome(
              of: [intent], answer: CallResult(.accepted), outcome: .holds(item.owned(), replacing: nil), at: 2)
          ])
        }
      }
      group.addTask {
        let reader = try Ledger(readingFrom: path)
        var owned = 0
        while owned < total {
          let state = try await reader.state()
          #expect(state.objects.count + state.inDoubt.count == total)
          #expect(state.objects.count >= owned)
          owned = state.objects.count
        }
      }
      try await group.waitForAll()
    }
  }
}
