import Domain
import Glibc
import Platform
import Text

/// The progress of a ledger, stored next to it and outside SQLite.
///
/// SQLite silently drops a WAL's damaged end: later commits are lost, and their requests would be sent again. The same
/// happens with a copy that replaces the ledger. Both count fewer transactions than the anchor does.
///
/// It is written after each commit and not flushed: it outlives a killed process, and after a power cut it may be older than the
/// ledger, never newer. Files that were replaced together are revealed by the newest backup, and by what a process remembers.
public struct Anchor: Hashable, Sendable {
  /// The ledger's name; empty before it has one.
  var ledger = ""
  var commits: Int64 = 0

  init(ledger: String = "", commits: Int64 = 0) {
    self.ledger = ledger
    self.commits = commits
  }

  /// What the message calls the anchor that a process remembers.
  private static let memory = "the ledger that the service has used"

  /// Checks a ledger by what a process remembers of it. If that fails, the memory becomes the anchor, so that it outlives the process.
  func check(remembered path: String, name: String, commits: Int64) throws(LedgerError) {
    do throws(LedgerError) {
      try check(path, name: name, commits: commits, by: Self.memory)
    } catch {
      try? save(beside: path)
      throw error
    }
  }

  /// More than any ledger has. While a restore is under way, no ledger may be used.
  static let beyondAll = Int64.max

  static func file(_ ledger: String) -> String { ledger + "-anchor" }
}

extension Anchor {
  private static let heading = "pbxsyncd anchor 1"

  /// The text has always the same length, so that it replaces the previous one. It ends with a line break.
  public var text: String {
    let count = "\(commits)"
    let body =
      "\(Self.heading) \(ledger.isEmpty ? String(repeating: "-", count: 16) : ledger) "
      + String(repeating: "0", count: 19 - count.utf8.count) + count
    return "\(body) \(digest(body))\n"
  }

  /// - Parameter text: as written, with its line break; nil if it isn't an anchor's.
  public init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 6, let commits = Int64(words[4]) else { return nil }
    self.init(ledger: words[3].allSatisfy { $0 == "-" } ? "" : String(words[3]), commits: commits)
    guard self.text == text else { return nil }
  }

  /// The anchor of the ledger at this path; nil if there is none.
  init?(of ledger: String) throws(LedgerError) {
    let path = Self.file(ledger)
    guard fileExists(path) else { return nil }
    // The file may be read while it is being written.
    for _ in 0..<100 {
      do throws(FileError) {
        let bytes = try FileBytes(of: path, limit: 1000).bytes
        if let anchor = Anchor(String(decoding: bytes, as: UTF8.self)) {
          self = anchor
          return
        }
      } catch {
        throw LedgerError(.notReadable, path: path, detail: error.reason)
      }
    }
    throw LedgerError(.behind, path: ledger, operation: "checking it", detail: "\(path) isn't what was written there")
  }

  /// Writes the anchor durably and replaces any other.
  func save(beside ledger: String) throws(LedgerError) {
    let path = Self.file(ledger)
    do throws(FileError) {
      try writeFile(path, text)
      try flushFolder(of: path)
    } catch {
      throw LedgerError(
        error.isNoSpace ? .diskFull : .notWritable, path: path, operation: "writing it", detail: error.reason)
    }
    giveToFolderOwner(path)
  }

  /// The newest backup of the ledger at this path; nil if there is none that can be read.
  static func ofBackup(_ ledger: String) -> (path: String, anchor: Anchor)? {
    guard let path = Backup.all(of: ledger).last, let backup = try? Database.openingBackup(path),
      (try? backup.version()) ?? 0 >= anchoredVersion, let anchor = try? backup.anchor()
    else { return nil }
    return (path, anchor)
  }

  /// Checks that a ledger with this name and number of transactions may be used.
  ///
  /// - Parameter witness: where this anchor is from; nil for the file beside the ledger.
  /// - Throws: `LedgerError` of the kind `behind`.
  func check(_ path: String, name: String, commits: Int64, by witness: String? = nil) throws(LedgerError) {
    let witness = witness ?? Self.file(path)
    let detail: String
    if self.commits == Self.beyondAll {
      detail = "a restore was interrupted"
    } else if self.commits > 0 && name != ledger {
      detail = "\(witness) is of another ledger"
    } else if self.commits > commits {
      detail = "it has \(commits) transactions, and \(witness) has \(self.commits)"
    } else {
      return
    }
    throw LedgerError(.behind, path: path, operation: "checking it", detail: detail)
  }
}

extension Database {
  /// Checks that the ledger has all transactions that its anchor counts.
  ///
  /// - Parameter anchor: read before the ledger, which may be written meanwhile.
  func check(_ anchor: Anchor?, version: Int) throws(LedgerError) {
    guard version >= anchoredVersion else {
      // The ledger is from an earlier release, or new: it has no anchor of its own yet.
      return try anchor?.check(path, name: "", commits: 0) ?? ()
    }
    guard let anchor else {
      throw LedgerError(
        .behind, path: path, operation: "checking it",
        detail: "\(Anchor.file(path)), which says how far it had got, is missing")
    }
    let found = try self.anchor()
    try anchor.check(path, name: found.ledger, commits: found.commits)
  }

  /// Checks that the ledger has all transactions that its newest backup has. The backups may be of an earlier ledger than this one.
  func checkByBackup(version: Int) throws(LedgerError) {
    guard version >= anchoredVersion, let backup = Anchor.ofBackup(path) else { return }
    let found = try anchor()
    if backup.anchor.ledger != found.ledger { return }
    try backup.anchor.check(path, name: found.ledger, commits: found.commits, by: backup.path)
  }

  /// Checks that the ledger is no older than this process has seen it.
  func check(isAfter seen: Anchor?) throws(LedgerError) {
    guard let seen else { return }
    let found = try anchor()
    try seen.check(remembered: path, name: found.ledger, commits: found.commits)
  }

  /// The anchor for the ledger's present state.
  func anchor() throws(LedgerError) -> Anchor {
    let found = try rows("SELECT ledger, commits FROM meta") { row throws(LedgerError) in
      Anchor(ledger: try row.next(), commits: try row.next())
    }
    guard let anchor = found.first else { throw LedgerError(.corrupt, path: path, detail: "it doesn't know itself") }
    return anchor
  }
}

/// Owns the open file of an anchor; closed with the last reference.
final class AnchorFile {
  private let descriptor: Int32
  private let ledger: String

  init(of path: String, ledger: String) throws(LedgerError) {
    let descriptor = unsafe open(Anchor.file(path), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      throw LedgerError(.notWritable, path: Anchor.file(path), detail: errorText(errno))
    }
    self.descriptor = descriptor
    self.ledger = ledger
  }

  deinit { close(descriptor) }

  /// Sets the number of commits. If that fails, the anchor is older than the ledger, which does no harm.
  func raise(to commits: Int64) {
    let text = Array(Anchor(ledger: ledger, commits: commits).text.utf8)
    _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }
}
