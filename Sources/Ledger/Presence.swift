public import Domain

extension Ledger {
  /// Whether the PBX tells by a probe, as it was learned last; nil where it never was.
  public func presence() throws(LedgerError) -> PresenceKnowledge? {
    try database.read("reading whether the PBX tells") { () throws(LedgerError) in
      try database.rows("SELECT url, server, form, learned_at FROM presence", as: PresenceKnowledge.init).first
    }
  }

  public func keep(_ presence: PresenceKnowledge) throws(LedgerError) {
    try database.write("noting whether the PBX tells") { () throws(LedgerError) in
      try database.run(
        "INSERT OR REPLACE INTO presence (id, url, server, form, learned_at) VALUES (1, ?, ?, ?, ?)",
        [.text(presence.url), .text(presence.server), presence.form.stored, .time(presence.learnedAt)])
    }
  }

  /// Notes for an open intent what was seen of its number before its call leaves.
  public func see(_ sight: Sight, for intent: Int64) throws(LedgerError) {
    try database.write("noting what was seen before intent \(intent)") { () throws(LedgerError) in
      try database.run(
        "UPDATE intents SET seen_absent = ? WHERE id = ? AND state = 'open'", [sight.stored, intent.stored])
    }
  }
}

extension PresenceKnowledge {
  /// url, server, form, learned_at
  init(_ row: inout Row) throws(LedgerError) {
    self.init(url: try row.next(), server: try row.next(), form: try row.next(), learnedAt: try row.nextTime())
  }
}

extension ProbeForm: Storable {}

extension Sight: Storable {
  /// Bits: 1 for proved, 2 and 4 for the forms that may tell.
  var stored: Stored {
    .integer((isProof ? 1 : 0) + (candidates.contains(.name) ? 2 : 0) + (candidates.contains(.email) ? 4 : 0))
  }

  init?(_ stored: Stored) {
    guard case .integer(let bits) = stored, (0...7).contains(bits) else { return nil }
    self.init(isProof: bits & 1 != 0)
    if bits & 2 != 0 { candidates.insert(.name) }
    if bits & 4 != 0 { candidates.insert(.email) }
  }
}
