public import Domain

extension Ledger {
  /// What was last learned about whether the PBX reveals taken numbers; nil if never.
  public func presence() throws(LedgerError) -> PresenceKnowledge? {
    try database.read("reading whether the PBX tells") { () throws(LedgerError) in
      try database.rows("SELECT url, server, form, learned_at FROM presence", as: PresenceKnowledge.init).first
    }
  }

  /// Stores what was learned about whether the PBX reveals taken numbers.
  public func store(_ presence: PresenceKnowledge) throws(LedgerError) {
    try database.write("noting whether the PBX tells") { () throws(LedgerError) in
      try database.run(
        "INSERT OR REPLACE INTO presence (id, url, server, form, learned_at) VALUES (1, ?, ?, ?, ?)",
        [.text(presence.url), .text(presence.server), presence.form.stored, .time(presence.learnedAt)])
    }
  }

  /// Records for open intents that their number was seen to be free right before the call.
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
