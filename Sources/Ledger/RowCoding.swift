import Domain

// The coding of domain types as rows: each writes its values in the order of its columns and reads them in this order.

/// The lists of columns that a statement names by type, in braces: `SELECT {ManagedObject} FROM objects`.
private let columnLists = [
  "Absence": Absence.columns, "Allocation": Allocation.columns, "Call": Call.columns, "CallResult": CallResult.columns,
  "FormerHolder": FormerHolder.columns, "InDoubtCall": InDoubtCall.columns, "ManagedObject": ManagedObject.columns,
  "PastCall": PastCall.columns, "PBXObject": PBXObject.columns, "ReadReport": ReadReport.columns,
  "Refusal": Refusal.columns, "Run": Run.columns, "RunEnd": RunEnd.columns, "SearchReport": SearchReport.columns,
]

/// A statement with the columns in place of types.
func namingColumns(_ sql: StaticString) -> String {
  let parts = sql.description.split(separator: "{", omittingEmptySubsequences: false)
  return parts.dropFirst().reduce(String(parts[0])) { text, part in
    let type = String(part.prefix { $0 != "}" })
    guard let columns = columnLists[type] else { preconditionFailure("\(type) has no list of columns") }
    return text + columns + part.dropFirst(type.count + 1)
  }
}

extension ObjectKey {
  /// kind, number
  var values: [SQLiteValue] { [kind.stored, .text(number)] }
}

extension PBXObject {
  static let columns = "kind, number, first_name, last_name, email, caller_id, company"

  /// Empty for a field that this kind doesn't have.
  var values: [SQLiteValue] {
    switch self {
    case .extension(let user):
      [
        ObjectKind.extension.stored, .text(user.number), .text(user.firstName), .text(user.lastName), .text(user.email),
        .text(user.callerID), .text(""),
      ]
    case .contact(let contact):
      [
        ObjectKind.contact.stored, .text(contact.number), .text(contact.firstName), .text(contact.lastName), .text(""),
        .text(""),
        .text(contact.company),
      ]
    }
  }

  /// The values of an object of which only the number is known.
  static func values(of key: ObjectKey) -> [SQLiteValue] { key.values + Array(repeating: .text(""), count: 5) }

  init(_ row: inout Row) throws(LedgerError) {
    switch try row.next() as ObjectKind {
    case .extension:
      self = .extension(
        Extension(
          number: try row.next(), firstName: try row.next(), lastName: try row.next(), email: try row.next(),
          callerID: try row.next()))
      row.skip(1)
    case .contact:
      var contact = Contact(number: try row.next(), firstName: try row.next(), lastName: try row.next())
      row.skip(2)
      contact.company = try row.next()
      self = .contact(contact)
    }
  }
}

extension Call {
  static let columns = "verb, registered_number, \(PBXObject.columns)"

  var values: [SQLiteValue] {
    [action.stored, registeredNumber.stored] + (item?.values ?? PBXObject.values(of: key))
  }

  /// Only a contact can be renumbered, so only its update names the number before.
  private var registeredNumber: String? {
    guard case .updateContact(_, let number) = self else { return nil }
    return number
  }

  init(_ row: inout Row) throws(LedgerError) {
    let (action, registeredNumber): (Action, String?) = (try row.next(), try row.next())
    let item = try PBXObject(&row)
    switch action {
    case .add: self = .add(item)
    case .update:
      // Only a contact has another number before.
      if item.kind == .extension, let registeredNumber, registeredNumber != item.number {
        throw row.error("the column registered_number is of another extension")
      }
      self = .update(item, knownAs: registeredNumber ?? item.number)
    case .delete: self = .delete(item.key)
    }
  }
}

extension Absence {
  static let columns = "absence_reason, absence_since, absence_reads, absence_change"
}

extension Absence? {
  var values: [SQLiteValue] {
    [(self?.reason).stored, .time(self?.since), (self?.reads).stored, (self?.change).stored]
  }

  init(_ row: inout Row) throws(LedgerError) {
    guard let reason: Absence.Reason = try row.next() else {
      row.skip(3)
      self = nil
      return
    }
    self = Absence(reason, since: try row.nextTime(), reads: try row.next(), change: try row.next())
  }
}

extension Unproven {
  static let columns = "unproven_reason, unproven_since, unproven_otherwise"
}

extension Unproven? {
  var values: [SQLiteValue] {
    [(self?.reason).stored, .time(self?.since), .integer(self?.hasOtherValues == true ? 1 : 0)]
  }

  init(_ row: inout Row) throws(LedgerError) {
    guard let reason: Unproven.Reason = try row.next() else {
      row.skip(2)
      self = nil
      return
    }
    self = Unproven(reason, since: try row.nextTime(), hasOtherValues: try row.next() as Int == 1)
  }
}

extension ManagedObject {
  static let columns = "\(PBXObject.columns), entry, dn, ownership, \(Absence.columns), \(Unproven.columns)"

  var values: [SQLiteValue] {
    item.values + [entry.stored, .text(dn), ownership.stored] + absence.values + unproven.values
  }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      try PBXObject(&row), entry: try row.next(), dn: try row.next(), ownership: try row.next(),
      absence: try Absence?(&row),
      unproven: try Unproven?(&row))
  }
}

extension CallResult {
  static let columns = "verdict, error_code, message"

  var values: [SQLiteValue] { [status.stored, .text(errorCode), .text(message)] }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(try row.next(), errorCode: try row.next(), message: try row.next())
  }
}

extension Refusal {
  static let columns = "\(PBXObject.columns), entry, \(CallResult.columns), since, asked_at"

  var values: [SQLiteValue] { item.values + [entry.stored] + answer.values + [.time(since), .time(askedAt)] }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      try PBXObject(&row), entry: try row.next(), answer: try CallResult(&row), since: try row.nextTime(),
      askedAt: try row.nextTime())
  }
}

extension Allocation {
  static let columns = "number, entry, dn, pool, at"

  var values: [SQLiteValue] { [.text(number), entry.stored, .text(dn), .text(pool), .time(at)] }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(try row.next(), to: try row.next(), dn: try row.next(), pool: try row.next(), at: try row.nextTime())
  }
}
