import Domain

// How the shared words lie in rows: the values that each gives, in one order, beside the way back, which takes them in the
// same order. Statements name the columns in this order too.

extension Key {
  /// kind, number
  var values: [Stored] { [kind.stored, .text(number)] }
}

extension Item {
  /// kind, number, first_name, last_name, email, caller_id, company; empty for a field that this kind doesn't have.
  var values: [Stored] {
    switch self {
    case .extension(let it):
      [
        Kind.extension.stored, .text(it.number), .text(it.firstName), .text(it.lastName), .text(it.email),
        .text(it.callerID), .text(""),
      ]
    case .contact(let it):
      [
        Kind.contact.stored, .text(it.number), .text(it.firstName), .text(it.lastName), .text(""), .text(""),
        .text(it.company),
      ]
    }
  }

  /// The same of an object whose values nobody gives.
  static func values(of key: Key) -> [Stored] { key.values + Array(repeating: .text(""), count: 5) }

  init(_ row: inout Row) throws(LedgerError) {
    switch try row.next() as Kind {
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
  /// verb, registered_number, and those of an item
  var values: [Stored] {
    [verb.stored, registeredNumber.stored] + (item?.values ?? Item.values(of: key))
  }

  /// Only a contact can be renumbered, so only its update names the number before.
  private var registeredNumber: String? {
    guard case .updateContact(_, let number) = self else { return nil }
    return number
  }

  init(_ row: inout Row) throws(LedgerError) {
    let (verb, registeredNumber): (Verb, String?) = (try row.next(), try row.next())
    let item = try Item(&row)
    switch verb {
    case .add: self = .add(item)
    case .update: self = .update(item, knownAs: registeredNumber ?? item.number)
    case .delete: self = .delete(item.key)
    }
  }
}

extension Absence? {
  /// absence_reason, absence_since, absence_reads, absence_change
  var values: [Stored] {
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

extension Unproven? {
  /// unproven_reason, unproven_since, unproven_otherwise
  var values: [Stored] {
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

extension Owned {
  /// Those of an item, entry, dn, ownership, those of an absence, and those of what makes it unproven
  var values: [Stored] {
    item.values + [entry.stored, .text(dn), ownership.stored] + absence.values + unproven.values
  }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      try Item(&row), entry: try row.next(), dn: try row.next(), ownership: try row.next(), absence: try Absence?(&row),
      unproven: try Unproven?(&row))
  }
}

extension Answer {
  /// verdict, error_code, message
  var values: [Stored] { [verdict.stored, .text(errorCode), .text(message)] }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(try row.next(), errorCode: try row.next(), message: try row.next())
  }
}

extension Refusal {
  /// Those of an item, entry, those of an answer, since, asked_at
  var values: [Stored] { item.values + [entry.stored] + answer.values + [.time(since), .time(askedAt)] }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(
      try Item(&row), entry: try row.next(), answer: try Answer(&row), since: try row.nextTime(),
      askedAt: try row.nextTime())
  }
}

extension Allocation {
  /// number, entry, dn, pool, at
  var values: [Stored] { [.text(number), entry.stored, .text(dn), .text(pool), .time(at)] }

  init(_ row: inout Row) throws(LedgerError) {
    self.init(try row.next(), to: try row.next(), dn: try row.next(), pool: try row.next(), at: try row.nextTime())
  }
}
