import Platform
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

/// The lines of the first twenty items, and the count of the others with the command that lists them all.
package func paragraph<Item>(
  ofFirst items: [Item], below head: [String] = [], all command: String? = nil, _ line: (Item) -> String
) -> String {
  let shown = items.prefix(20)
  let rest = items.count - shown.count
  let more = rest > 0 ? "  … \(rest) more\(command.map { ": \(pbxsyncd) \($0)" } ?? "")\n" : ""
  return paragraph(head + shown.map(line)) + more
}

/// Lines for people, each ended. None of them can become two, whatever text it holds.
package func paragraph(_ lines: [String]) -> String { lines.map { visible($0) + "\n" }.joined() }
