import TestSupport
import Testing

/// Whatever changes in the directory, a run that maps a part of the entries leaves no change for a run that maps all.
@Suite(.timeLimit(.minutes(15))) struct `A run that maps a part of the directory` {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `makes the same changes as a run that maps all`(seed: UInt64) async throws {
    var company = ShiftingCompany(seed: seed)
    let it = try await Installation(company.everybody + partner("X", "+49 30 227 1"))
    try await it.sync()
    var partCount = 0
    for round in 0..<16 {
      let changes = company.change(in: round)
      try await it.slapd.modify(changes)
      let run = try await it.run(["--sync-now", "--debug"])
      if (run.output + run.errors).contains("unchanged except for") { partCount += 1 }
      // A dry run uses no digest.
      let rest = try await it.run(["--sync-now", "--dry-run"])
      #expect(rest.exitStatus == 0, "round \(round):\n\(changes)\n\(rest.output)")
    }
    #expect(partCount > 0)
  }
}

/// People who come, leave, are renamed, take each other's numbers and have none, and who are put right now and then.
private struct ShiftingCompany {
  private var random: SplitMix64
  private var present = Set(0..<12)
  /// Whose number isn't the one that they began with.
  private var moved: Set<Int> = []

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  var everybody: String { (0..<12).map { person("p\($0)", "\(1000 + $0)") }.joined() }

  /// What a round changes, as LDIF.
  mutating func change(in round: Int) -> String {
    if round.isMultiple(of: 4) {
      defer { moved = [] }
      return moved.intersection(present).sorted().map { number(of: $0, "\(1000 + $0)") }.joined() + rename(0, round)
    }
    return (0..<12).shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random))
      .map { change($0, round) }.joined()
  }

  private mutating func change(_ index: Int, _ round: Int) -> String {
    if present.insert(index).inserted {
      let lines = person("p\(index)", "\(1000 + index)").split(separator: "\n", maxSplits: 1)
      return "\(lines[0])\nchangetype: add\n\(lines[1])"
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0 where index > 0:
      present.remove(index)
      return "dn: \(uid("p\(index)"))\nchangetype: delete\n\n"
    case 1...2:
      moved.insert(index)
      return number(of: index, "\(Int.random(in: 1000...1019, using: &random))")
    case 3:
      moved.insert(index)
      return replace(uid("p\(index)"), "telephoneNumber", "none")
    default: return rename(index, round)
    }
  }

  private func rename(_ index: Int, _ round: Int) -> String {
    present.contains(index) ? replace(uid("p\(index)"), "sn", "Round \(round)") : ""
  }

  private func number(of index: Int, _ number: String) -> String {
    replace(uid("p\(index)"), "telephoneNumber", "+49 30 9018 \(number)")
  }
}
