/// An object as the directory wants it.
public struct WantedObject: Hashable, Sendable {
  public let item: PBXObject
  /// The entry that it comes from.
  public let entry: EntryID
  public let dn: String
  /// The position of its source among the sources of its kind.
  public let source: Int
  /// The fields that aren't decided yet; nil for most objects.
  public let open: OpenFields?

  public init(_ item: PBXObject, entry: EntryID, dn: String, source: Int = 0, open: OpenFields? = nil) {
    self.item = item
    self.open = open
    self.entry = entry
    self.dn = dn
    self.source = source
  }

  /// The same wanted object from another source.
  public func from(source: Int) -> WantedObject { WantedObject(item, entry: entry, dn: dn, source: source, open: open) }
}

/// An extension number that an entry of the directory has, even if the entry is disabled or left out.
public struct ReservedNumber: Hashable, Sendable {
  public let number: String
  public let entry: EntryID
  public let dn: String

  public init(_ number: String, of entry: EntryID, dn: String) {
    self.number = number
    self.entry = entry
    self.dn = dn
  }
}

/// The result of a directory entry that was found.
public enum Sighting: Hashable, Sendable {
  /// Mapped: its objects are among those wanted.
  case mapped
  /// An admin switched the account off, or it has expired: gone, and seen to be gone.
  case disabled
  /// It can't be mapped, or only in part: its objects stay as they are until it can.
  case unmappable
  /// It can't be mapped only because it has no number. If few entries have lost theirs, it has given the number up; if many have, the
  /// attribute is hidden.
  case withoutNumber
}

/// The result of a read of the directory.
public struct ReadResult: Hashable, Sendable {
  public var wanted: [WantedObject] = []
  /// Entries that want an extension and have no number for it.
  public var unnumbered: [UnnumberedUser] = []
  /// What could be mapped of entries that can't be mapped as a whole or have no number, each without a number.
  public var partial: [WantedObject] = []
  /// Extension numbers that entries have and that aren't wanted now: the entry can't be mapped for another reason, is disabled, or is
  /// excluded. No pool allocates them to another entry.
  public var reserved: [ReservedNumber] = []
  public var problems: [MappingProblem] = []
  /// Why the read is incomplete and doesn't count towards removals; nil for a complete read.
  public var incomplete: String?
  /// How the search settings have changed since the last complete read, one for each kind that they concern. An entry
  /// that is missing for the first time in this read is kept until an admin decides.
  public var searchChanges: [SearchChange] = []

  private var seen: [ObjectKind: [EntryID: Seen]] = [:]
  private var twins: [EntryID: [String]] = [:]

  private struct Seen: Hashable, Sendable {
    var sighting: Sighting
    var dn: String
    var source: Int
  }

  public init() {}

  public var isComplete: Bool { incomplete == nil }

  /// Marks the read as incomplete, with the reason as a clause. The first reason is kept.
  public mutating func markIncomplete(because reason: String) { incomplete = incomplete ?? reason }

  /// The result of an entry among the sources of a kind; nil if it wasn't found.
  public func sighting(of entry: EntryID, as kind: ObjectKind) -> Sighting? { seen[kind]?[entry]?.sighting }

  /// The first DN of an entry; nil if it wasn't found.
  public func name(of entry: EntryID, as kind: ObjectKind) -> String? { seen[kind]?[entry]?.dn }

  /// The position of the first source with the entry, among those of its kind; nil if it wasn't found.
  public func source(of entry: EntryID, as kind: ObjectKind) -> Int? { seen[kind]?[entry]?.source }

  /// The number of entries with this result, by source of a kind.
  public func counts(_ sighting: Sighting, as kind: ObjectKind) -> [Int: Int] {
    (seen[kind] ?? [:]).values.reduce(into: [:]) { counts, seen in
      if seen.sighting == sighting { counts[seen.source, default: 0] += 1 }
    }
  }

  /// The number of entries with this result, of all sources of a kind.
  public func count(_ sighting: Sighting, as kind: ObjectKind) -> Int {
    seen[kind]?.values.count { $0.sighting == sighting } ?? 0
  }

  /// The entries that have one of these DNs and aren't disabled, by DN.
  public func presentEntries(named names: Set<String>, as kind: ObjectKind) -> [String: EntryID] {
    let found = (seen[kind] ?? [:]).filter { names.contains($0.value.dn) && $0.value.sighting != .disabled }
    return Dictionary(found.map { ($0.value.dn, $0.key) }) { min($0, $1) }
  }

  /// Every entry that was seen.
  public var entries: Set<EntryID> { Set(seen.values.flatMap(\.keys)) }

  /// Records the result of an entry.
  ///
  /// - Parameter source: the position of the source among those of its kind.
  public mutating func record(
    _ sighting: Sighting, of entry: EntryID, as kind: ObjectKind, dn: String = "", source: Int = 0
  ) {
    seen[kind, default: [:]][entry] = Seen(sighting: sighting, dn: dn, source: source)
  }

  /// The DNs of entries with this ID if there are several; otherwise empty.
  public func twins(of entry: EntryID) -> [String] { twins[entry] ?? [] }

  /// Adds entries with the same ID.
  ///
  /// - Returns: the DNs that weren't known to have it.
  public mutating func add(twins names: [String], of entry: EntryID) -> [String] {
    let new = names.filter { !twins(of: entry).contains($0) }
    twins[entry, default: []] += new
    return new
  }

  /// Removes the wanted objects of an entry that can't be distinguished from another: its objects stay as they are.
  public mutating func withdraw(_ entry: EntryID, as kind: ObjectKind) {
    wanted.removeAll { $0.entry == entry && $0.item.kind == kind }
    if kind == .extension { unnumbered.removeAll { $0.entry == entry } }
    seen[kind]?[entry]?.sighting = .unmappable
  }
}

/// An entry or value that can't be mapped as configured, with its fix.
public struct MappingProblem: Hashable, Sendable {
  public let dn: String
  public let entry: EntryID?
  /// The LDAP attribute at fault; empty if none is.
  public let attribute: String
  public let value: String
  /// The problem, as a sentence without a full stop.
  public let reason: String
  /// The next step for the admin.
  public let remedy: String
  /// Whether the entry shows no number at all.
  public let isMissingNumber: Bool
  /// The only field with a problem, which stays as it is on the PBX; nil if the entry or one of its numbers is skipped.
  public let keptField: ObjectField?

  public init(
    dn: String, entry: EntryID?, attribute: String = "", value: String = "", reason: String, remedy: String,
    isMissingNumber: Bool = false, keptField: ObjectField? = nil
  ) {
    self.isMissingNumber = isMissingNumber
    self.keptField = keptField
    self.dn = dn
    self.entry = entry
    self.attribute = attribute
    self.value = value
    self.reason = reason
    self.remedy = remedy
  }
}
