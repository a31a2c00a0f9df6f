public import Domain

/// Counts the entries with an object of a kind, or with one until the PBX lost it, that no longer show a number in the directory.
/// A few entries have given up their numbers. If there are many, the attribute is hidden, and may hide other numbers too.
///
/// An access rule hides the attribute of all entries or of one branch, which is often a source of its own. So each source is judged
/// separately, and all sources together.
public struct NumberLoss: Hashable, Sendable {
  /// The number of objects of such entries.
  public private(set) var objects = 0
  /// Of all sources.
  public private(set) var total = Share()
  /// Of each source with such an entry, by its position in the configuration.
  public private(set) var sources: [Int: Share] = [:]
  /// Such entries.
  private let entries: Set<EntryID>

  /// The counts of entries without their number and of entries with a number.
  public struct Share: Hashable, Sendable {
    public fileprivate(set) var lost = 0
    public fileprivate(set) var shown = 0

    /// Whether more entries lost their number than show one.
    fileprivate var isMost: Bool { lost > shown }
  }

  /// - Parameter state: the objects of that kind that are, may be or were managed. The directory never shows numbers from a pool.
  public init(of kind: ObjectKind, in reading: ReadResult, remembering state: LedgerState) {
    let unnumbered = kind == .extension ? Set(reading.unnumbered.map(\.entry)) : []
    let given = Dictionary(state.allocations.map { ($0.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
    var lost: [EntryID: Int] = [:]
    var served: Set<EntryID> = []
    func add(_ key: ObjectKey, _ entry: EntryID, objects: Int) {
      guard key.kind == kind else { return }
      let sighting = reading.sighting(of: entry, as: kind)
      if [.mapped, .withoutNumber].contains(sighting), given[key] == entry { served.insert(entry) }
      if sighting == .withoutNumber || sighting == .mapped && unnumbered.contains(entry) {
        lost[entry, default: 0] += objects
      }
    }
    for object in state.objects { add(object.key, object.entry, objects: 1) }
    for loss in state.lost { add(loss.key, loss.entry, objects: 0) }
    for entry in served { lost[entry] = nil }
    entries = Set(lost.keys)
    if lost.isEmpty { return }
    objects = lost.values.reduce(0, +)
    for entry in entries { sources[reading.source(of: entry, as: kind) ?? 0, default: Share()].lost += 1 }
    let shown = state.totals.map { $0.numbered[kind] ?? [:] } ?? reading.numberedCounts(of: kind)
    for source in sources.keys { sources[source]?.shown = shown[source] ?? 0 }
    total = Share(lost: entries.count, shown: shown.values.reduce(0, +))
  }

  /// Whether the entry is one of those without their number.
  func includes(_ entry: EntryID) -> Bool { entries.contains(entry) }

  /// Whether the number attribute is hidden, by all sources together: more entries lost their number than show one, or more than the
  /// policy allows.
  public func isHidden(by policy: RemovalPolicy) -> Bool {
    total.lost > 1 && total.isMost || policy.isHidden(lost: total.lost, of: total.lost + total.shown)
  }

  /// The exceeded limit if a source's numbers may be hidden; otherwise nil. For one or two entries only all sources
  /// together are judged.
  public func limit(ofSource source: Int, _ policy: RemovalPolicy) -> String? {
    guard let share = sources[source] else { return nil }
    if let limit = policy.valueLimit(lost: share.lost, of: share.lost + share.shown) { return limit }
    return policy.maxValueFall < 100 && share.lost > 2 && share.isMost ? "half of them" : nil
  }

  /// The sources whose numbers may be hidden, by their positions in the configuration.
  func hiddenSources(_ policy: RemovalPolicy) -> [Int] {
    sources.keys.filter { limit(ofSource: $0, policy) != nil }.sorted()
  }
}

extension ReadResult {
  /// How many entries of each source of a kind show a number.
  fileprivate func numberedCounts(of kind: ObjectKind) -> [Int: Int] {
    var counts = counts(.mapped, as: kind)
    for user in unnumbered where kind == .extension { counts[source(of: user.entry, as: kind) ?? 0, default: 0] -= 1 }
    return counts
  }
}

/// Whether a plan for a part of all entries depends on the totals of all entries: if values or numbers have gone.
public func needsTotals(for reading: ReadResult, remembering state: LedgerState) -> Bool {
  if ObjectKind.allCases.contains(where: { !NumberLoss(of: $0, in: reading, remembering: state).sources.isEmpty }) {
    return true
  }
  let owners = Dictionary(grouping: state.objects) { NumberClaims.Claimant($0) }
  return reading.wanted.contains { wanted in
    let own = owners[NumberClaims.Claimant(wanted)] ?? []
    return own.contains { $0.absence != nil || !$0.item.emptied(by: wanted.item).isEmpty } || own.count > 1
  } || !reading.unnumbered.isEmpty
}
