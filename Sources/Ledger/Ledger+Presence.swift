public import Domain

extension Ledger {
  /// Whether the PBX tells by a probe, as it was learned last; nil where it never was.
  public func presence() throws(LedgerError) -> PresenceKnowledge? {
    try database.read("reading whether the PBX tells") { () throws(LedgerError) in
      try database.rows("SELECT url, server, form, learned_at FROM presence", as: PresenceKnowledge.init).first
    }
  }

  public func store(_ presence: PresenceKnowledge) throws(LedgerError) {
    try database.write("noting whether the PBX tells") { () throws(LedgerError) in
      try database.run(
        "INSERT OR REPLACE INTO presence (id, url, server, form, learned_at) VALUES (1, ?, ?, ?, ?)",
        [.text(presence.url), .text(presence.server), presence.form.stored, .time(presence.learnedAt)])
    }
  }

  /// Notes for open intents that their number was seen to be free right before the call.
  public func recordSeenAbsent(_ intents: [Int64]) throws(LedgerError) {
    try database.write("noting what was seen before intents") { () throws(LedgerError) in
      for intent in intents {
        try database.run("UPDATE intents SET seen_absent = 1 WHERE id = ? AND state = 'open'", [intent.stored])
      }
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
