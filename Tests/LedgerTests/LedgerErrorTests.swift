import Domain
import Foundation
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A ledger's error` {
  @Test(arguments: [
    LedgerError.Kind.missing, .notReadable, .notWritable, .diskFull, .corrupt, .newerVersion(found: 9, known: 1),
    .olderVersion(found: 0, known: 1), .busy, .contradiction, .other,
  ])
  func `names the file, the operation, the cause and a remedy`(kind: LedgerError.Kind) {
    let error = LedgerError(
      kind, path: "/var/lib/pbxsyncd/ledger.sqlite", code: 13, operation: "ending run 7", detail: "that cause")
    #expect(error.remedy.contains("/var/lib/pbxsyncd/ledger.sqlite") || kind == .missing)
    for part in [error.path, "while ending run 7", "that cause", "SQLite 13", error.remedy] {
      #expect(error.description.contains(part))
    }
  }

  @Test func `says who waits when another process keeps the file locked`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let other = try Database(folder.ledger, for: .writing)
    try other.run("BEGIN IMMEDIATE")
    let error = await #expect(throws: LedgerError.self) { try await ledger.beginRun() }
    #expect(error?.kind == .busy)
    #expect(error?.operation == "beginning a run")
    try other.run("ROLLBACK")
    _ = try await ledger.beginRun()
  }

  @Test func `reports a value that an edit by hand left behind`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.settle(.add(ada), .refused(ada.refusal), in: ledger.beginRun())
    try Database(folder.ledger, for: .writing).run("UPDATE refusals SET verdict = 'nonsense'")
    let error = await #expect(throws: LedgerError.self) { try await ledger.state() }
    #expect(error?.kind == .corrupt)
    #expect(error?.detail.contains("verdict") == true)
  }
}
