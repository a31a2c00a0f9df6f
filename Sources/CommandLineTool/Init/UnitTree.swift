import LDAP

/// The places of a directory that have entries, as a tree: which bases select some places and no others.
struct UnitTree {
  struct Base: Hashable, Sendable {
    let dn: String
    /// Whether it selects only the entries right below; otherwise all below.
    var isOneLevel = false
  }

  private let contexts: [String]
  private var wanted: Set<String> = []
  private var avoided: Set<String> = []
  private var texts: [String: String] = [:]
  private var children: [String: Set<String>] = [:]

  /// - Parameters:
  ///   - contexts: the naming contexts, in which the tree begins.
  ///   - wanted: the DNs of places whose entries are wanted.
  ///   - avoided: those whose entries aren't. Places in neither don't matter.
  init(contexts: [String], wanted: [String], avoided: [String]) {
    self.contexts = contexts.map { DN($0).folded }
    for unit in wanted { self.wanted.insert(insert(unit)) }
    for unit in avoided { self.avoided.insert(insert(unit)) }
  }

  /// Adds a place and all above it.
  ///
  /// - Returns: its key.
  private mutating func insert(_ unit: String) -> String {
    let result = DN(unit).folded
    var (place, key) = (unit, result)
    texts[key] = texts[key] ?? place
    while !contexts.contains(key) {
      let above = parentText(of: place)
      if above.isEmpty { break }
      let keyAbove = DN(above).folded
      texts[keyAbove] = texts[keyAbove] ?? above
      if !children[keyAbove, default: []].insert(key).inserted { break }
      (place, key) = (above, keyAbove)
    }
    return result
  }

  /// The bases that select all wanted places and no avoided one: the fewest, and each as deep as it can be.
  var bases: [Base] { contexts.flatMap { bases(at: $0) } }

  private func bases(at key: String) -> [Base] {
    guard holds(wanted, at: key), let text = texts[key] else { return [] }
    let below = (children[key] ?? []).sorted()
    if !holds(avoided, at: key) {
      if !wanted.contains(key), below.count == 1 { return bases(at: below[0]) }
      return [Base(dn: text)]
    }
    return (wanted.contains(key) ? [Base(dn: text, isOneLevel: true)] : []) + below.flatMap { bases(at: $0) }
  }

  private func holds(_ units: Set<String>, at key: String) -> Bool {
    units.contains(key) || (children[key] ?? []).contains { holds(units, at: $0) }
  }
}
