import Domain

/// Extension numbers that nobody has, wants, means or may not have, the lowest first; each is given once.
struct FreeNumbers {
  private let policy: NumberPolicy
  private var claims: NumberClaims
  private let ranges: [NumberRange]

  /// - Parameter meant: what the entries' values mean, whatever becomes of the entries.
  init(_ policy: NumberPolicy, _ outlook: Outlook, meant: NumberClaims) {
    self.init(policy, outlook.memory, outlook.pass.reading, outlook.plan, meant: meant)
  }

  init(_ policy: NumberPolicy, _ memory: Memory, _ reading: Reading, _ plan: Plan, meant: NumberClaims) {
    self.policy = policy
    claims = meant
    var used: [(Key, EntryID?)] = memory.owned.map { ($0.key, $0.entry) }
    used += memory.allocations.map { ($0.key, $0.entry) }
    used += reading.wanted.map { ($0.item.key, $0.entry) }
    used += plan.changes.map { ($0.call.key, $0.entry) }
    let closed =
      memory.refusals.map(\.item.key) + memory.freed.map(\.key) + memory.doubts.map(\.call.key)
      + memory.adoptions.map(\.key) + memory.knownForeign.map(\.key)
    used += closed.map { ($0, nil) }
    for (key, entry) in used where key.kind == .extension { claims.note(key.number, of: entry) }
    for number in reading.reserved { claims.note(number.number, of: number.entry) }
    ranges = policy.extensionRanges.isEmpty ? Self.ranges(around: used.map(\.0)) : policy.extensionRanges
  }

  /// Where no range is configured: from the lowest to the highest number of each length that is in use.
  private static func ranges(around keys: [Key]) -> [NumberRange] {
    let numbers = Set(keys.filter { $0.kind == .extension }.map(\.number))
    return Dictionary(grouping: numbers, by: \.utf8.count).sorted { $0.key < $1.key }.compactMap { _, numbers in
      guard let first = numbers.min(), let last = numbers.max() else { return nil }
      let end = String(repeating: "9", count: last.utf8.count)
      return NumberRange("\(first)-\(last == end ? last : end)")
    }
  }

  /// From now on it is the entry's.
  mutating func reserve(_ number: String, for entry: EntryID) { claims.note(number, of: entry) }

  /// Whether an entry may have the number, and nobody else has a claim on it.
  func isFree(_ number: String, for entry: EntryID) -> Bool {
    !policy.isProtected(number) && !policy.isOutOfRange(Key(.extension, number)) && claims.isFree(number, for: entry)
  }

  /// The lowest number that nobody has a claim on and that `fits`; nil where there is none.
  func lowest(where fits: (String) -> Bool) -> String? {
    for range in ranges {
      var number = range.first
      // Where none of the first few fits, the template makes no such numbers of the entry.
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

/// Who has a claim on which number, of the PBX or of the network.
struct NumberClaims: Sendable {
  private enum Claimant { case one(EntryID), several }

  private var claims: [String: Claimant] = [:]

  /// - Parameter entry: nil where nobody may have it.
  mutating func note(_ number: String, of entry: EntryID?) {
    guard let entry, !entry.text.isEmpty else {
      claims[number] = .several
      return
    }
    switch claims[number] {
    case nil: claims[number] = .one(entry)
    case .one(entry): break
    case .one, .several: claims[number] = .several
    }
  }

  /// Whether no other entry has a claim on it.
  func isFree(_ number: String, for entry: EntryID) -> Bool {
    switch claims[number] {
    case nil: true
    case .one(entry): true
    case .one, .several: false
    }
  }
}
