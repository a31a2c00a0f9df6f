public import Domain

/// Removes the changes from a plan for which there is a reason, and the changes that require them or are made only together with them, for
/// the same reason. The remaining changes require the same changes as before, at their new positions.
public func applyingBackoff<Reason>(
  from changes: [Change], because reason: (Change) -> Reason?
) -> (kept: [Change], withheld: [(change: Change, reason: Reason)]) {
  var reasons: [Int: Reason] = [:]
  var reasonsByKey: [ObjectKey: Reason] = [:]
  var count: Int
  repeat {
    count = reasons.count
    for (index, change) in changes.enumerated() where reasons[index] == nil {
      let found =
        reason(change) ?? change.requires.lazy.compactMap { reasons[$0] }.first
        ?? change.together.lazy.compactMap { reasonsByKey[$0] }.first
      guard let found else { continue }
      reasons[index] = found
      reasonsByKey[change.call.key] = found
    }
  } while reasons.count > count
  var kept: [Change] = []
  var withheld: [(change: Change, reason: Reason)] = []
  var position: [Int: Int] = [:]
  for (index, change) in changes.enumerated() {
    if let reason = reasons[index] {
      withheld.append((change, reason))
    } else {
      position[index] = kept.count
      kept.append(change.requiring(change.requires.compactMap { position[$0] }))
    }
  }
  return (kept, withheld)
}
