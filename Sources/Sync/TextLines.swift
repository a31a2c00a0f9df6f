import Text

extension Sequence {
  /// Its elements by a key, in the order in which each key comes up first.
  package func grouped<Key: Hashable>(by key: (Element) -> Key) -> [(key: Key, elements: [Element])] {
    var groups: [(key: Key, elements: [Element])] = []
    var places: [Key: Int] = [:]
    for element in self {
      let key = key(element)
      if let place = places[key] {
        groups[place].elements.append(element)
      } else {
        places[key] = groups.count
        groups.append((key, [element]))
      }
    }
    return groups
  }
}

/// Lines for people, each ended. None of them can become two, whatever text it holds.
package func paragraph(_ lines: [String]) -> String { lines.map { visible($0) + "\n" }.joined() }
