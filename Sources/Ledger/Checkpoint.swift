public import Domain

/// The state of a stopped daemon: the change notifications that it has handled. Nothing else was left to do.
public struct Checkpoint: Hashable, Sendable {
  /// The directory server of the subscriptions.
  public var server: String
  /// The server's cookies (RFC 4533), by naming context.
  public var cookies: [String: String]
  /// Identifies the mapping: another program version or configuration maps entries differently.
  public var mappingDigest: String
  /// The ledger's generation at that time.
  public var generation: Int64
  /// When the last complete read began.
  public var readAt: Timestamp
  /// When the next retry is due.
  public var dueAt: Timestamp?

  public init(
    server: String, cookies: [String: String], mappingDigest: String, generation: Int64, readAt: Timestamp,
    dueAt: Timestamp?
  ) {
    self.server = server
    self.cookies = cookies
    self.mappingDigest = mappingDigest
    self.generation = generation
    self.readAt = readAt
    self.dueAt = dueAt
  }
}

extension Ledger {
  /// Saves the checkpoint until it is consumed.
  public func save(_ checkpoint: Checkpoint) throws(LedgerError) {
    try database.write("saving the checkpoint") { () throws(LedgerError) in
      try database.record(timeline)
      try database.run("DELETE FROM bookmarks")
      for (context, cookie) in checkpoint.cookies {
        try database.run(
          """
          INSERT INTO bookmarks (context, cookie, server, view, generation, read_at, due_at)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
          [
            .text(context), .text(cookie), .text(checkpoint.server), .text(checkpoint.mappingDigest),
            checkpoint.generation.stored,
            .time(checkpoint.readAt), .time(checkpoint.dueAt),
          ])
      }
    }
  }

  /// Returns and deletes the checkpoint: it serves once, because after a crash it is unknown which notifications arrived.
  public func consumeCheckpoint() throws(LedgerError) -> Checkpoint? {
    try database.write("consuming the checkpoint") { () throws(LedgerError) in
      let rows = try database.rows(
        "SELECT server, context, cookie, view, generation, read_at, due_at FROM bookmarks"
      ) { row throws(LedgerError) in
        Checkpoint(
          server: try row.next(), cookies: [try row.next(): try row.next()], mappingDigest: try row.next(),
          generation: try row.next(), readAt: try row.nextTime(), dueAt: try row.nextTime())
      }
      try database.run("DELETE FROM bookmarks")
      guard var checkpoint = rows.first else { return nil }
      for row in rows.dropFirst() { checkpoint.cookies.merge(row.cookies) { first, _ in first } }
      return checkpoint
    }
  }
}
