package import Ledger

extension AlertRecord {
  /// How it ended, as a clause; nil if that isn't known.
  ///
  /// - Parameter isFailing: whether runs fail for another reason now.
  package func ending(isFailing: Bool) -> String? {
    switch decision {
    case .approved where key == Self.drop: return "an admin approved the lower entry count"
    case .approved: return "an admin approved it"
    case .rejected: return "an admin rejected it"
    case .thawed: return "an admin ended it"
    case nil: break
    }
    if key.hasPrefix("held ") { return "these changes were made within the limits, or are no longer due" }
    if key.hasPrefix(Alert.failurePrefix) { return isFailing ? "runs fail for another reason now" : "runs work again" }
    if key.hasPrefix("pool ") { return "numbers are allocated again" }
    return switch key {
    case Self.incompleteRead, Self.drop: "the directory is read completely again"
    case Self.freeze: "its time was over"
    case Alert.configurationKey: "a configuration was accepted"
    case "phonebook": "all contacts fit in again"
    case "write-back": "numbers are written again"
    case "failing changes": "no change fails now"
    case "calls in doubt": "all results are known"
    case "unproven objects": "it is known of all objects"
    default: nil
    }
  }
}
