import LDAP
import Text

/// What divides entries into sites: where they are in the tree, or an attribute.
enum SiteKey: Hashable, Sendable, CaseIterable {
  case unit, locality, office, country

  /// nil for the place in the tree.
  var attribute: String? {
    switch self {
    case .unit: nil
    case .locality: "l"
    case .office: "physicalDeliveryOfficeName"
    case .country: "c"
    }
  }

  /// The entry's group; nil if it has no value, or several.
  func group(of entry: borrowing Entry) -> String? {
    guard let attribute else { return parentText(of: entry.dn) }
    let values = entry.values(attribute)
    return values.count == 1 ? values[0].text : nil
  }
}

/// Votes of entries for a country, an area code or a trunk, by every key that could divide them into sites.
struct GroupedVotes: Sendable {
  /// The label of each group, by the key that divides the entries into these groups.
  typealias Split = (key: SiteKey, labels: [String: String])

  private var votes: [SiteKey: [String: [String: Int]]] = [:]
  private(set) var total: [String: Int] = [:]

  mutating func add(_ label: String, of entry: borrowing Entry) {
    total[label, default: 0] += 1
    for key in SiteKey.allCases {
      if let group = key.group(of: entry) { votes[key, default: [:]][group, default: [:]][label, default: 0] += 1 }
    }
  }

  var count: Int { total.values.reduce(0, +) }

  /// The label with most votes, and its share of them.
  var winner: (label: String, share: Double)? { Self.winner(of: total) }

  /// The first key by which groups agree within themselves and differ from each other, with the label of each group.
  ///
  /// - Parameter keys: the keys to try, in this order.
  func split(by keys: [SiteKey] = SiteKey.allCases) -> Split? {
    for key in keys {
      guard let groups = votes[key] else { continue }
      let winners = groups.compactMapValues { Self.winner(of: $0) }
      let agreeing = winners.filter { $0.value.share >= 0.9 }
      let inAgreement = agreeing.keys.reduce(0) { $0 + (groups[$1]?.values.reduce(0, +) ?? 0) }
      guard Set(agreeing.values.map(\.label)).count > 1, inAgreement * 100 >= count * 90 else { continue }
      return (key, agreeing.mapValues(\.label))
    }
    return nil
  }

  /// The label of each group of which at least this share agrees.
  func labels(by key: SiteKey, share: Double) -> [String: String] {
    (votes[key] ?? [:]).compactMapValues { Self.winner(of: $0) }.filter { $0.value.share >= share }.mapValues(\.label)
  }

  /// The same votes, where labels that a group has in common are one, such as "a b".
  func joiningLabels(by key: SiteKey) -> GroupedVotes {
    var sets = total.keys.map { Set([$0]) }
    for counts in (votes[key] ?? [:]).values {
      let all = counts.values.reduce(0, +)
      let own = Set(counts.filter { $0.value > 1 && $0.value * 10 > all }.keys)
      let linked = sets.filter { !$0.isDisjoint(with: own) }
      sets = sets.filter { $0.isDisjoint(with: own) } + (linked.isEmpty ? [] : [linked.reduce(own) { $0.union($1) }])
    }
    let names = Dictionary(
      sets.flatMap { set in set.map { ($0, set.sorted().joined(separator: " ")) } },
      uniquingKeysWith: { first, _ in first })
    func joined(_ counts: [String: Int]) -> [String: Int] {
      Dictionary(counts.map { (names[$0] ?? $0, $1) }, uniquingKeysWith: +)
    }
    var joint = GroupedVotes()
    joint.total = joined(total)
    joint.votes = votes.mapValues { $0.mapValues(joined) }
    return joint
  }

  private static func winner(of votes: [String: Int]) -> (label: String, share: Double)? {
    guard let best = votes.mostFrequentFirst.first else { return nil }
    return (best.key, Double(best.value) / Double(votes.values.reduce(0, +)))
  }
}
