import Domain
import TestSupport
import Testing

/// Directories that change at random, reads that are complete or not, and a second opinion on each removal that knows
/// nothing but what every read showed.
@Suite(.timeLimit(.minutes(15))) struct `Over a month of reads of any directory` {
  /// How long, and in how many complete reads, an entry hasn't wanted what it has.
  private struct Missed {
    var reads = 0
    var since: Timestamp
  }

  private struct Pair: Hashable {
    let key: ObjectKey
    let entry: EntryID
  }

  @Test(arguments: 0..<300)
  func `nothing is removed without the consensus, the time and the limits that the policy asks for`(seed: UInt64) {
    var random = SplitMix64(state: seed)
    var it = Case()
    it.removal = RemovalPolicy(
      completeReads: .random(in: 1...3, using: &random), after: .random(in: 0...20_000, using: &random),
      maxCount: .random(in: 0...3, using: &random), maxPercent: .random(in: 0...60, using: &random))
    it.numbers.protected = [NumberRange("103")].compactMap(\.self)
    var missed: [Pair: Missed] = [:]

    for _ in 0..<20 {
      it.now += .random(in: 0...10_000, using: &random)
      it.read(&random)
      for object in it.state.objects {
        let pair = Pair(key: object.key, entry: object.entry)
        if it.reading.wanted.contains(where: { $0.entry == pair.entry && $0.item.key == pair.key }) {
          missed[pair] = nil
        } else if it.reading.isComplete || it.reading.sighting(of: pair.entry, as: pair.key.kind) != nil {
          missed[pair, default: Missed(since: it.now)].reads += 1
        }
      }
      let plan = it.plan
      check(plan, it, missed)
      it.apply(plan)
    }
  }

  private func check(_ plan: Plan, _ it: Case, _ missed: [Pair: Missed]) {
    let removals = plan.changes.filter { $0.call.action == .delete }
    for removal in removals {
      let key = removal.call.key
      guard let missed = missed[Pair(key: key, entry: removal.entry)] else {
        Issue.record("\(key) is removed though \(removal.entry) wants it")
        continue
      }
      let sighting = it.reading.sighting(of: removal.entry, as: key.kind)
      #expect(sighting != nil || it.reading.isComplete, "unknown is not absent")
      #expect(sighting != .unmappable, "half mapped is not gone")
      #expect(sighting == .disabled || missed.reads >= it.removal.completeReads)
      #expect(it.now - missed.since >= it.removal.after)
      #expect(!it.numbers.isProtected(key.number))
    }
    for kind in ObjectKind.allCases {
      let count = removals.count { $0.call.key.kind == kind }
      let owned = it.state.objects.count { $0.key.kind == kind }
      #expect(count <= it.removal.maxCount && count * 100 <= it.removal.maxPercent * owned)
      // Entries hidden by changed search settings aren't among them, whatever the limits.
      #expect(removals.allSatisfy { $0.before?.absence?.change == nil })
    }
  }
}

extension Case {
  /// Another read: some people come, go, are disabled, get another number or can't be mapped. One read in five is
  /// incomplete, and one in ten has other search settings.
  fileprivate mutating func read(_ random: inout SplitMix64) {
    reading = ReadResult()
    if Int.random(in: 0..<5, using: &random) == 0 { reading.incomplete = "a page is missing" }
    if Int.random(in: 0..<10, using: &random) == 0 {
      reading.searchChanges = ObjectKind.allCases.map { SearchChange("the filter has changed", of: $0, at: now) }
    }
    for index in 0..<12 {
      for kind in ObjectKind.allCases {
        // Mostly the same number from read to read, or nothing would ever be missed for long.
        let shift = Int.random(in: 0..<6, using: &random) == 0 ? 1 : 0
        let number = String(100 + index + shift)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: break
        case 3: see("e\(index)", as: kind, .disabled)
        case 4: see("e\(index)", as: kind, .unmappable)
        default: want(kind == .extension ? person("n", number) : contact("n", number), "e\(index)")
        }
      }
    }
  }
}
