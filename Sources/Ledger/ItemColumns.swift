import Domain

/// An item's values as the seven columns that every table with items has:
/// kind, number, first_name, last_name, email, caller_id, company.
extension Item {
  static let columns = "kind, number, first_name, last_name, email, caller_id, company"

  var columnValues: [Statement.Value] {
    switch self {
    case .extension(let it):
      [
        "extension", .text(it.number), .text(it.firstName), .text(it.lastName), .text(it.email), .text(it.callerID), "",
      ]
    case .contact(let it):
      ["contact", .text(it.number), .text(it.firstName), .text(it.lastName), "", "", .text(it.company)]
    }
  }
}

extension Key {
  var columnValues: [Statement.Value] { [.text(kind.rawValue), .text(number)] }
}

extension Statement {
  /// The item in seven columns from `first` on.
  func item(_ first: Int32) -> Item {
    if text(first) == Kind.contact.rawValue {
      return .contact(
        Contact(
          number: text(first + 1), firstName: text(first + 2), lastName: text(first + 3), company: text(first + 6)))
    }
    return .extension(
      Extension(
        number: text(first + 1), firstName: text(first + 2), lastName: text(first + 3), email: text(first + 4),
        callerID: text(first + 5)))
  }
}
