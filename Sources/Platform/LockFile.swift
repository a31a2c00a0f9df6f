import Glibc

public enum LockError: Error, Hashable, Sendable {
  /// Another process holds it, with its ID if it could be read.
  case heldBy(pid: Int32?)
  /// The file can't be opened or written: errno's text.
  case unusable(String)
  /// Another kind of file has its name; it isn't changed.
  case notLockFile(path: String)
}

/// A kernel lock that ends with its process, so that a crash never leaves one behind (flock(2)).
///
/// The file also has the owner's process ID, for messages of other processes, and a line from the owner.
public struct LockFile: ~Copyable, Sendable {
  private let descriptor: Int32

  /// Acquires the lock without waiting. It is released when the value goes out of scope.
  ///
  /// - Parameter note: one line for `holder(of:)`.
  public init(path: String, note: String = "") throws(LockError) {
    // The folder's owner must not lead root to another file by a link, nor block it with a FIFO.
    do throws(FileError) {
      try createFile(path, givesToFolderOwner: true)
    } catch {
      if error.code != EEXIST { throw .unusable(error.reason) }
    }
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

  /// The holder of the lock at `path`, with its note, its second line, and when it wrote them, in seconds since 1970; nil if there is none,
  /// or if the file can't be read. Holds a shared lock for a moment.
  public static func holder(of path: String) -> (pid: Int32, note: String, details: String, at: Int64)? {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard isSingleFile(descriptor), flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
    let lines = signature(descriptor)
    guard let pid = lines.first.flatMap({ Int32($0) }) else { return nil }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    return (pid, lines.count > 1 ? lines[1] : "", lines.count > 2 ? lines[2] : "", Int64(status.st_mtim.tv_sec))
  }

  deinit { close(descriptor) }

  /// Whether it is a regular file without another name, under which another program may depend on it.
  private static func isSingleFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1
  }

  /// Writes another note, and a second line for `holder(of:)`.
  public borrowing func sign(_ note: String, details: String = "") {
    let text = Array("\(getpid())\n\(note)\n\(details)\n".utf8)
    // Only for messages: a full disk must not stop the lock. Readers find the previous line or this one.
    let written = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    if written == text.count { _ = ftruncate(descriptor, off_t(written)) }
  }

  private static func owner(_ descriptor: Int32) -> Int32? { signature(descriptor).first.flatMap { Int32($0) } }

  private static func signature(_ descriptor: Int32) -> [String] {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { return [] }
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
