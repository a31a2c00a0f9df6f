import Sync

/// Conflicts with the same remedy, which is printed once below them.
struct RemedyGroup: Sendable {
  let remedies: [String]
  /// The rows of one entry that one record solves, with the record at the last; any other row by itself.
  let blocks: [[ConflictList.Row]]

  /// In the order of each remedy's first row. Unproven objects aren't included (`UnprovenGroup`).
  static func all(of items: [ConflictList.Row]) -> [RemedyGroup] { all(of: blocks(of: items)) }

  static func all(of blocks: [[ConflictList.Row]]) -> [RemedyGroup] {
    blocks.grouped { block in block.map(\.remedy).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } } }
      .map { RemedyGroup(remedies: $0.key, blocks: $0.elements) }
  }

  static func blocks(of items: [ConflictList.Row]) -> [[ConflictList.Row]] {
    var blocks: [[ConflictList.Row]] = []
    // The rows of one entry, until it is known whether a record follows.
    var open: [ConflictList.Row] = []
    for item in items where item.unproven == nil {
      if open.last?.dn != item.dn {
        blocks += open.map { [$0] }
        open = []
      }
      open.append(item)
      if item.record != nil {
        blocks.append(open)
        open = []
      }
    }
    return blocks + open.map { [$0] }
  }
}
