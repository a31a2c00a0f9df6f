/// An object as the directory wants it.
public struct WantedObject: Hashable, Sendable {
  public let item: PBXObject
  /// The entry that it comes from.
  public let entry: EntryID
  public let dn: String
  /// The place of its source among those of its kind, in the order of the configuration.
  public let source: Int
  /// What isn't decided yet; nil for most.
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
  /// It couldn't be mapped, or only in part: what it has stays as it is until it can.
  case unmappable
  /// Seen, with nothing wrong but that it has no number. Where few have lost theirs it has given it up; where many have, the
  /// attribute is hidden.
  case withoutNumber
}

/// What one pass over the directory found.
public struct ReadResult: Hashable, Sendable {
  public var wanted: [WantedObject] = []
  /// Entries that want an extension and have no number for it.
  public var unnumbered: [UnnumberedUser] = []
  /// Extension numbers that entries have and that aren't wanted as things are: the entry can't be mapped for another reason,
  /// is disabled, or is left out. No pool gives them to anybody else.
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

  /// Why it doesn't count towards removals, as a clause. The first reason stands.
  public mutating func markIncomplete(because reason: String) { incomplete = incomplete ?? reason }

  /// The result of an entry among the sources of a kind; nil if it wasn't found.
  public func sighting(of entry: EntryID, as kind: ObjectKind) -> Sighting? { seen[kind]?[entry]?.sighting }

  /// Under which name an entry was seen first.
  public func name(of entry: EntryID, as kind: ObjectKind) -> String? { seen[kind]?[entry]?.dn }

  /// The place of the source in which an entry was seen first, among those of its kind; nil where it wasn't seen.
  public func source(of entry: EntryID, as kind: ObjectKind) -> Int? { seen[kind]?[entry]?.source }

  /// Of how many entries of each source of a kind that became.
  public func counts(_ sighting: Sighting, as kind: ObjectKind) -> [Int: Int] {
    (seen[kind] ?? [:]).values.reduce(into: [:]) { counts, seen in
      if seen.sighting == sighting { counts[seen.source, default: 0] += 1 }
    }
  }

  /// Of how many entries among the sources of a kind that became.
  public func count(_ sighting: Sighting, as kind: ObjectKind) -> Int {
    seen[kind]?.values.count { $0.sighting == sighting } ?? 0
  }

  /// Every entry that was seen.
  public var entries: Set<EntryID> { Set(seen.values.flatMap(\.keys)) }

  /// - Parameter source: its place among those of its kind.
  public mutating func record(
    _ sighting: Sighting, of entry: EntryID, as kind: ObjectKind, dn: String = "", source: Int = 0
  ) {
    seen[kind, default: [:]][entry] = Seen(sighting: sighting, dn: dn, source: source)
  }

  /// The names of the entries that have this id where they are several; empty for all others.
  public func twins(of entry: EntryID) -> [String] { twins[entry] ?? [] }

  /// Takes note of entries that have one id.
  ///
  /// - Returns: Those that weren't known to have it.
  public mutating func note(twins names: [String], of entry: EntryID) -> [String] {
    let new = names.filter { !twins(of: entry).contains($0) }
    twins[entry, default: []] += new
    return new
  }

  /// Takes back what an entry asks for, which stays as it is: it can't be told from another one.
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
  /// What is wrong, as a sentence without its end.
  public let reason: String
  /// What an admin does about it.
  public let remedy: String
  /// Whether the entry shows no number at all.
  public let isMissingNumber: Bool
  /// The field that costs no more than itself: it stays as it is on the PBX. nil where the entry, or a number of it, is left out.
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
