/// How many entries of a source had a value for each field, in a read that mapped all of them.
public struct ValueCounts: Hashable, Sendable {
  /// Of each field that the source asks for.
  public private(set) var entries: [ObjectField: Int]
  /// When they were counted, by the wall clock: a read without changes keeps the counts.
  public let at: Timestamp

  public init(_ entries: [ObjectField: Int], at: Timestamp) {
    (self.entries, self.at) = (entries, at)
  }

  /// Counts an entry that has values for these fields, even if it can't be mapped.
  public mutating func note(_ fields: Set<ObjectField>) {
    for field in fields { entries[field]? += 1 }
  }
}
