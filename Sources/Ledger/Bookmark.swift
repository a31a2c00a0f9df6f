public import Domain

/// Where a daemon stood that was stopped: how far it had heard what the directory tells, and that nothing was left to do.
public struct Bookmark: Hashable, Sendable {
  /// The directory server that was listened to.
  public var server: String
  /// Its cookies (RFC 4533), by naming context.
  public var cookies: [String: String]
  /// What the directory was seen through; another program or configuration sees it in another way.
  public var view: String
  /// The ledger's, then.
  public var generation: Int64
  /// When the last complete read began.
  public var readAt: Seconds
  /// When something is to be tried again.
  public var dueAt: Seconds?

  public init(
    server: String, cookies: [String: String], view: String, generation: Int64, readAt: Seconds, dueAt: Seconds?
  ) {
    self.server = server
    self.cookies = cookies
    self.view = view
    self.generation = generation
    self.readAt = readAt
    self.dueAt = dueAt
  }
}

extension Ledger {
  /// Keeps the bookmark until it is taken.
  public func lay(_ bookmark: Bookmark) throws(LedgerError) {
    try database.write("laying the bookmark") { () throws(LedgerError) in
      try database.run("DELETE FROM bookmarks")
      for (context, cookie) in bookmark.cookies {
        try database.run(
          """
          INSERT INTO bookmarks (context, cookie, server, view, generation, read_at, due_at)
          VALUES (:context, :cookie, :server, :view, :generation, :read_at, :due_at)
          """,
          [
            "context": context, "cookie": cookie, "server": bookmark.server, "view": bookmark.view,
            "generation": bookmark.generation, "read_at": bookmark.readAt, "due_at": bookmark.dueAt,
          ])
      }
    }
  }

  /// The bookmark, which serves once: after a crash nobody knows what was heard.
  public func takeBookmark() throws(LedgerError) -> Bookmark? {
    try database.write("taking the bookmark") { () throws(LedgerError) in
      let rows = try database.rows("SELECT * FROM bookmarks") { row throws(LedgerError) in
        Bookmark(
          server: try row["server"], cookies: [try row["context"]: try row["cookie"]], view: try row["view"],
          generation: try row["generation"], readAt: try row["read_at"], dueAt: try row["due_at"])
      }
      try database.run("DELETE FROM bookmarks")
      guard var bookmark = rows.first else { return nil }
      for row in rows.dropFirst() { bookmark.cookies.merge(row.cookies) { first, _ in first } }
      return bookmark
    }
  }
}
