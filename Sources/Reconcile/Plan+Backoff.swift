public import Domain

/// Removes the changes from a plan for which there is a reason, and the changes that require them, for the same reason. The remaining
/// changes require the same changes as before, at their new positions.
public func applyingBackoff<Reason>(
  from changes: [Change], because reason: (Change) -> Reason?
) -> (kept: [Change], withheld: [(change: Change, reason: Reason)]) {
  var kept: [Change] = []
  var withheld: [(change: Change, reason: Reason)] = []
  var position: [Int: Int] = [:]
  var reasons: [Int: Reason] = [:]
  for (index, change) in changes.enumerated() {
    if let reason = reason(change) ?? change.requires.lazy.compactMap({ reasons[$0] }).first {
      reasons[index] = reason
      withheld.append((change, reason))
    } else {
      position[index] = kept.count
      kept.append(change.requiring(change.requires.compactMap { position[$0] }))
    }
  }
  return (kept, withheld)
}
