package import Domain

/// Who has a claim on which number, of the PBX or of the network.
package struct NumbersInUse: Sendable {
  private enum Claimant { case one(EntryID), several }

  private var claims: [String: Claimant] = [:]

  /// - Parameter entry: nil where nobody may have it.
  package mutating func add(_ number: String, of entry: EntryID?) {
    guard let entry, !entry.text.isEmpty else {
      claims[number] = .several
      return
    }
    switch claims[number] {
    case nil: claims[number] = .one(entry)
    case .one(entry): break
    case .one, .several: claims[number] = .several
    }
  }

  /// Whether no other entry has a claim on it.
  package func isFree(_ number: String, for entry: EntryID) -> Bool {
    switch claims[number] {
    case nil: true
    case .one(entry): true
    case .one, .several: false
    }
  }
}
