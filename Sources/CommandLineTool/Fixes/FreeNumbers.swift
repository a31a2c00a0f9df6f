import Configuration
import Directory
import Domain
import Ledger
import Sync

/// Extension numbers that no entry has, wants or means and that may be used, the lowest first; each is returned once.
struct FreeNumbers {
  private let policy: NumberPolicy
  private var claims: NumbersInUse
  private let ranges: [NumberRange]

  /// - Parameter meant: the meaning of the entries' values, even if the entries aren't mapped.
  init(_ setup: CompiledConfiguration, _ preview: RunPreview, meant: NumbersInUse) {
    self.init(
      setup.configuration.numbers.policy, in: setup.extensionRanges, preview.state, preview.read.reading, preview.plan,
      meant: meant, at: preview.ledger.now())
  }

  /// - Parameters:
  ///   - known: the ranges of extensions; empty for those around the numbers in use.
  ///   - now: by the ledger's time, in which quarantines end.
  init(
    _ policy: NumberPolicy, in known: [NumberRange], _ state: LedgerState, _ reading: ReadResult, _ plan: Plan,
    meant: NumbersInUse,
    at now: Timestamp
  ) {
    self.policy = policy
    claims = meant
    var used: [(ObjectKey, EntryID?)] = state.objects.map { ($0.key, $0.entry) }
    used += state.allocations.map { ($0.key, $0.entry) }
    used += reading.wanted.map { ($0.item.key, $0.entry) }
    used += plan.changes.map { ($0.call.key, $0.entry) }
    let quarantined = state.formerHolders.filter { $0.at + policy.rest > now }.map(\.key)
    let closed =
      state.refusals.map(\.item.key) + quarantined + state.inDoubt.map(\.call.key)
      + state.adoptions.map(\.key) + state.knownForeign.map(\.key)
    used += closed.map { ($0, nil) }
    for (key, entry) in used where key.kind == .extension { claims.add(key.number, of: entry) }
    for number in reading.reserved { claims.add(number.number, of: number.entry) }
    ranges = known.isEmpty ? Self.ranges(around: used.map(\.0)) : known
  }

  /// Without known ranges: from the lowest to the highest used number of each length.
  private static func ranges(around keys: [ObjectKey]) -> [NumberRange] {
    let numbers = Set(keys.filter { $0.kind == .extension }.map(\.number))
    return Dictionary(grouping: numbers, by: \.utf8.count).sorted { $0.key < $1.key }.compactMap { _, numbers in
      guard let first = numbers.min(), let last = numbers.max() else { return nil }
      let end = String(repeating: "9", count: last.utf8.count)
      return NumberRange("\(first)-\(last == end ? last : end)")
    }
  }

  /// Assigns it to the entry.
  mutating func reserve(_ number: String, for entry: EntryID) { claims.add(number, of: entry) }

  /// Whether an entry may have the number, and no other claims it.
  func isFree(_ number: String, for entry: EntryID) -> Bool {
    !policy.isProtected(number) && !policy.isOutOfRange(ObjectKey(.extension, number))
      && !policy.isEmergency(number)
      && claims.isFree(number, for: entry)
  }

  /// All numbers that no other entry may have, whatever range they are in.
  var claimed: Set<String> { Set(claims.numbers) }

  /// The lowest unclaimed number that `fits`; nil if there is none.
  ///
  /// - Parameter parts: the ranges that come into question; nil for all.
  func lowest(in parts: [NumberRange]? = nil, where fits: (String) -> Bool) -> String? {
    let within = parts.map { parts in ranges.flatMap { parts.compactMap($0.intersection) } } ?? ranges
    for range in within.sorted(by: { ($0.first.utf8.count, $0.first) < ($1.first.utf8.count, $1.first) }) {
      var number = range.first
      // If none of the first few fits, the template makes no such numbers from the entry.
      var misfits = 0
      while misfits < 5 {
        if isFree(number, for: Self.nobody) {
          if fits(number) { return number }
          misfits += 1
        }
        guard let next = range.number(after: number) else { break }
        number = next
      }
    }
    return nil
  }

  private static let nobody = EntryID("")
}
