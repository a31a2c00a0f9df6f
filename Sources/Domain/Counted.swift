/// "0 entries", "1 entry", "2 entries": a count and its word, for all that a person reads.
///
/// - Parameter plural: nil if it is the word with an s.
public func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  count == 1 ? "1 \(singular)" : "\(count) \(plural ?? singular + "s")"
}

extension [String] {
  /// "1001, 1002 and 3 more".
  public func listed(to most: Int, by separator: String = ", ") -> String {
    let rest = count - most
    return prefix(most).joined(separator: separator) + (rest > 0 ? " and \(rest) more" : "")
  }
}
