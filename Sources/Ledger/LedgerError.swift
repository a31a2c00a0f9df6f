import CSQLite

/// Why the ledger couldn't be read or written. Nothing of the transaction at hand was kept.
public struct LedgerError: Error, Hashable, Sendable {
  /// What it means for whoever must act.
  public enum Kind: Hashable, Sendable {
    case notWritable, diskFull, corrupt, busy, other
    /// A newer pbxsyncd wrote it.
    case newerVersion(found: Int, known: Int)
  }

  public let kind: Kind
  /// SQLite's extended result code (sqlite.org/rescode.html); 0 where it isn't SQLite's refusal.
  public let code: Int32
  /// The ledger's file.
  public let path: String
  /// What was attempted, and SQLite's words.
  public let detail: String

  /// What an admin does about it.
  public var remedy: String {
    switch kind {
    case .notWritable: "give the folder of \(path) to the user that runs pbxsyncd, and let it write there"
    case .diskFull: "make room on the disk of \(path); nothing was lost"
    case .corrupt:
      "move \(path) aside with its -wal and -shm files and put back a copy that is whole; without one, a new ledger "
        + "begins empty and reports what the PBX has already as foreign"
    case .newerVersion: "install the newer pbxsyncd again, or put back a copy of the ledger from before the upgrade"
    case .busy: "end the other program that has \(path) open"
    case .other: "look at \(path) with: sqlite3 -readonly \(path) 'PRAGMA integrity_check'"
    }
  }
}

extension LedgerError: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .newerVersion(let found, let known):
      "the ledger \(path) has version \(found), and this pbxsyncd knows \(known) at most"
    case .corrupt: "the ledger \(path) is corrupt: \(detail)"
    case .diskFull: "the disk is full: \(detail) (\(path))"
    case .notWritable: "the ledger \(path) can't be opened or written: \(detail)"
    case .busy: "the ledger \(path) is in use: \(detail)"
    case .other: "the ledger \(path) failed: \(detail)"
    }
  }
}

extension LedgerError.Kind {
  init(sqlite code: Int32) {
    switch code & 0xFF {
    case SQLITE_FULL: self = .diskFull
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt
    case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: self = .notWritable
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: self = .busy
    default: self = .other
    }
  }
}
