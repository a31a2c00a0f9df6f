import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `The PBX of a ledger` {
  @Test func `is none at first, and stays as it was bound`() async throws {
    let folder = try TemporaryFolder()
    do {
      let ledger = try Ledger(path: folder.ledger)
      #expect(try await ledger.pbx() == "")
      try await ledger.bind(to: "https://pbx")
    }
    #expect(try await Ledger(readingFrom: folder.ledger).pbx() == "https://pbx")
  }

  @Test func `keeps its objects under a new address, and proves none of them once it was replaced`() async throws {
    let folder = try TemporaryFolder()
    try await folder.makeLedger()
    let ledger = try Ledger(path: folder.ledger)
    let generation = try await ledger.generation()
    try await ledger.bind(to: "https://new")
    #expect(try await ledger.state().objects == [ada.owned()])
    #expect(try await ledger.bind(toReplacement: "https://other", at: 9) == 1)
    #expect(try await ledger.state().objects == [ada.owned().unproven(.pbxReplaced, since: 9)])
    #expect(try await ledger.generation() > generation)
  }
}
