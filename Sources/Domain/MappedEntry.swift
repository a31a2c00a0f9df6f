/// A source's mapping of one entry: the unit in which wanted objects are read, stored and planned.
public struct MappedEntry: Hashable, Sendable {
  public let entry: EntryID
  public let dn: String
  public let kind: ObjectKind
  /// The position of the source among those of its kind, in the order of the configuration.
  public let source: Int
  /// The result of the mapping; nil if the source leaves the entry out, by a group or an exclusion.
  public var sighting: Sighting?
  public var wanted: [WantedObject] = []
  public var unnumbered: UnnumberedUser?
  /// Of an entry that can't be mapped or has no number: its other values, as far as they can be mapped.
  public var partial: PBXObject?
  /// Extension numbers that it has and that aren't wanted now: no pool allocates them to another entry.
  public var reserved: [String] = []
  public var problems: [MappingProblem] = []
  /// The name of its site.
  public var site: String?

  public init(_ entry: EntryID, dn: String, kind: ObjectKind, source: Int, _ sighting: Sighting? = nil) {
    self.entry = entry
    self.dn = dn
    self.kind = kind
    self.source = source
    self.sighting = sighting
  }

  /// Its numbers that no pool allocates to another entry.
  public var reservedNumbers: [ReservedNumber] { reserved.map { ReservedNumber($0, of: entry, dn: dn) } }

  /// All its numbers, if another source selects the entry.
  public var allNumbers: [ReservedNumber] {
    let numbers = wanted.filter { $0.item.kind == .extension }.flatMap {
      [$0.item.number] + ($0.open?.choices[.number] ?? [])
    }
    return (reserved + Set(numbers).sorted()).map { ReservedNumber($0, of: entry, dn: dn) }
  }
}
