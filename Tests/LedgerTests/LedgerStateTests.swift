import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `The ledger remembers` {
  @Test func `what may be adopted, until a managed object is there`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let adoptions = [AllowedAdoption(ada.key, item: ada), AllowedAdoption(bob.key)]
    try await ledger.allow(adoptions, at: ledger.now())
    #expect(Set(try await ledger.state().adoptions.map(\.item)) == [ada, nil])
    try await ledger.settle(.add(ada), .holds(ada.owned(ownership: .adopted), replacing: nil), in: run)
    #expect(try await ledger.state().adoptions.map(\.key) == [bob.key])
  }

  /// Nor are the values of a table believed again because the number is named again. What a table showed after a restore permits
  /// nothing, and stays.
  @Test func `what may be adopted for a day that passes, whatever the wall clock says`() async throws {
    let folder = try TemporaryFolder()
    let time = MovingClock()
    let ledger = try Ledger(path: folder.ledger, clock: time.clock)
    let start = ledger.now()
    let shown = AllowedAdoption(bobMoved.key, item: bobMoved, asItIs: true)
    try await ledger.allow([AllowedAdoption(ada.key, item: ada), AllowedAdoption(bob.key), shown], at: start)
    time.step(30 * 86_400)
    time.pass(86_399)
    #expect(Set(try await ledger.state().adoptions.map(\.until)) == [start + 86_400, nil])
    time.pass(1)
    #expect(try await ledger.state().adoptions == [shown])
    try await ledger.allow([AllowedAdoption(ada.key)], at: ledger.now())
    #expect(try await ledger.state().adoptions.first { $0.key == ada.key }?.item == .some(nil))
    // What an audit showed after a restore is an entry's if an admin says so, by its number or by a table.
    for adoption in [AllowedAdoption(bobMoved.key), AllowedAdoption(bobMoved.key, item: bobMoved)] {
      try await ledger.allow([adoption], at: ledger.now())
      let confirmed = try await ledger.state().adoptions.first { $0.key == bobMoved.key }
      #expect(confirmed?.item == bobMoved && confirmed?.isAsItIs == false)
    }
  }

  @Test func `whose a removed extension was, until its number is used again`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    try await ledger.settle(.delete(ada.key), .gone(ada.key), in: run, at: 77)
    #expect(
      try await ledger.state().formerHolders == [
        FormerHolder(ada, entry: ada.owned().entry, dn: ada.owned().dn, at: 77)
      ])
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    #expect(try await ledger.state().formerHolders == [])
  }

  @Test func `how many objects there are, whatever happens to them`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    for item in [ada, bob, ada] { try await ledger.settle(.add(item), .holds(item.owned(), replacing: nil), in: run) }
    #expect(try await ledger.counts() == [.extension: 1, .contact: 1])
    try await ledger.settle(.add(bobMoved), .holds(bobMoved.owned(), replacing: bob.key), in: run)
    #expect(try await ledger.counts() == [.extension: 1, .contact: 1])
    try await ledger.apply([.lost(bobMoved.key), .lost(bobMoved.key)], at: 5)
    #expect(try await ledger.counts() == [.extension: 1])
    try await ledger.settle(.delete(ada.key), .gone(ada.key), in: run)
    #expect(try await ledger.counts() == [:])
  }

  @Test func `how often an object failed, and backs off until it succeeds`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    for (failures, pause) in [(1, 60), (2, 120), (3, 240)] {
      try await ledger.recordFailures([ada.key: ChangeFailure("500 it hurts")], at: 1000)
      #expect(
        try await ledger.state().backoffs == [
          ChangeBackoff(ada.key, failures: failures, nextAt: 1000 + Timestamp(pause), message: "500 it hurts")
        ])
    }
    #expect(RetrySchedule.change.pause(after: 1000) == 86_400)
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    #expect(try await ledger.state().backoffs == [])
  }

  @Test func `how many mails an update without an answer may have sent, whatever its values`()
    async throws
  {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    func retry(_ count: Int) async throws -> Timestamp? {
      let failure = ChangeFailure("cut off", count: count, .mailingUpdate)
      return try await ledger.recordFailures([ada.key: failure], at: 0)[ada.key]
    }
    // The PBX accepts no connection; then an answer is lost, its retry too, and all later ones.
    var retries: [Timestamp?] = []
    for count in [0, 1, 0, 1, 0, 1, 1] { retries.append(try await retry(count)) }
    #expect(retries == [60, 3600, 3600, 86_400, 86_400, 86_400, 86_400])
  }

  @Test func `what an object was before each change, for a revert`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    var intent = Call.update(bobMoved, knownAs: bob.number).intent
    intent.before = bob.owned(ownership: .adopted, absence: Absence(.renumbered, since: 3, reads: 1))
    _ = try await ledger.recordIntents([intent, Call.add(ada).intent], in: run)
    #expect(try await ledger.outcomes(of: run).map(\.intent) == [intent, Call.add(ada).intent])
    #expect(try await ledger.pastCalls(for: ada.owned().entry).map(\.intent.call) == [.add(ada)])
    #expect(try await ledger.pastCalls(about: bob.number).map(\.intent) == [intent], "by the number that it had")
  }

  @Test func `falls that an admin believes, until a complete read has shown one`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let fallen = certificate(entries: 3).searches[0]
    try await ledger.accept(fallen)
    #expect(try await ledger.acceptedDrops() == [fallen.query: 3])
    try await ledger.record(certificate(entries: 3, incomplete: "a fall"), for: run)
    #expect(try await ledger.acceptedDrops() == [fallen.query: 3])
    try await ledger.record(certificate(entries: 3), for: run)
    #expect(try await ledger.acceptedDrops() == [:])
  }

  @Test func `when the first of what is set back is tried again, but for what a run has had in its hands`() async throws
  {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    #expect(try await ledger.recordFailures([ada.key: ChangeFailure("500")], at: 1000) == [ada.key: 1060])
    #expect(try await ledger.recordFailures([bob.key: ChangeFailure("500")], at: 1050) == [bob.key: 1110])
    #expect(try await ledger.nextTry() == 1060)
    #expect(try await ledger.nextTry(after: 1060) == 1110)
    #expect(try await ledger.nextTry(after: 1110) == nil)
    #expect(try await ledger.recordFailures([ada.key: ChangeFailure("500")], at: 1060) == [ada.key: 1180])
  }

  @Test func `where a daemon stood, for the next one alone`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    #expect(try await ledger.consumeCheckpoint() == nil)
    let checkpoint = Checkpoint(
      server: "ldap://a", cookies: ["dc=a": "rid=000", "dc=b": "rid=001"], mappingDigest: "0.1 x", generation: 7,
      readAt: 20,
      dueAt: nil)
    try await ledger.save(checkpoint)
    try await ledger.save(checkpoint)
    #expect(try await ledger.consumeCheckpoint() == checkpoint)
    #expect(try await ledger.consumeCheckpoint() == nil)
  }

  @Test func `its last read, and its last complete one`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    #expect(try await ledger.lastReads().any == nil)
    let (whole, half) = (certificate(entries: 30), certificate(entries: 3, incomplete: "the size limit was hit"))
    try await ledger.record(whole, for: run)
    try await ledger.record(half, for: run)
    #expect(try await ledger.lastReads().any == half)
    #expect(try await ledger.lastReads().complete == whole)
    #expect(try await ledger.markers() == [whole.marker])
  }
}
