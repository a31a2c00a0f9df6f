import Domain

// How the shared words lie in columns: each type beside the way back. Columns have the names of `Field`.

extension Key {
  var columns: Columns { ["kind": kind, "number": number] }
}

extension Item {
  /// Kind, number and every value; empty for a field that this kind doesn't have.
  var columns: Columns {
    var columns = Item.noValues
    columns["kind"] = kind
    for (field, value) in fields { columns[field.rawValue] = value }
    return columns
  }

  /// The values of a call that gives none.
  static var noValues: Columns { Columns(uniqueKeysWithValues: Field.allCases.map { ($0.rawValue, "") }) }

  init(_ row: borrowing Statement) throws(LedgerError) {
    switch try row["kind"] as Kind {
    case .extension:
      self = .extension(
        Extension(
          number: try row["number"], firstName: try row["first_name"], lastName: try row["last_name"],
          email: try row["email"], callerID: try row["caller_id"]))
    case .contact:
      self = .contact(
        Contact(
          number: try row["number"], firstName: try row["first_name"], lastName: try row["last_name"],
          company: try row["company"]))
    }
  }
}

extension Call {
  var columns: Columns {
    (item?.columns ?? Item.noValues.with(key.columns))
      .with(["verb": verb, "registered_number": registeredNumber])
  }

  /// Only a contact can be renumbered, so only its update names the number before.
  private var registeredNumber: String? {
    guard case .updateContact(_, let number) = self else { return nil }
    return number
  }

  init(_ row: borrowing Statement) throws(LedgerError) {
    let item = try Item(row)
    switch try row["verb"] as Verb {
    case .add: self = .add(item)
    case .update: self = .update(item, knownAs: try row["registered_number"] ?? item.number)
    case .delete: self = .delete(item.key)
    }
  }
}

extension Absence? {
  var columns: Columns {
    ["absence_reason": self?.reason, "absence_since": self?.since, "absence_reads": self?.reads]
  }

  init(_ row: borrowing Statement) throws(LedgerError) {
    guard let reason: Absence.Reason = try row["absence_reason"] else {
      self = nil
      return
    }
    self = Absence(reason, since: try row["absence_since"], reads: try row["absence_reads"])
  }
}

extension Owned {
  var columns: Columns {
    item.columns.with(absence.columns).with(["entry": entry, "dn": dn, "ownership": ownership])
  }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(
      try Item(row), entry: try row["entry"], dn: try row["dn"], ownership: try row["ownership"],
      absence: try Absence?(row))
  }
}

extension Answer {
  var columns: Columns { ["verdict": verdict, "error_code": errorCode, "message": message] }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(try row["verdict"], errorCode: try row["error_code"], message: try row["message"])
  }
}

extension Refusal {
  var columns: Columns {
    item.columns.with(answer.columns).with(["entry": entry, "since": since])
  }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(try Item(row), entry: try row["entry"], answer: try Answer(row), since: try row["since"])
  }
}

extension Allocation {
  var columns: Columns { ["number": number, "entry": entry, "dn": dn, "pool": pool, "at": at] }

  init(_ row: borrowing Statement) throws(LedgerError) {
    self.init(
      try row["number"], to: try row["entry"], dn: try row["dn"], pool: try row["pool"], at: try row["at"])
  }
}

extension Verdict: Storable {
  var stored: Stored {
    switch self {
    case .accepted: .text("accepted")
    case .absent: .text("absent")
    case .taken: .text("taken")
    case .refused: .text("refused")
    case .badKey: .text("bad key")
    case .failed: .text("failed")
    case .notUnderstood: .text("not understood")
    case .unanswered: .text("unanswered")
    case .notSent: .text("not sent")
    case .tooLong: .text("too long")
    }
  }

  init?(_ stored: Stored) {
    let all: [Verdict] = [
      .accepted, .absent, .taken, .refused, .badKey, .failed, .notUnderstood, .unanswered, .notSent, .tooLong,
    ]
    guard let verdict = all.first(where: { $0.stored == stored }) else { return nil }
    self = verdict
  }
}
