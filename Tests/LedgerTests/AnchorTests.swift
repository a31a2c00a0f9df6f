import Domain
import Foundation
import Platform
import TestSupport
import Testing

@testable import Ledger

extension TemporaryFolder {
  /// Makes a ledger as a process leaves it that is killed: its log isn't taken in.
  func makeKilledLedger() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = self.ledger as String] in
      let ledger = try Ledger(path: path)
      let run = try await ledger.beginRun()
      try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
      _ = try await ledger.recordIntents([Call.add(bob).intent], in: run)
      raise(SIGKILL)
    }
  }

  var anchor: String { ledger + "-anchor" }

  func flip(_ file: String, _ place: Int, bit: UInt8 = 0) throws {
    var bytes = try bytes(of: file)
    bytes[place] ^= 1 << bit
    try bytes.write(to: URL(filePath: file))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The anchor` {
  @Test func `is for its owner alone, and rises with each transaction`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    #expect(permissions(of: folder.anchor) == 0o600)
    let first = try #require(try Anchor(of: folder.ledger))
    _ = try await ledger.beginRun()
    let second = try #require(try Anchor(of: folder.ledger))
    #expect(second.commits == first.commits + 1)
    #expect(try await ledger.name() == second.ledger)
  }

  @Test func `notices a flip of each of its own bytes`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let sound = try bytes(of: folder.anchor)
    for place in sound.indices {
      try folder.flip(folder.anchor, place, bit: UInt8(place % 8))
      #expect(#expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }?.kind == .behind)
      try sound.write(to: URL(filePath: folder.anchor))
    }
    #expect(try await Ledger(path: folder.ledger).state().objects == [ada.owned()])
  }

  @Test func `has a ledger refused that is an older copy of itself`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let older = try bytes(of: folder.ledger)
    do {
      let ledger = try Ledger(path: folder.ledger)
      try await ledger.settle(.delete(ada.key), .gone(ada.key), in: ledger.beginRun())
    }
    try older.write(to: URL(filePath: folder.ledger))
    for open in [
      { try Ledger(path: folder.ledger) }, { try Ledger(reopening: folder.ledger) },
      { try Ledger(readingFrom: folder.ledger) }, { try Ledger(uncheckedAt: folder.ledger) },
    ] {
      #expect(#expect(throws: LedgerError.self) { try open() }?.kind == .behind)
    }
    #expect(#expect(throws: LedgerError.self) { try Ledger.quiescentGeneration(at: folder.ledger) }?.kind == .behind)
    #expect(try bytes(of: folder.ledger) == older)
  }

  @Test func `is in the newest backup too, which reveals files that were replaced together`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let files = ["", "-anchor"].map { folder.ledger + $0 }
    let older = try files.map { try bytes(of: $0) }
    let backup: String
    do {
      let ledger = try Ledger(path: folder.ledger)
      try await ledger.settle(.delete(ada.key), .gone(ada.key), in: ledger.beginRun())
      backup = try await ledger.backUp(at: ledger.now())
    }
    for (file, bytes) in zip(files, older) { try bytes.write(to: URL(filePath: file)) }
    for suffix in ["-wal", "-shm"] { removeFile(folder.ledger + suffix) }
    for open in [{ try Ledger(path: folder.ledger) }, { try Ledger(readingFrom: folder.ledger) }] {
      let error = #expect(throws: LedgerError.self) { try open() }
      #expect(error?.kind == .behind && error?.remedy.contains(backup) == true)
    }
    _ = try Ledger.restore(folder.ledger, from: backup, at: 7)
    #expect(try await Ledger(path: folder.ledger).state().objects == [])
    for file in files { removeFile(file) }
    #expect(
      #expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }?.kind == .behind, "no new one is made")
    #expect(!fileExists(folder.ledger))
    #expect(Ledger.exists(at: folder.ledger), "a reader reports the same, and no new installation")
    #expect(#expect(throws: LedgerError.self) { try Ledger(readingFrom: folder.ledger) }?.kind == .behind)
  }

  @Test func `is remembered by a process whose ledger is replaced while it runs`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let files = ["", "-anchor"].map { folder.ledger + $0 }
    let older = try files.map { try bytes(of: $0) }
    let seen: Anchor
    do {
      let ledger = try Ledger(path: folder.ledger)
      try await ledger.settle(.delete(ada.key), .gone(ada.key), in: ledger.beginRun())
      seen = try await ledger.anchor()
    }
    _ = try Ledger(reopening: folder.ledger, after: seen)
    for (file, bytes) in zip(files, older) { try bytes.write(to: URL(filePath: file)) }
    for suffix in ["-wal", "-shm"] { removeFile(folder.ledger + suffix) }
    for open in [
      { try Ledger(path: folder.ledger, after: seen) }, { try Ledger(path: folder.ledger) },
    ] {
      #expect(#expect(throws: LedgerError.self) { try open() }?.kind == .behind)
    }
    for file in files { removeFile(file) }
    #expect(#expect(throws: LedgerError.self) { try Ledger(path: folder.ledger, after: seen) }?.kind == .behind)
  }

  @Test func `is missed, and so is its ledger`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let (ledger, anchor) = (try bytes(of: folder.ledger), try bytes(of: folder.anchor))
    removeFile(folder.anchor)
    #expect(#expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }?.kind == .behind)
    try anchor.write(to: URL(filePath: folder.anchor))
    removeFile(folder.ledger)
    #expect(#expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }?.kind == .behind)
    #expect(#expect(throws: LedgerError.self) { try Ledger(readingFrom: folder.ledger) }?.kind == .behind)
    #expect(!fileExists(folder.ledger))
    try Data().write(to: URL(filePath: folder.ledger))
    #expect(#expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }?.kind == .behind)
    try ledger.write(to: URL(filePath: folder.ledger))
    #expect(try await Ledger(path: folder.ledger).state().objects == [ada.owned()])
  }

  @Test func `may be older than the ledger, as after a power cut`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let older = try bytes(of: folder.anchor)
    do { _ = try await Ledger(path: folder.ledger).beginRun() }
    try older.write(to: URL(filePath: folder.anchor))
    #expect(try await Ledger(path: folder.ledger).state().objects == [ada.owned()])
  }

  @Test func `has a ledger refused whose log lost its end`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeKilledLedger()
    let log = folder.ledger + "-wal"
    let (sound, size) = (try bytes(of: log), try bytes(of: log).count)
    let expected = LedgerState(owned: [ada.owned()], inDoubtCalls: [])
    var random = SplitMix64(state: 42)
    var refusals = 0
    for _ in 0..<300 {
      try folder.flip(log, Int.random(in: 0..<size, using: &random), bit: UInt8.random(in: 0..<8, using: &random))
      removeFile(folder.ledger + "-shm")
      do {
        // What is read is all that was committed.
        let state = try await Ledger(uncheckedAt: folder.ledger).state()
        #expect(state.objects == expected.objects && state.inDoubt.count == 1)
      } catch {
        #expect(error.kind == .behind || error.kind == .corrupt, "\(error)")
        refusals += 1
      }
      try sound.write(to: URL(filePath: log))
    }
    #expect(refusals > 200)
    #expect(try await Ledger(path: folder.ledger).state().objects == expected.objects)
  }

  @Test func `never alarms a reader while a writer works`() async throws {
    let folder = try TemporaryFolder()
    let writer = try Ledger(path: folder.ledger)
    let path = folder.ledger
    try await withThrowingTaskGroup { group in
      group.addTask { for _ in 0..<200 { _ = try await writer.beginRun() } }
      group.addTask { for _ in 0..<200 { _ = try Ledger.quiescentGeneration(at: path) } }
      try await group.waitForAll()
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A restored ledger` {
  private func prepare(_ folder: borrowing TemporaryFolder) async throws -> String {
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    let backup = try await ledger.backUp(at: 1_000_000)
    try await ledger.settle(.add(bob), .holds(bob.owned(), replacing: nil), in: try await ledger.beginRun(), at: 77)
    return backup
  }

  @Test func `says what it doesn't know, and proves nothing`() async throws {
    let folder = try TemporaryFolder()
    let backup = try await prepare(folder)
    let done = try Ledger.restore(folder.ledger, from: backup, at: 2_000_000)
    #expect(done.missingRuns == 1)
    #expect(done.missing.map(\.key) == [bob.key])
    #expect(done.unproven == 1)
    #expect(done.lastRunAt == 1)
    #expect(try await Ledger(path: folder.ledger).state().objects == [restored(ada, at: 2_000_000)])
  }

  @Test func `may be itself, where it lost its last transactions`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeKilledLedger()
    let log = folder.ledger + "-wal"
    try folder.flip(log, try bytes(of: log).count - 2000)
    removeFile(folder.ledger + "-shm")
    #expect(#expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }?.kind == .behind)
    _ = try Ledger.restore(folder.ledger, from: folder.ledger, at: 2_000_000)
    #expect(try await Ledger(path: folder.ledger).state().unproven == [restored(ada, at: 2_000_000)])
  }

  @Test func `isn't mistaken for what was there before`() async throws {
    let folder = try TemporaryFolder()
    let backup = try await prepare(folder)
    let earlier = try #require(try Ledger.restore(folder.ledger, from: backup, at: 2_000_000).earlier)
    try FileManager.default.removeItem(atPath: folder.ledger)
    try FileManager.default.copyItem(atPath: earlier, toPath: folder.ledger)
    #expect(#expect(throws: LedgerError.self) { try Ledger(path: folder.ledger) }?.kind == .behind)
  }

  @Test(arguments: ["restore-drafted", "restore-linked", "restore-begun", "restore-cleared", "restore-placed"])
  func `is whole or refused when the restore is killed`(step: String) async throws {
    let folder = try TemporaryFolder()
    let backup = try await prepare(folder)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = folder.ledger as String, backup = backup as String, step = step as String] in
      _ = unsafe setenv("PBXSYNCD_CRASH_AT", "\(step):1", 1)
      _ = try Ledger.restore(path, from: backup, at: 2_000_000)
    }
    do {
      let owned = try await Ledger(path: folder.ledger).state().objects
      #expect(Set(owned) == [ada.owned(), bob.owned()])
    } catch {
      #expect(error.kind == .behind)
      #expect("\(error)".contains("a restore was interrupted"))
    }
    _ = try Ledger.restore(folder.ledger, from: backup, at: 3_000_000)
    #expect(try await Ledger(path: folder.ledger).state().objects == [restored(ada, at: 3_000_000)])
  }
}
