import Domain
import Ledger
import Platform
import Testing

@testable import Sync

private let hour: Timestamp = 3600

@Suite(.timeLimit(.minutes(15))) struct `Pending removals` {
  /// Extensions of which the first are missing since these times.
  private func state(_ absences: [Timestamp], of count: Int = 500, change: String? = nil) -> LedgerState {
    LedgerState(
      owned: (0..<count).map { index in
        ManagedObject(
          .extension(Extension(number: String(1000 + index), firstName: "A")), entry: EntryID("\(index)"),
          dn: "uid=\(index)",
          absence: index < absences.count ? Absence(.missing, since: absences[index], reads: 1, change: change) : nil)
      })
  }

  private func texts(_ state: LedgerState, _ policy: RemovalPolicy = RemovalPolicy(), at now: Timestamp = hour)
    -> [String]
  {
    state.removalMasses(beside: [], policy, at: now).map(\.text)
  }

  @Test func `that pass a limit are told before they are due, with the time`() {
    #expect(
      texts(state(Array(repeating: 0, count: 33)))
        == [
          "33 removals of extensions will be due at \(localTime(24 * hour)) and then be held: more than max_count = 25"
        ])
    #expect(texts(state(Array(repeating: 0, count: 25))) == [])
    #expect(texts(state([0, 0], of: 12)).first?.hasSuffix("more than max_percent = 10") == true)
  }

  @Test func `that are due one day after the other pass none`() {
    let daily = (0..<60).map { Timestamp($0 / 10) * 24 * hour }
    #expect(texts(state(daily), RemovalPolicy(after: 30 * 24 * hour), at: 6 * 24 * hour) == [])
    #expect(
      texts(state(daily + Array(repeating: 5 * 24 * hour, count: 20)), RemovalPolicy(after: 30 * 24 * hour)).count == 1)
  }

  @Test func `count with what was removed in the last day, and not if an admin decides on them anyway`() {
    var some = state(Array(repeating: 0, count: 20))
    #expect(texts(some) == [])
    some.recent[.removal] = Dictionary(
      uniqueKeysWithValues: (0..<6).map { (ObjectKey(.extension, "20\($0)"), LedgerState.Recent(made: 1)) })
    #expect(texts(some).count == 1)
    #expect(texts(state(Array(repeating: 0, count: 33), change: "0123456789abcdef")) == [])
  }
}
