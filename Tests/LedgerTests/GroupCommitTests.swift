import Domain
import TestSupport
import Testing

@testable import Ledger

/// While the ledger is busy, others ask in this order; then it does all of it.
private func together<Value: Sendable>(
  _ ledger: Ledger, _ asking: [@Sendable () async throws -> Value]
) async throws -> [Result<Value, any Error>] {
  try await withThrowingTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
    let (busy, isBusy) = AsyncStream<Void>.makeStream()
    let isOver = Gate()
    group.addTask {
      await ledger.beBusy(isBusy, until: isOver)
      return (-1, .failure(CancellationError()))
    }
    for await _ in busy {}
    for (index, ask) in asking.enumerated() {
      group.addTask {
        do { return (index, .success(try await ask())) } catch { return (index, .failure(error)) }
      }
      try await eventually("caller \(index) waits") { ledger.groupCommit.isLed && ledger.groupCommit.count == index }
    }
    isOver.open()
    var results: [Int: Result<Value, any Error>] = [:]
    for try await (index, result) in group { results[index] = result }
    return asking.indices.compactMap { results[$0] }
  }
}

extension Ledger {
  /// Blocks the ledger's queue, as a slow disk does.
  fileprivate func beBusy(_ isBusy: AsyncStream<Void>.Continuation, until isOver: Gate) {
    isBusy.finish()
    isOver.wait()
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Work that is asked of the ledger at the same time` {
  @Test func `is committed at once, in the order of asking`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let items = (0..<6).map { PBXObject.extension(Extension(number: "\(1000 + $0)", firstName: "A")) }
    let results = try await together(
      ledger,
      items.map { item in { @Sendable in try await ledger.recordIntents([Call.add(item).intent], in: run) } })
    let numbers = try results.map { try $0.get()[0] }
    #expect(numbers == numbers.sorted())
    #expect(try await ledger.state().inDoubt.map(\.call) == items.map(Call.add))
    #expect(await ledger.groupCount == 1)
  }

  @Test func `is committed by itself where nobody else asks`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    for _ in 0..<3 { _ = try await ledger.recordIntents([Call.add(ada).intent], in: run) }
    #expect(await ledger.groupCount == 3)
  }

  @Test(arguments: 0..<4)
  func `fails alone where it contradicts, and the others are committed`(wrong: Int) async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let items = (0..<4).map { PBXObject.extension(Extension(number: "\(1000 + $0)", firstName: "A")) }
    var intents = try await ledger.recordIntents(items.map { Call.add($0).intent }, in: run)
    intents[wrong] = 99
    let results = try await together(
      ledger,
      zip(items, intents).map { item, intent in
        { @Sendable in
          try await ledger.recordOutcomes([
            RecordedOutcome(
              of: [intent], answer: CallResult(.accepted), outcome: .holds(item.owned(), replacing: nil), at: 9)
          ])
        }
      })
    for (index, result) in results.enumerated() {
      guard index == wrong else {
        #expect(throws: Never.self) { try result.get() }
        continue
      }
      let error = #expect(throws: LedgerError.self) { try result.get() }
      #expect(error?.kind == .contradiction)
      #expect(error?.operation == "committing 1 outcomes")
    }
    let rest = items.indices.filter { $0 != wrong }
    #expect(try await ledger.state().objects == rest.map { items[$0].owned() })
    #expect(try await ledger.state().inDoubt.map(\.call) == [.add(items[wrong])])
  }

  @Test func `fails whole where not even a transaction begins`() async throws {
    let folder = try TemporaryFolder()
    let run = try await Ledger(path: folder.ledger).beginRun()
    let ledger = try Ledger(readingFrom: folder.ledger)
    let results = try await together(
      ledger, (0..<3).map { _ in { @Sendable in try await ledger.recordIntents([Call.add(ada).intent], in: run) } })
    for result in results {
      let error = #expect(throws: LedgerError.self) { try result.get() }
      #expect(error?.kind == .notWritable)
    }
    #expect(await ledger.groupCount == 0)
  }

  @Test func `comes back to each caller, however many ask`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let numbers = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for caller in 0..<20 {
        group.addTask {
          var numbers: [Int64] = []
          for round in 0..<20 {
            let item = PBXObject.extension(Extension(number: "\(caller * 100 + round)", firstName: "A"))
            let number = try await ledger.recordIntents([Call.add(item).intent], in: run)[0]
            try await ledger.recordOutcomes([
              RecordedOutcome(
                of: [number], answer: CallResult(.accepted), outcome: .holds(item.owned(), replacing: nil), at: 9)
            ])
            numbers.append(number)
          }
          return numbers
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(numbers).count == 400)
    #expect(try await ledger.counts() == [.extension: 400])
    #expect(try await ledger.state().inDoubt == [])
    #expect(await ledger.groupCount <= 800)
  }
}
