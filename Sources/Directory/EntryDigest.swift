import Domain

/// What is left of an entry in an imprint.
struct EntryDigest: Hashable, Sendable {
  /// A hash of the entry's immutable id and of what its source makes of it, but for the last bit: whether it counts, or the
  /// source's exclusions name it.
  let id: UInt64
  /// Of the entry as its source shows it.
  let fingerprint: UInt64

  init(id: UInt64, fingerprint: UInt64) {
    self.id = id
    self.fingerprint = fingerprint
  }

  init(_ id: String, as kind: ObjectKind, counts: Bool, fingerprint: UInt64) {
    let hash = fnv1a(id.utf8.span, after: kind == .extension ? 0 : 1)
    self.init(id: hash & ~1 | (counts ? 1 : 0), fingerprint: fingerprint)
  }

  var isSelected: Bool { id & 1 == 1 }

  /// The entry, whether it counts or not.
  var entry: UInt64 { id & ~1 }
}
