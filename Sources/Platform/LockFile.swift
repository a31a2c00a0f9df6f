import Glibc

/// A kernel lock that dies with its process, so that a crash never leaves one behind (flock(2)).
///
/// The file also holds the owner's process id, for the message that the next one gets.
public struct LockFile: ~Copyable, Sendable {
  private let descriptor: Int32

  public enum Failure: Error, Hashable, Sendable {
    /// Another process holds it; its id where it could be read.
    case heldBy(pid: Int32?)
    /// The file can't be opened or written: errno's text.
    case unusable(String)
  }

  /// Takes the lock without waiting. It is given back when the value goes out of scope.
  public init(path: String) throws(Failure) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unusable(errorText(errno)) }
    giveToFolderOwner(path)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      let owner = Self.owner(descriptor)
      close(descriptor)
      throw reason == EWOULDBLOCK ? .heldBy(pid: owner) : .unusable(errorText(reason))
    }
    Self.sign(descriptor)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func sign(_ descriptor: Int32) {
    let text = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    // The id only serves a message: a full disk must not stop the lock.
    _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  private static func owner(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
