import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite struct `A held set of removals` {
  private let absence = Absence(.missing, since: 5, reads: 2)

  private func held(_ items: [Item]) -> Held {
    Held(
      kind: .extension, objects: items.map { $0.owned(absence: absence) }, owned: 2, limit: "more than max_count = 0")
  }

  private func ledger(_ folder: borrowing TemporaryFolder, owning items: [Item]) async throws -> Ledger {
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    for item in items {
      try await ledger.settle(.add(item), .holds(item.owned(absence: absence), replacing: nil), in: run)
    }
    return ledger
  }

  @Test func `is kept with its members until it is held no more`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    let set = held([ada])
    try await ledger.keep([set], removing: [], at: 30)
    try await ledger.keep([set], removing: [], at: 40)
    let hold = try #require(try await ledger.holds().first)
    #expect(hold.name == set.name && hold.since == 30 && hold.approvedAt == nil && hold.reason == set.limit)
    #expect(hold.members.map(\.key) == [ada.key] && hold.members.map(\.name) == ["Ada Lovelace"])
    try await ledger.keep([], removing: [], at: 50)
    #expect(try await ledger.holds() == [])
  }

  @Test func `gives place to another set of its kind, approved or not`() async throws {
    let folder = try TemporaryFolder()
    let grace = Item.extension(Extension(number: "1906", firstName: "Grace", lastName: "Hopper"))
    let ledger = try await ledger(folder, owning: [ada, grace])
    try await ledger.keep([held([ada])], removing: [], at: 30)
    #expect(try await ledger.approve(held([ada]).name, at: 31))
    try await ledger.keep([held([ada, grace])], removing: [], at: 40)
    #expect(try await ledger.holds().map(\.name) == [held([ada, grace]).name])
    #expect(try await ledger.memory().approvals == [])
    #expect(try await !ledger.approve(held([ada]).name, at: 41), "an approval of a set that has changed")
  }

  @Test func `stays approved while its removals are under way`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    try await ledger.keep([held([ada])], removing: [], at: 30)
    #expect(try await ledger.approve(held([ada]).name, at: 31))
    try await ledger.keep([], removing: [.extension], at: 40)
    let members: Set = [Approval.Member(ada.key, ada.owned().entry)]
    #expect(try await ledger.memory().approvals == [Approval(held([ada]).name, members)])
  }

  @Test func `when rejected begins its members' absence anew`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    try await ledger.keep([held([ada])], removing: [], at: 30)
    #expect(try await ledger.reject(held([ada]).name, at: 31))
    #expect(try await ledger.memory().owned == [ada.owned()])
    #expect(try await ledger.holds() == [])
    #expect(try await !ledger.reject(held([ada]).name, at: 32))
  }

  @Test func `moves the generation when it is decided on, so that a daemon wakes`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(folder, owning: [ada])
    try await ledger.keep([held([ada])], removing: [], at: 30)
    let before = try await ledger.generation()
    _ = try await ledger.approve(held([ada]).name, at: 31)
    let approved = try await ledger.generation()
    _ = try await ledger.reject(held([ada]).name, at: 32)
    #expect(before < approved)
    #expect(try await approved < ledger.generation())
  }
}
