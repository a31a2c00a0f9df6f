public import Domain

/// How many of those who have an object of a kind show no number in the directory any more. Where they are few they have given
/// it up; where they are many the attribute is hidden, and may hide others' numbers too.
public struct NumberLoss: Hashable, Sendable {
  /// The objects of such entries.
  public private(set) var objects = 0
  /// Such entries.
  public let lost: Int
  /// The entries that show a number.
  public let shown: Int

  /// - Parameters:
  ///   - objects: all that are ours of that kind, or may be.
  ///   - allocations: the numbers that were given from a pool: no directory shows them.
  public init(
    of kind: ObjectKind, in reading: ReadResult, among objects: some Sequence<ManagedObject>,
    given allocations: [Allocation]
  ) {
    let unnumbered = kind == .extension ? Set(reading.unnumbered.map(\.entry)) : []
    let given =
      unnumbered.isEmpty
      ? [:] : Dictionary(allocations.map { ($0.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
    var lost: [EntryID: Int] = [:]
    var served: Set<EntryID> = []
    for object in objects where object.key.kind == kind {
      let sighting = reading.sighting(of: object.entry, as: kind)
      if sighting == .mapped, given[object.key] == object.entry { served.insert(object.entry) }
      if sighting == .withoutNumber || sighting == .mapped && unnumbered.contains(object.entry) {
        lost[object.entry, default: 0] += 1
      }
    }
    for entry in served { lost[entry] = nil }
    self.objects = lost.values.reduce(0, +)
    self.lost = lost.count
    shown = reading.count(.mapped, as: kind) - unnumbered.count
  }

  /// Whether so many lost theirs that it is hidden: more than show one, or more than the policy's share.
  public func isHidden(by policy: RemovalPolicy) -> Bool {
    lost > 1 && lost > shown || policy.isHidden(lost: lost, of: lost + shown)
  }
}
