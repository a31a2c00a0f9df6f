import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `A drop in a source's entries` {
  private func record(_ entries: Int?, in ledger: Ledger) async throws {
    var report = certificate(entries: entries ?? 100, incomplete: entries.map { "only \($0)" })
    if entries == nil { report.searches[0].previousEntries = nil }
    try await ledger.record(report, for: try await ledger.beginRun())
  }

  @Test func `waits for an admin, whose last word counts until a complete read or another drop`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    try await record(3, in: ledger)
    let search = try #require(try await ledger.drops().first?.search)
    #expect(search.entries == 3 && search.previousEntries == 9)
    #expect(try await ledger.drops().map(\.decision) == [nil])
    #expect(try await ledger.drops().map(\.isOpen) == [true])
    try await ledger.reject(search)
    #expect(try await ledger.drops().map(\.decision) == [.rejected])
    try await ledger.accept(search)
    #expect(try await ledger.drops().map(\.decision) == [.approved])
    #expect(try await ledger.drops().map(\.isOpen) == [false])
    #expect(try await ledger.acceptedDrops() == [search.query: 3])
    try await ledger.reject(search)
    #expect(try await ledger.drops().map(\.decision) == [.rejected])
    #expect(try await ledger.acceptedDrops() == [:])
    try await ledger.accept(search)
    try await record(2, in: ledger)
    #expect(try await ledger.drops().map(\.decision) == [nil], "fewer than an admin accepted")
    try await record(3, in: ledger)
    #expect(try await ledger.drops().map(\.decision) == [.approved])
    try await record(nil, in: ledger)
    #expect(try await ledger.drops().isEmpty)
    #expect(try await ledger.acceptedDrops() == [:])
    try await record(3, in: ledger)
    #expect(try await ledger.drops().map(\.decision) == [nil])
  }
}
