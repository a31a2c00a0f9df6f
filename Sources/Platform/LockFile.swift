import Glibc

public enum LockError: Error, Hashable, Sendable {
  /// Another process holds it; its id where it could be read.
  case heldBy(pid: Int32?)
  /// The file can't be opened or written: errno's text.
  case unusable(String)
  /// Something else has its name, which is left as it is.
  case notLockFile(path: String)
}

/// A kernel lock that dies with its process, so that a crash never leaves one behind (flock(2)).
///
/// The file also holds the owner's process id, for the message that the next one gets, and what the owner has others know.
public struct LockFile: ~Copyable, Sendable {
  private let descriptor: Int32

  /// Takes the lock without waiting. It is given back when the value goes out of scope.
  ///
  /// - Parameter note: one line for `holder(of:)`.
  public init(path: String, note: String = "") throws(LockError) {
    // Whoever owns the folder mustn't lead root to another file by a link, nor keep it waiting by a FIFO.
    let made = createFile(path, givesToFolderOwner: true)
    if made != 0 && made != EEXIST { throw .unusable(errorText(made)) }
    let descriptor = unsafe open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ELOOP ? .notLockFile(path: path) : .unusable(errorText(errno))
    }
    guard Self.isSingleFile(descriptor) else {
      close(descriptor)
      throw .notLockFile(path: path)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      let owner = Self.owner(descriptor)
      close(descriptor)
      throw reason == EWOULDBLOCK ? .heldBy(pid: owner) : .unusable(errorText(reason))
    }
    self.descriptor = descriptor
    sign(note)
  }

  /// Who holds the lock at `path`, and what they have others know; nil where nobody does, and where that can't be read. Holds it
  /// for a moment, together with others who look.
  public static func holder(of path: String) -> (pid: Int32, note: String)? {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard isSingleFile(descriptor), flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
    let lines = signature(descriptor)
    guard let pid = lines.first.flatMap({ Int32($0) }) else { return nil }
    return (pid, lines.count > 1 ? lines[1] : "")
  }

  deinit { close(descriptor) }

  /// Whether it is a regular file that has no other name, under which something else may depend on it.
  private static func isSingleFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1
  }

  /// Has others know another line.
  public borrowing func sign(_ note: String) {
    let text = Array("\(getpid())\n\(note)\n".utf8)
    // It only serves a message: a full disk must not stop the lock. Whoever looks meanwhile finds the earlier line or this one.
    let written = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    _ = ftruncate(descriptor, off_t(max(written, 0)))
  }

  private static func owner(_ descriptor: Int32) -> Int32? { signature(descriptor).first.flatMap { Int32($0) } }

  private static func signature(_ descriptor: Int32) -> [String] {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { return [] }
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
