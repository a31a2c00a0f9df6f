/// The names of many entries, however each of them is spelt.
///
/// It keeps sixteen bytes a name, by which two names are mixed up less often than disks fail, so that a group of a hundred
/// thousand takes some four megabytes.
public struct DNSet: Sendable {
  private struct Fingerprint: Hashable, Sendable {
    let first, second: Int

    init(_ text: String) {
      var (first, second) = (Hasher(), Hasher())
      first.combine(text)
      second.combine(1)
      second.combine(text)
      (self.first, self.second) = (first.finalize(), second.finalize())
    }
  }

  private var names: Set<Fingerprint> = []

  public init() {}

  public init(_ names: [String]) { for name in names { insert(DN(name)) } }

  public var count: Int { names.count }
  public var isEmpty: Bool { names.isEmpty }

  public func contains(_ dn: DN) -> Bool { names.contains(Fingerprint(dn.folded)) }

  /// Whether it wasn't there yet.
  @discardableResult
  public mutating func insert(_ dn: DN) -> Bool { names.insert(Fingerprint(dn.folded)).inserted }
}
