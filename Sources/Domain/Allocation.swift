/// The pool from which a source allocates extension numbers to entries without a number.
public struct NumberPool: Hashable, Sendable {
  public enum Pick: String, Hashable, Sendable, CaseIterable {
    /// The lowest free number.
    case lowest
    /// A number that no entry ever had; otherwise the one that was freed longest ago.
    case rested
  }

  /// The name of its source, for messages.
  public let source: String
  public let ranges: [NumberRange]
  public let pick: Pick

  public init(source: String, ranges: [NumberRange], pick: Pick = .lowest) {
    self.source = source
    self.ranges = ranges
    self.pick = pick
  }

  public func contains(_ number: String) -> Bool { ranges.contains { $0.contains(number) } }

  /// "2000-2999, 3500".
  public var rangesText: String { ranges.map(\.description).joined(separator: ", ") }
}

/// An entry that gets an extension as soon as it has a number; the directory has none for it.
///
/// It has its own list in `ReadResult`, because an allocation needs all numbers that other entries want.
public struct UnnumberedUser: Sendable {
  /// The mapping of the entry with a number.
  public struct NumberedUser: Hashable, Sendable {
    public let item: PBXObject
    /// The change in the directory that adds this number; nil without write-back.
    public let write: DirectoryWrite?
    /// The fields of the item that aren't decided yet.
    public let open: OpenFields?

    public init(_ item: PBXObject, open: OpenFields? = nil, write: DirectoryWrite? = nil) {
      self.item = item
      self.open = open
      self.write = write
    }
  }

  /// The extension with no number.
  public let wanted: WantedObject
  public let pool: NumberPool
  /// Maps the entry again with its number, because other fields may depend on it. So the PBX gets the same values now
  /// as it does once the number is in the directory.
  public let numbered: @Sendable (_ number: String) -> NumberedUser

  public init(
    _ wantedObject: WantedObject, pool: NumberPool, numbered: @escaping @Sendable (String) -> NumberedUser
  ) {
    self.wanted = wantedObject
    self.pool = pool
    self.numbered = numbered
  }

  public var entry: EntryID { wanted.entry }

  /// Whether it has an extension with its allocated number.
  public func isServed(by state: LedgerState) -> Bool {
    let numbers = state.allocations.filter { $0.entry == entry }.map(\.key)
    return state.objects.contains { $0.entry == entry && numbers.contains($0.key) }
  }

  /// The same user from another source.
  public func from(source: Int) -> UnnumberedUser {
    UnnumberedUser(wanted.from(source: source), pool: pool, numbered: numbered)
  }
}

extension UnnumberedUser: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.wanted == right.wanted && left.pool == right.pool }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(wanted)
    hasher.combine(pool)
  }
}

/// A number that was allocated from a pool, and its entry. The number stays with the entry while the entry has none of
/// its own, and afterwards until another entry has it.
public struct Allocation: Hashable, Sendable {
  public let number: String
  public let entry: EntryID
  public let dn: String
  /// The name of the source whose pool it came from.
  public let pool: String
  public let at: Timestamp

  public init(_ number: String, to entry: EntryID, dn: String, pool: String, at: Timestamp) {
    self.number = number
    self.entry = entry
    self.dn = dn
    self.pool = pool
    self.at = at
  }

  public var key: ObjectKey { ObjectKey(.extension, number) }
}

/// A value to write to an entry of the directory, once the PBX has the extension. An attribute that has a value is left
/// as it is.
public struct DirectoryWrite: Hashable, Sendable {
  public let entry: EntryID
  public let dn: String
  public let attribute: String
  public let value: String
  /// The number of the extension.
  public let number: String
  /// Why the write can't be made, as a clause; nil if it can.
  public let objection: String?

  public init(
    _ value: String, to attribute: String, of dn: String, entry: EntryID, number: String, objection: String? = nil
  ) {
    self.value = value
    self.attribute = attribute
    self.dn = dn
    self.entry = entry
    self.number = number
    self.objection = objection
  }

  /// The same write with an objection; the first one is kept.
  public func objecting(_ objection: String) -> DirectoryWrite {
    DirectoryWrite(value, to: attribute, of: dn, entry: entry, number: number, objection: self.objection ?? objection)
  }
}
