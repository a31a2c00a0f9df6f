import Domain
import LDAP
import Mapping

/// What is made of the sources' entries while they come.
struct Haul: Sendable {
  var reading: Reading
  var survey: Survey?
  /// Of all that came, where it is made anew.
  var imprint: Imprint?
  /// Where an earlier imprint is gone along: then the entries that it shows aren't looked into.
  var walk: ImprintWalk?
  /// Those of the present source that its sieve let through.
  var entries = 0
  /// Whether an entry of the present source shows Active Directory's switch.
  var showsAccountControl = false
  /// Whether attributes are looked for that no entry has.
  var looksForAttributes = false
  /// Attributes that the templates of the present source ask for and none of its entries has so far.
  private(set) var unseen: Set<String> = []
  /// Whether it is looked for fields of which the templates make nothing.
  var looksForFruitlessFields = false
  /// Those of the present source so far.
  private(set) var fruitless: FruitlessFields?
  /// How many entries of the present source had which values so far.
  private(set) var values: ValueCounts?
  /// The exclusions of the present source that named somebody.
  var listed: Set<Int> = []

  init(_ reading: Reading, _ survey: Survey? = nil, imprint: Imprint? = nil, walk: ImprintWalk? = nil) {
    (self.reading, self.survey, self.imprint, self.walk) = (reading, survey, imprint, walk)
  }

  /// Goes on to the entries of another source.
  ///
  /// - Parameter now: the time of the read.
  mutating func begin(_ source: Source, at now: Seconds) {
    (entries, listed, showsAccountControl) = (0, [], false)
    fruitless = looksForFruitlessFields ? FruitlessFields(of: source) : nil
    values = ValueCounts(Dictionary(source.fields.compactMap(\.field).map { ($0, 0) }) { first, _ in first }, at: now)
    unseen = looksForAttributes ? Set(source.fields.flatMap(\.template.attributes)) : []
  }

  /// What becomes of an entry of which the fingerprint alone is known.
  mutating func choose(_ fingerprint: UInt64?, from source: Int) -> Connection.Choice {
    guard let fingerprint, walk != nil else { return .take }
    if let mark = walk?.meet(fingerprint.of(source: source)) {
      if mark.counts { entries += 1 }
      return .skip
    }
    return walk?.isLost == true ? .end : .take
  }

  mutating func take(_ entry: borrowing Entry, through sieve: Sieve, _ index: Int, _ visit: Visit) {
    let id = visit.identity.id(of: entry)
    let verdict = sieve.verdict(on: entry, id)
    survey?.noteNumbers(of: entry, id, from: sieve.source)
    note(entry, id, from: sieve.source, index, counts: verdict == .taken, visit.now)
    switch verdict {
    case .taken:
      entries += 1
      for attribute in unseen where entry.first(attribute) != nil || !entry.languageValues(attribute).isEmpty {
        unseen.remove(attribute)
      }
      showsAccountControl = showsAccountControl || entry.first("userAccountControl") != nil
      let isOff = sieve.switchedOff.contains(id)
      let (before, numberless) = (reading.wanted.count, reading.numberless.count)
      if let id = reading.take(entry, id, from: sieve.source, visit.identity, visit.now, isOff: isOff) {
        survey?.take(entry, id, from: sieve.source)
      }
      if before < reading.wanted.count {
        values?.note(reading.wanted[before].item)
      } else if numberless < reading.numberless.count {
        values?.note(reading.numberless[numberless].wish.item)
      }
      fruitless?.note(reading.wanted[min(before, reading.wanted.count)...], of: entry)
    case .listed(let line):
      listed.insert(line)
      reading.reserve(entry, id, from: sieve.source)
    case .notMember: reading.reserve(entry, id, from: sieve.source)
    }
  }

  /// Marks it; what can't be told apart, or didn't come in one message, makes all marks worthless.
  private mutating func note(
    _ entry: borrowing Entry, _ id: String?, from source: Source, _ index: Int, counts: Bool, _ now: Seconds
  ) {
    guard let id, let fingerprint = entry.fingerprint?.of(source: index) else {
      (imprint, walk) = (nil, nil)
      return
    }
    let mark = Mark(id, as: source.kind, counts: counts, fingerprint: fingerprint)
    let expiry = source.expiry(entry, now)
    imprint?.note(mark, expiringAt: expiry)
    walk?.note(mark, expiringAt: expiry)
  }
}

extension UInt64 {
  /// An entry in two sources is two things: other attributes were asked for.
  fileprivate func of(source: Int) -> UInt64 { (self ^ UInt64(source)) &* 0x100_0000_01b3 }
}
