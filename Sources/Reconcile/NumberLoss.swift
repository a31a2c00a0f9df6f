public import Domain

/// How many entries with an object of a kind, or with one until the PBX lost it, no longer show a number in the directory.
/// If they are few, they have given it up; if they are many, the attribute is hidden, and may hide other numbers too.
///
/// An access rule hides it of all entries or of one branch, which is often a source of its own: so each source is judged
/// by itself, and all of them together.
public struct NumberLoss: Hashable, Sendable {
  /// The objects of such entries.
  public private(set) var objects = 0
  /// Of all sources.
  public private(set) var total = Share()
  /// Of each source that has such an entry, by its place in the configuration.
  public private(set) var sources: [Int: Share] = [:]
  /// Such entries.
  private let entries: Set<EntryID>

  /// Those who lack their number, and those who show one.
  public struct Share: Hashable, Sendable {
    public fileprivate(set) var lost = 0
    public fileprivate(set) var shown = 0

    /// Whether more of them lost theirs than show one.
    fileprivate var isMost: Bool { lost > shown }
  }

  /// - Parameter state: the objects of that kind that are, may be or were managed. No directory shows those of its numbers
  ///   that came from a pool.
  public init(of kind: ObjectKind, in reading: ReadResult, remembering state: LedgerState) {
    let unnumbered = kind == .extension ? Set(reading.unnumbered.map(\.entry)) : []
    let given =
      unnumbered.isEmpty
      ? [:] : Dictionary(state.allocations.map { ($0.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
    var lost: [EntryID: Int] = [:]
    var served: Set<EntryID> = []
    func note(_ key: ObjectKey, _ entry: EntryID, objects: Int) {
      guard key.kind == kind else { return }
      let sighting = reading.sighting(of: entry, as: kind)
      if sighting == .mapped, given[key] == entry { served.insert(entry) }
      if sighting == .withoutNumber || sighting == .mapped && unnumbered.contains(entry) {
        lost[entry, default: 0] += objects
      }
    }
    for object in state.objects { note(object.key, object.entry, objects: 1) }
    for loss in state.lost { note(loss.key, loss.entry, objects: 0) }
    for entry in served { lost[entry] = nil }
    entries = Set(lost.keys)
    if lost.isEmpty { return }
    objects = lost.values.reduce(0, +)
    for entry in entries { sources[reading.source(of: entry, as: kind) ?? 0, default: Share()].lost += 1 }
    let shown = state.totals.map { $0.numbered[kind] ?? [:] } ?? reading.numberedCounts(of: kind)
    for source in sources.keys { sources[source]?.shown = shown[source] ?? 0 }
    total = Share(lost: entries.count, shown: shown.values.reduce(0, +))
  }

  /// Whether the entry is one of those who lack their number.
  func includes(_ entry: EntryID) -> Bool { entries.contains(entry) }

  /// Whether so many lost theirs, of all sources together, that it is hidden: more than show one, or more than the policy's share.
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
    for it in unnumbered where kind == .extension { counts[source(of: it.entry, as: kind) ?? 0, default: 0] -= 1 }
    return counts
  }
}
