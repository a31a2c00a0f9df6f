import Domain
import Foundation
import Platform
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A full disk` {
  /// Intends a hundred calls at a time until the ledger refuses; returns how many were taken, and why no more.
  static func fill(_ path: String) async throws -> (taken: Int, refusal: LedgerError?) {
    let ledger = try Ledger(path: path)
    let run = try await ledger.beginRun()
    var taken = 0
    while taken < 100_000 {
      do {
        taken += try await ledger.recordIntents(Array(repeating: Call.add(ada).intent, count: 100), in: run).count
      } catch {
        // What is there can still be read, and the ledger is none the worse.
        #expect(try await ledger.state().inDoubt.count == taken)
        return (taken, error)
      }
    }
    return (taken, nil)
  }

  @Test(.enabled(if: MemoryDisk.isPossible))
  func `is reported apart, and nothing is half-written`() async throws {
    let folder = try TemporaryFolder()
    try #require(MemoryDisk.mount(at: folder.path))
    defer { MemoryDisk.unmount(folder.path) }
    let (taken, refusal) = try await Self.fill(folder.ledger)
    #expect(refusal?.kind == .diskFull)
    #expect(taken > 0)
    #expect(try await Ledger(readingFrom: folder.ledger).state().inDoubt.count == taken)
  }

  @Test(.enabled(if: MemoryDisk.isPossible), arguments: ["known.sqlite", "new.sqlite"])
  func `is reported apart when not even opening is possible`(name: String) throws {
    let folder = try TemporaryFolder()
    try #require(MemoryDisk.mount(at: folder.path))
    defer { MemoryDisk.unmount(folder.path) }
    _ = try Database.opening(folder.path + "/known.sqlite")
    exhaust(folder.path + "/filler")
    let error = #expect(throws: LedgerError.self) { try Ledger(path: folder.path + "/" + name) }
    #expect(error?.kind == .diskFull)
  }

  @Test(.enabled(if: MemoryDisk.isPossible))
  func `is no obstacle to reading what was left complete`() throws {
    let folder = try TemporaryFolder()
    try #require(MemoryDisk.mount(at: folder.path))
    defer { MemoryDisk.unmount(folder.path) }
    let path = folder.path + "/what?50%#.sqlite"
    _ = try Database.opening(path)
    exhaust(folder.path + "/filler")
    let database = try Database.openingToRead(path)
    #expect(try database.rows("SELECT count(*) FROM runs") { row throws(LedgerError) in try row.next() as Int } == [0])
    #expect(throws: LedgerError.self) { try database.run("DELETE FROM runs") }
  }

  @Test(.enabled(if: MemoryDisk.isPossible))
  func `is the copy's where that has no room, and no part of it is left`() async throws {
    let folder = try TemporaryFolder()
    let full = try TemporaryFolder()
    try #require(MemoryDisk.mount(at: full.path))
    defer { MemoryDisk.unmount(full.path) }
    let ledger = try Ledger(path: folder.ledger)
    exhaust(full.path + "/filler")
    let copy = full.path + "/copy.sqlite"
    let error = await #expect(throws: LedgerError.self) { try await ledger.backUp(to: copy) }
    #expect(error?.kind == .diskFull && error?.path == copy, "\(error?.description ?? "")")
    #expect(files(in: full.path) == ["filler"])
  }

  /// Before it is full: what a run has sent must be recorded.
  @Test(.enabled(if: MemoryDisk.isPossible)) func `lets nothing be sent while there may be too little room`() throws {
    let folder = try TemporaryFolder()
    try #require(MemoryDisk.mount(at: folder.path, kibibytes: 4096))
    defer { MemoryDisk.unmount(folder.path) }
    let ledger = try Ledger(path: folder.ledger)
    let error = #expect(throws: LedgerError.self) { try ledger.checkRoom() }
    #expect(error?.kind == .diskFull && error?.description.contains("KiB are free, and nothing is sent") == true)
    try #require(MemoryDisk.resize(folder.path, kibibytes: 16_384))
    try ledger.checkRoom()
  }

  @Test func `is the same as a limit on the size of files`() async throws {
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .success) { [path = folder.ledger as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 800_000, rlim_max: 800_000)
      try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let (taken, refusal) = try await Self.fill(path)
      #expect(refusal?.kind == .diskFull)
      try Data("\(taken)".utf8).write(to: URL(filePath: path + ".taken"))
    }
    // With room again, all that was taken is there and no more, and the work goes on.
    let taken = try #require(Int(String(decoding: bytes(of: folder.ledger + ".taken"), as: UTF8.self)))
    #expect(taken > 0)
    let ledger = try Ledger(path: folder.ledger)
    #expect(try await ledger.state().inDoubt.count == taken)
    _ = try await ledger.recordIntents([Call.add(bob).intent], in: ledger.beginRun())
  }
}

/// Writes a file until there is no room left.
private func exhaust(_ path: String) {
  let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
  defer { close(file) }
  let zeros = [UInt8](repeating: 0, count: 4096)
  while unsafe write(file, zeros, zeros.count) > 0 {}
}
