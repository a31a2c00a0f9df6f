import Platform

/// The failure of an operation on the ledger. If it is thrown, nothing was written.
public struct LedgerError: Error, Hashable, Sendable {
  /// What went wrong, as far as a caller may want to act on it.
  public enum Kind: Hashable, Sendable {
    /// There is no ledger yet (only when reading: a writer makes one).
    case missing
    /// The file or its folder may not be read.
    case notReadable
    /// The file or its folder may not be written.
    case notWritable
    /// No room is left: the disk, a quota or a limit on the size of files.
    case diskFull
    /// Damaged, or not a ledger at all.
    case corrupt
    /// Intact, but committed transactions are missing, or that can't be ruled out.
    case behind
    /// Written by a newer pbxsyncd than this one.
    case newerVersion(found: Int, known: Int)
    /// Written by an older pbxsyncd, and opened for reading, where it can't be brought up to date.
    case olderVersion(found: Int, known: Int)
    /// Another process kept it locked for longer than the busy timeout.
    case busy
    /// The data contradict the ledger: an unknown intent, a second outcome.
    case contradiction
    /// A private copy can't be made in the folder for temporary files.
    case notCopied(isFull: Bool)
    /// A signal ended a copy.
    case stopped
    case other
  }

  public let kind: Kind
  /// The ledger's file.
  public let path: String
  /// SQLite's extended result code, or 0 where SQLite had no part in it.
  public let code: Int32
  /// What was attempted, in words that follow "while": "committing intents".
  public internal(set) var operation: String
  /// The message of SQLite or of the system.
  public let detail: String

  init(_ kind: Kind, path: String, code: Int32 = 0, operation: String = "opening it", detail: String) {
    self.kind = kind
    self.path = path
    self.code = code
    self.operation = operation
    self.detail = detail
  }

  /// The next step for the admin, as a sentence that names the file.
  public var remedy: String {
    switch kind {
    case .missing:
      "Run pbxsyncd once, which makes \(path), or correct [state] directory."
    case .notReadable where isOnReadOnlyFileSystem(path):
      "Mount the file system of \(path) for writing: even a reader keeps a file beside it."
    case .notReadable:
      "Run this as root or as the owner of \(path)."
    case .notWritable where isOnReadOnlyFileSystem(path):
      "Mount the file system of \(path) for writing, or correct [state] directory."
    case .notWritable:
      "Let the service's user write to \(path) and to its folder, or correct [state] directory."
    case .diskFull:
      "Make room on the disk of \(path), or raise the quota; the next run goes on from there."
    case .corrupt:
      "Replace it with a backup: \(pbxsyncd) ledger restore \(Backup.all(of: path).last.map(shellQuoted) ?? "BACKUP"); or move \(path) away "
        + "with its -wal, -shm and -anchor files and its backups: pbxsyncd then starts with an empty ledger and knows none of its managed objects."
    case .behind:
      "Have its objects unproven until the PBX's export shows which of them are there: \(pbxsyncd) ledger restore "
        + "\(shellQuoted(Backup.all(of: path).last ?? path)). Older files in its place would repeat changes, and remove what was created since."
    case .newerVersion:
      "Install the pbxsyncd that wrote \(path), or a newer one."
    case .olderVersion:
      "Run this pbxsyncd once as the owner of \(path), which brings the file up to date."
    case .busy:
      "Find out who keeps \(path) locked (fuser \(path)) and end it."
    case .contradiction:
      "This is a fault in pbxsyncd: report it with this message and a copy of \(path)."
    case .notCopied:
      "Set TMPDIR to a folder that you may write to, with space for a copy of the ledger and of the directory's entries."
    case .stopped:
      "Run the command again."
    case .other:
      "Check the disk of \(path) and the kernel's log, then run again."
    }
  }
}

extension LedgerError: CustomStringConvertible {
  public var description: String {
    if case .notCopied = kind { return "\(account). \(remedy)" }
    return "The ledger \(account). \(remedy)"
  }

  /// The file and its fault, as a clause.
  public var account: String {
    let number = code == 0 ? "" : " (SQLite \(code))"
    if case .notCopied = kind { return "No private copy of the ledger can be made in \(path): \(detail)\(number)" }
    return "\(path) \(fault), while \(operation): \(detail)\(number)"
  }

  private var fault: String {
    switch kind {
    case .missing: "doesn't exist"
    case .notReadable: "can't be read"
    case .notWritable: "can't be written"
    case .diskFull: "can't grow, for no room is left"
    case .corrupt: "is damaged or isn't a ledger"
    case .behind: "isn't all that was committed, or that can't be told"
    case .newerVersion(let found, let known): "has version \(found), and this pbxsyncd knows \(known) at most"
    case .olderVersion(let found, let known): "has version \(found), and this pbxsyncd reads \(known)"
    case .busy: "is locked by another process"
    case .contradiction: "was told something that can't be"
    case .stopped: "isn't there"
    case .notCopied, .other: "failed"
    }
  }
}
