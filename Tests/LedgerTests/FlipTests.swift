import Domain
import Foundation
import TestSupport
import Testing

@testable import Ledger

/// Single bits of the ledger's files are flipped. `scripts/faults flips` does it ten thousand times.
@Suite(.timeLimit(.minutes(15))) struct `A flipped bit` {
  private func number(_ name: String, or other: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? other
  }

  @Test func `of ledger, log, shared state, anchor or backup is refused, or changes nothing`() async throws {
    let count = number("PBXSYNCD_FLIPS", or: 400)
    var random = SplitMix64(state: UInt64(number("PBXSYNCD_FLIPS_SEED", or: 1)))
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.ledger as String] in
      do {
        let ledger = try Ledger(path: path)
        let run = try await ledger.beginRun()
        for number in 1000..<1200 {
          let item = PBXObject.extension(Extension(number: "\(number)", firstName: "First", lastName: "Last \(number)"))
          try await ledger.settle(.add(item), .holds(item.owned(), replacing: nil), in: run)
        }
        try await ledger.backUp(to: path + "-copy")
      }
      let ledger = try Ledger(path: path)
      let run = try await ledger.beginRun()
      for number in 1100..<1110 {
        let item = PBXObject.extension(
          Extension(number: "\(number)", firstName: "First", lastName: "Changed \(number)"))
        try await ledger.settle(
          .update(item, knownAs: item.number), .holds(item.owned(), replacing: nil), in: run)
      }
      _ = try await ledger.recordIntents([Call.add(bob).intent], in: run)
      raise(SIGKILL)
    }
    let parts = ["", "-wal", "-shm", "-anchor", "-copy"]
    let sound = try parts.map { try bytes(of: folder.ledger + $0) }
    func reset() throws {
      for (part, bytes) in zip(parts, sound) { try bytes.write(to: URL(filePath: folder.ledger + part)) }
    }
    func state(_ part: String) async throws(LedgerError) -> LedgerState {
      if part == "-copy" {
        _ = try Ledger.restore(folder.ledger, from: folder.ledger + part, at: 7)
      }
      // What a run of the daemon looks at, then all.
      let known = try await Ledger(reopening: folder.ledger).state()
      let all = try await Ledger(path: folder.ledger).state()
      #expect(known == all)
      return all
    }
    var expected: [LedgerState] = []
    for part in parts {
      try reset()
      expected.append(try await state(part))
    }
    #expect(expected[0].objects.count == 200 && expected[0].inDoubt.count == 1 && expected[4].unproven.count == 200)

    var (noticed, harmless) = (Array(repeating: 0, count: parts.count), Array(repeating: 0, count: parts.count))
    for turn in 0..<count {
      let part = turn % parts.count
      try reset()
      var damaged = sound[part]
      let place = Int.random(in: damaged.indices, using: &random)
      damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try damaged.write(to: URL(filePath: folder.ledger + parts[part]))
      do throws(LedgerError) {
        let found = try await state(parts[part])
        #expect(found == expected[part], "byte \(place) of \"\(parts[part])\"")
        harmless[part] += 1
      } catch {
        #expect(error.kind == .corrupt || error.kind == .behind, "byte \(place) of \"\(parts[part])\": \(error)")
        noticed[part] += 1
      }
    }
    for (part, counts) in zip(parts, zip(noticed, harmless)) {
      print("ledger.sqlite\(part): \(counts.0 + counts.1) flipped, \(counts.0) refused, \(counts.1) without effect")
    }
    #expect(noticed[0] > 0 && noticed[1] > 0 && noticed[3] == count / parts.count && noticed[4] > 0)
  }
}
