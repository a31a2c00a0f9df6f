/// The word that was probably meant: the one that the fewest slips of the keyboard turn into `word`, or one that
/// goes on where `word` stops. Nil where none is near.
public func nearest(to word: String, among words: [String]) -> String? {
  guard (1...64).contains(word.count) else { return nil }
  let ranked = words.map { (word: $0, slips: slips(from: word, to: $0)) }.sorted {
    ($0.slips, $0.word) < ($1.slips, $1.word)
  }
  if let best = ranked.first, best.slips <= max(1, word.count / 3) { return best.word }
  return ranked.first { $0.word.hasPrefix(word) || word.hasPrefix($0.word) }?.word
}

/// How many letters must be put in, left out, replaced, or swapped with their neighbour
/// (the optimal string alignment distance).
private func slips(from left: String, to right: String) -> Int {
  let (left, right) = (Array(left), Array(right))
  var rows = [Array(0...right.count)]
  for row in 1..<(left.count + 1) {
    var current = [row]
    for column in 1..<(right.count + 1) {
      let isSame = left[row - 1] == right[column - 1]
      var least = min(
        rows[row - 1][column] + 1, current[column - 1] + 1, rows[row - 1][column - 1] + (isSame ? 0 : 1))
      if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
        least = min(least, rows[row - 2][column - 2] + 1)
      }
      current.append(least)
    }
    rows.append(current)
  }
  return rows[left.count][right.count]
}
