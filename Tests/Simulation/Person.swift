import Domain

/// A person of the simulated directory, who may have an extension and be a contact.
struct Person: Hashable, Sendable {
  /// Who it is, from 0, whatever ID the entry has.
  let id: Int
  /// How often the entry was created again, with another immutable ID.
  var generation = 0
  /// How often the name has changed.
  var name = 0
  /// Whether a pool has a number for the person where the directory has none.
  var isGuest = false
  /// The extension number; nil for none.
  var number: String?
  var isDisabled = false
  /// The contact's number; nil for none.
  var contact: String?

  var mail: String { "p\(id)@example.org" }
  var lastName: String { "Name\(name)" }

  /// The immutable ID of the entry as a user, or of the contact.
  func entryID(_ kind: ObjectKind) -> String {
    "\(kind == .extension ? "p" : "c")\(id)" + (generation == 0 ? "" : ".\(generation)")
  }

  /// Who has or had an immutable ID; nil for other texts.
  static func id(ofEntry text: String) -> Int? {
    guard let first = text.first, "pc".contains(first) else { return nil }
    return Int(text.dropFirst().prefix { $0 != "." })
  }

  /// The number of the kind that the person wants an object for.
  func number(_ kind: ObjectKind) -> String? {
    switch kind {
    case .extension: isDisabled ? nil : number
    case .contact: contact
    }
  }

  func wants(_ key: ObjectKey) -> Bool { number(key.kind) == key.number }

  /// Whether a pool serves the person now: the extension that they have is wanted, whatever its number.
  var keepsAny: Bool { isGuest && number == nil && !isDisabled }

  /// Whether the person may have been given the number: it is theirs in the directory, or a pool serves them.
  func mayWant(_ key: ObjectKey) -> Bool { wants(key) || (key.kind == .extension && keepsAny) }

  func has(_ kind: ObjectKind) -> Bool { number(kind) != nil || (kind == .extension && keepsAny) }

  /// The base that the entry as a user is below.
  var branch: String { isGuest ? SimulatedDirectory.guests : SimulatedDirectory.people }

  /// Only the contact was shown.
  mutating func forgetUser() { (number, isGuest) = (nil, false) }
}
