public import Domain
import Text

/// An entry of a source, with the result of its mapping.
public struct EntryRecord: Hashable, Sendable {
  public var mapped: MappedEntry
  /// The digest of the entry's attributes, to notice a change; nil for an entry that is mapped at each read.
  public var digest: UInt64?
  /// The digest of the settings with which it was searched and mapped (`Ledger.settings`).
  public var settings: UInt64
  /// When its mapping changes without a change of the entry, as when an account expires.
  public var expiresAt: Timestamp?
  /// The line of its source's exclusions that matches it.
  public var excludedLine: Int?
  /// The fields for which it has a value.
  public var fields: Set<ObjectField> = []
  /// The entry's attributes if its number comes from a pool: it is mapped again with its allocated number.
  public var attributes: String?

  public init(_ mapped: MappedEntry, digest: UInt64?, settings: UInt64, expiresAt: Timestamp? = nil) {
    self.mapped = mapped
    self.digest = digest
    self.settings = settings
    self.expiresAt = expiresAt
  }
}

/// A source, by its kind and its position among the sources of the kind.
public struct SourcePlace: Hashable, Sendable {
  public let kind: ObjectKind
  public let position: Int

  public init(_ kind: ObjectKind, _ position: Int) {
    self.kind = kind
    self.position = position
  }

  /// No source: the key of the policy's digest among the digests of the sources.
  public static let policy = SourcePlace(.extension, -1)
}

/// A stored entry of a source.
public struct EntryRow: Hashable, Sendable {
  public let id: Int64
  public let entry: EntryID
  public let kind: ObjectKind
  public let dn: String
  public let digest: UInt64?
  /// The number of the read that mapped it.
  public let read: Int64
}

extension Sighting: Storable {
  init?(_ stored: SQLiteValue) {
    guard case .text(let text) = stored, let known = Self.all.first(where: { $0.name == text }) else { return nil }
    self = known
  }

  var stored: SQLiteValue { .text(name) }

  private static let all: [Sighting] = [.mapped, .disabled, .unmappable, .withoutNumber]

  private var name: String {
    switch self {
    case .mapped: "mapped"
    case .disabled: "disabled"
    case .unmappable: "unmappable"
    case .withoutNumber: "without number"
    }
  }
}

extension ObjectField: Storable {}

extension UInt64: Storable {
  var stored: SQLiteValue { .integer(Int64(bitPattern: self)) }

  init?(_ stored: SQLiteValue) {
    guard case .integer(let number) = stored else { return nil }
    self.init(bitPattern: number)
  }
}

extension Bool: Storable {
  var stored: SQLiteValue { .integer(self ? 1 : 0) }

  init?(_ stored: SQLiteValue) {
    guard case .integer(let number) = stored, number == 0 || number == 1 else { return nil }
    self = number == 1
  }
}

extension Set<ObjectField> {
  /// A bit for each, in the order of the fields.
  var bits: Int {
    ObjectField.allCases.enumerated().reduce(0) { contains($1.element) ? $0 | 1 << $1.offset : $0 }
  }
}

extension OpenFields {
  /// Each field with its number of choices and these, or with the word `kept`.
  var stored: String {
    var words: [String] = []
    for field in ObjectField.allCases {
      if let values = choices[field] { words += [field.rawValue, String(values.count)] + values }
      if kept.contains(field) { words += [field.rawValue, "kept"] }
    }
    return netstrings(words)
  }

  init?(stored text: String) {
    guard let words = texts(ofNetstrings: text) else { return nil }
    self.init()
    var next = words[...]
    while let name = next.popFirst() {
      guard let field = ObjectField(rawValue: name), let word = next.popFirst() else { return nil }
      if word == "kept" {
        kept.insert(field)
      } else {
        guard let count = Int(word), count <= next.count else { return nil }
        choices[field] = Array(next.prefix(count))
        next = next.dropFirst(count)
      }
    }
  }
}
