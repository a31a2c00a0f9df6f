import Domain
import Mapping
import Text

/// Finds the trunks of a directory's phone numbers: which digits are the company's, and which the extension's.
///
/// What shows the length of an extension, in this order: an internal number of the same entry, the last group of digits as it is written,
/// and a guess by the numbers alone, which is marked as one.
struct TrunkFinder {
  /// A phone number of an entry as it is written.
  struct Occurrence: Hashable, Sendable {
    let e164: String
    /// `WrittenForm.lastGroup`
    let lastGroup: Int
    /// Internal numbers of the same entry.
    let internalNumbers: [String]
    /// The value, if it has only digits, spaces and hyphens.
    var plainText: String?
  }

  enum Evidence: Hashable, Sendable { case internalNumbers, writing, guess, answer }

  private(set) var trunks: [TrunkNumbers] = []
  private(set) var evidence = Evidence.internalNumbers
  /// To which power of 10 blocks are rounded outwards, so that they don't overlap.
  private(set) var zeros = 5
  /// Trunks whose extensions are those of another one.
  private(set) var clashing: [TrunkNumbers] = []
  /// Phone numbers that would need a block of their own, and may be mistyped.
  private(set) var loners: [String] = []

  private let occurrences: [Occurrence]
  private let numbers: [String]

  /// - Parameter digits: the length of extensions, if an admin has said it.
  init(_ occurrences: [Occurrence], digits: Int? = nil) {
    // A number of several entries is a department's or the switchboard's.
    let counts = occurrences.map(\.e164).frequencies
    self.occurrences = occurrences.filter { (counts[$0.e164] ?? 0) <= 2 }
    numbers = Set(self.occurrences.map(\.e164)).sorted()
    if let digits {
      evidence = .answer
      trunks = byLength(digits)
    } else {
      find()
    }
    trunks = trunks.map(withWrittenStem).map { trunk in
      let (rest, alone) = trunk.withoutLoners
      loners += alone
      return rest
    }
    separate()
  }

  /// Adds the extensions of values that are internal numbers, or lack their area code.
  mutating func add(abbreviated forms: [WrittenForm]) {
    for index in trunks.indices {
      let trunk = trunks[index].trunk
      let ranges = trunks[index].insideRanges(zeros: zeros)
      for form in forms {
        let isLocal = !form.localDigits.isEmpty && trunk.area(of: form.localDigits) != nil
        let number = isLocal ? trunk.prefix + form.localDigits.suffix(trunk.digits) : form.internalNumber ?? ""
        if ranges.contains(where: { $0.contains(number) }) {
          trunks[index].abbreviated.insert(String(number.suffix(trunk.digits)))
        }
      }
    }
  }

  /// How many numbers make a trunk.
  private var threshold: Int { numbers.count < 6 ? max(1, numbers.count / 2) : max(3, numbers.count / 100) }

  private mutating func find() {
    let pairs = pairVotes
    let groups = groupVotes
    let byPairs = assign(pairs.merging(groups.mapValues { $0 / 5 }) { $0 + $1 }, among: Set(pairs.keys))
    if covers(byPairs, 0.5) {
      // Other trunks have no internal numbers beside them.
      let rest = Set(groups.keys).subtracting(pairs.keys)
      let all = byPairs + assign(groups, among: rest, without: byPairs)
      trunks = hasCollisions(all) ? byPairs : all
      return
    }
    let byGroups = assign(groups, among: Set(groups.keys))
    if !byGroups.isEmpty, numbers.count >= 3, !hasCollisions(byGroups), !beginsWithZero(byGroups) {
      (trunks, evidence) = (byGroups, .writing)
      return
    }
    evidence = .guess
    let tries = [4, 3, 5, 2].map { ($0, byLength($0)) }
    let best = tries.map { covered(by: $0.1) }.max() ?? 0
    trunks =
      tries.first { _, trunks in
        !trunks.isEmpty && covered(by: trunks) * 10 >= best * 8 && !hasCollisions(trunks) && !beginsWithZero(trunks)
      }?.1 ?? byGroups
  }

  /// By numbers of the same entries inside and outside: their common end is what is dialled straight through.
  private var pairVotes: [Trunk: Int] {
    var votes: [Trunk: Set<String>] = [:]
    for it in occurrences {
      for number in it.internalNumbers {
        let common = zip(it.e164.utf8.reversed(), number.utf8.reversed()).prefix { $0 == $1 }.count
        let others = number.utf8.count - common
        guard common >= 2, others == 0 || common >= 3 && others <= 3 else { continue }
        let trunk = Trunk(
          stem: String(it.e164.dropLast(common)), digits: common, prefix: String(number.prefix(others)))
        votes[trunk, default: []].insert(it.e164)
      }
    }
    // Other digits inside need more than a few coincidences.
    return votes.mapValues(\.count).filter { $0.key.prefix.isEmpty || $0.value >= 3 && $0.value * 10 >= numbers.count }
  }

  private var groupVotes: [Trunk: Int] {
    var votes: [Trunk: Set<String>] = [:]
    for it in occurrences where (2...6).contains(it.lastGroup) {
      let trunk = Trunk(stem: String(it.e164.dropLast(it.lastGroup)), digits: it.lastGroup, prefix: "")
      votes[trunk, default: []].insert(it.e164)
    }
    return votes.mapValues(\.count)
  }

  private func byLength(_ digits: Int) -> [TrunkNumbers] {
    let trunks = numbers.map { Trunk(stem: String($0.dropLast(digits)), digits: digits, prefix: "") }
    return assign(trunks.frequencies, among: Set(trunks))
  }

  /// Gives each number to the trunk with most votes that it can belong to; a trunk with few numbers is none.
  private func assign(
    _ votes: [Trunk: Int], among candidates: Set<Trunk>, without taken: [TrunkNumbers] = []
  ) -> [TrunkNumbers] {
    var rest = Set(numbers).subtracting(taken.flatMap { trunk in trunk.suffixes.map { trunk.trunk.stem + $0 } })
    let ordered = candidates.filter { (votes[$0] ?? 0) >= threshold }.sorted {
      (votes[$0] ?? 0, $0.digits, $1.stem, $1.prefix) > (votes[$1] ?? 0, $1.digits, $0.stem, $0.prefix)
    }
    var found: [TrunkNumbers] = []
    for trunk in ordered {
      let own = rest.filter { trunk.extension(of: $0) != nil }
      guard own.count >= threshold else { continue }
      rest.subtract(own)
      found.append(
        TrunkNumbers(trunk: trunk, suffixes: own.map { String($0.suffix(trunk.digits)) }.sorted()))
    }
    return found
  }

  private func covered(by trunks: [TrunkNumbers]) -> Int { trunks.reduce(0) { $0 + $1.suffixes.count } }

  private func covers(_ trunks: [TrunkNumbers], _ share: Double) -> Bool {
    !trunks.isEmpty && Double(covered(by: trunks)) >= Double(numbers.count) * share
  }

  /// Whether the same extension follows from several phone numbers of one site, whose trunks differ in their last digits: then the
  /// extension has more digits.
  private func hasCollisions(_ trunks: [TrunkNumbers]) -> Bool {
    let sites = Dictionary(grouping: trunks) { "\($0.trunk.digits) \($0.trunk.stem.dropLast(2))" }
    return sites.values.contains { trunks in
      let all = trunks.flatMap(\.extensions)
      return (all.count - Set(all).count) * 20 > all.count
    }
  }

  /// Whether many extensions begin with the digit of an outside line: then the extension has more digits.
  private func beginsWithZero(_ trunks: [TrunkNumbers]) -> Bool {
    let all = trunks.flatMap(\.extensions)
    return all.count { $0.hasPrefix("0") } * 20 > all.count
  }

  /// The most common writing of the digits before the extension.
  private func withWrittenStem(_ found: TrunkNumbers) -> TrunkNumbers {
    var counts: [String: Int] = [:]
    for it in occurrences {
      guard let text = it.plainText, text.hasPrefix("+"), found.trunk.extension(of: it.e164) != nil else { continue }
      var (stem, digits) = (text[...], found.trunk.digits)
      while digits > 0, let last = stem.popLast() { if last.isNumber { digits -= 1 } }
      while stem.last == " " || stem.last == "-" { stem.removeLast() }
      counts[String(stem), default: 0] += 1
    }
    var found = found
    found.writtenStem = counts.mostFrequentFirst.first?.key
    return found
  }

  /// Sets trunks aside whose extensions are another's too: without a rule nobody knows who has them. A few numbers among another
  /// trunk's are taken for mistakes.
  private mutating func separate() {
    var kept: [TrunkNumbers] = []
    for trunk in trunks.sorted(by: { ($0.suffixes.count, $1.trunk.stem) > ($1.suffixes.count, $0.trunk.stem) }) {
      let taken = Set(kept.flatMap(\.extensions))
      let own = trunk.withoutStrays(among: kept)
      if own.extensions.contains(where: taken.contains) { clashing.append(trunk) } else { kept.append(own) }
    }
    while let last = kept.last {
      if let found = Self.widths.first(where: { !Self.overlap(kept, zeros: $0) }) {
        zeros = found
        break
      }
      clashing.append(last)
      kept.removeLast()
    }
    trunks = kept
  }

  /// How far blocks are rounded outwards, the widest first.
  private static let widths = [5, 4, 3, 2, 1]

  private static func overlap(_ trunks: [TrunkNumbers], zeros: Int) -> Bool {
    let ranges = trunks.flatMap { $0.insideRanges(zeros: zeros) }
    return ranges.indices.contains { index in ranges[..<index].contains { $0.overlaps(ranges[index]) } }
  }
}
