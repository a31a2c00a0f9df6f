package import Ledger

extension AlertRecord {
  /// How it ended, as a clause; nil if that isn't known.
  ///
  /// - Parameter isFailing: whether runs fail for another reason now.
  package func ending(isFailing: Bool) -> String? {
    // The title of several sets is that of the first.
    let told = detail.contains(" ") ? 0 : Alert.size(inDetail: detail)
    let size = told == 0 || title.contains(" \(told) ") ? "" : "; it had \(told) when it was told"
    return reason(isFailing: isFailing).map { $0 + size }
  }

  private func reason(isFailing: Bool) -> String? {
    switch decision {
    case .approved where key == Self.drop: return "an admin approved the lower entry count"
    case .approved: return "an admin approved it"
    case .rejected: return "an admin rejected it"
    case .thawed: return "an admin ended it"
    case nil: break
    }
    if Family.held.has(key) { return "these changes were made within the limits, or are no longer due" }
    if Family.failure.has(key) { return isFailing ? "runs fail for another reason now" : "runs work again" }
    if Family.due.has(key) { return "they are held now, or so many are no longer pending" }
    if Family.pool.has(key) { return "numbers are allocated again" }
    return switch key {
    case Self.incompleteRead, Self.drop: "the directory is read completely again"
    case Self.freeze: "its time was over"
    case Self.configuration: "a configuration was accepted"
    case Self.phonebook: "all contacts fit in again"
    case Self.writeBack: "numbers are written again"
    case Self.failing: "no change is in back-off now"
    case Self.inDoubt: "all results are known"
    case Self.unproven: "no object is unproven now"
    default: nil
    }
  }
}
