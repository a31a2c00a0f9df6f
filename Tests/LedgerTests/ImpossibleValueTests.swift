import Domain
import TestSupport
import Testing

@testable import Ledger

/// Values that an edit by hand may leave: the pages are intact then.
@Suite(.timeLimit(.minutes(15))) struct `A value that no ledger holds` {
  @Test(arguments: [
    "meta SET time = 9223372036854775807", "meta SET time = -9223372036854775807",
    "meta SET wall = -9223372036854775807",
    "meta SET boottime = 9007199254740993", "intents SET registered_number = '7'",
    "objects SET absence_reason = 'missing', absence_since = 9223372036854775807, absence_reads = 1",
    "objects SET absence_reason = 'missing', absence_since = 1, absence_reads = 9223372036854775807",
  ])
  func `is refused`(edit: String) async throws {
    let folder = try TemporaryFolder()
    do {
      let ledger = try Ledger(path: folder.ledger)
      let run = try await ledger.beginRun()
      try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
      _ = try await ledger.recordIntents([Call.update(ada, knownAs: ada.number).intent], in: run)
    }
    try Database(folder.ledger, for: .writing).execute(
      script: "PRAGMA ignore_check_constraints = ON; UPDATE \(edit)")
    let error = await #expect(throws: LedgerError.self) { try await Ledger(readingFrom: folder.ledger).state() }
    #expect(error?.kind == .corrupt, "\(String(describing: error))")
  }
}
