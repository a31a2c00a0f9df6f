import Domain
import Foundation
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `An intent` {
  static let everyCall: [Call] = [
    .add(ada), .update(ada, knownAs: "1815"), .delete(ada.key),
    .add(bob), .update(bobMoved, knownAs: "+4930901"), .update(bob, knownAs: "+4930901"), .delete(bob.key),
  ]

  @Test func `comes back as a call in doubt with its whole call, in the order given`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let numbers = try await ledger.recordIntents(Self.everyCall.map(\.intent), in: ledger.beginRun())
    #expect(numbers == numbers.sorted())
    #expect(try await ledger.state().inDoubt.map(\.intent) == numbers)
    #expect(try await ledger.state().inDoubt.map(\.call) == Self.everyCall)
    #expect(try await ledger.state().inDoubt.map(\.dn) == Self.everyCall.map(\.intent.dn))
    #expect(try await ledger.state().inDoubt.map(\.entry) == Self.everyCall.map(\.intent.entry))
  }

  @Test func `outlives the process that is killed right after`() async throws {
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.ledger as String] in
      let ledger = try Ledger(path: path)
      _ = try await ledger.recordIntents(Self.everyCall.map(\.intent), in: ledger.beginRun())
      kill(getpid(), SIGKILL)
    }
    // First a reader, that must find its way through the log without being able to write.
    #expect(try await Ledger(readingFrom: folder.ledger).state().inDoubt.map(\.call) == Self.everyCall)
    let ledger = try Ledger(path: folder.ledger)
    #expect(try await ledger.state().inDoubt.map(\.call) == Self.everyCall)
    #expect(try await ledger.runs(last: 1).first?.end == nil)
  }

  @Test func `is in the files when the call returns`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    _ = try await ledger.recordIntents(Self.everyCall.map(\.intent), in: ledger.beginRun())
    // What a power cut would leave: the files as they are now, without the memory that processes share.
    let copy = folder.path + "/copy.sqlite"
    try FileManager.default.copyItem(atPath: folder.ledger, toPath: copy)
    for part in ["-wal", "-anchor"] {
      try FileManager.default.copyItem(atPath: folder.ledger + part, toPath: copy + part)
    }
    #expect(try await Ledger(path: copy).state().inDoubt.map(\.call) == Self.everyCall)
  }

  @Test func `of an unknown run is refused, with all that were given with it`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let error = await #expect(throws: LedgerError.self) {
      try await ledger.recordIntents([Call.add(ada).intent, Call.add(bob).intent], in: RunID(7))
    }
    #expect(error?.kind == .contradiction)
    #expect(try await ledger.state().inDoubt == [])
  }

  @Test func `never gets a number that another had`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let first = try await ledger.recordIntents([Call.add(ada).intent], in: ledger.beginRun())[0]
    try Database(folder.ledger, for: .writing).run("DELETE FROM intents")
    let second = try await ledger.recordIntents([Call.add(ada).intent], in: ledger.beginRun())[0]
    #expect(second > first)
  }
}
