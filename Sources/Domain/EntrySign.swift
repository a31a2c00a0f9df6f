/// A value by which an entry is perhaps one of before that was created again, with another immutable ID.
public enum EntrySign: Hashable, Sendable {
  case mail(String), dn(String), names(String)

  /// The signs of an object's entry, the strongest first.
  public static func all(of item: PBXObject, _ dn: String) -> [EntrySign] {
    var signs: [EntrySign] = []
    if let mail = item.mail { signs.append(.mail(mail.lowercased())) }
    if !dn.isEmpty { signs.append(.dn(dn)) }
    if item.names.contains(where: { !$0.isEmpty }) { signs.append(.names(item.names.joined(separator: "\n"))) }
    return signs
  }

  /// Whether it identifies an entry. Names don't where both have a mail address, which then differs.
  public func identifies(_ item: PBXObject, like other: PBXObject) -> Bool {
    if case .names = self { return item.mail == nil || other.mail == nil }
    return true
  }
}

extension PBXObject {
  /// The mail address of an extension, which identifies a person; nil if it has none.
  package var mail: String? { if case .extension(let user) = self, !user.email.isEmpty { user.email } else { nil } }

  /// Its names for comparison.
  package var names: [String] {
    switch self {
    case .extension(let user): [user.firstName, user.lastName].map { $0.lowercased() }
    case .contact(let contact): [contact.firstName, contact.lastName, contact.company].map { $0.lowercased() }
    }
  }
}
