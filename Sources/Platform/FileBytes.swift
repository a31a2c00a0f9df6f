public import Glibc

/// Why a file couldn't be read or written, as a clause without its content; the remedy is empty if the clause has it.
public struct FileError: Error, Hashable, Sendable {
  public let reason: String
  public let remedy: String
  /// errno; 0 if the system refused nothing.
  public let code: Int32

  init(_ reason: String, _ remedy: String = "", code: Int32 = 0) {
    self.reason = reason
    self.remedy = remedy
    self.code = code
  }

  /// With the system's text.
  init(code: Int32) { self.init(errorText(code), code: code) }

  /// Whether the disk, a quota or a limit on the size of files has no space left.
  public var isNoSpace: Bool { [ENOSPC, EDQUOT].contains(code) }
}

/// The content of a regular file.
public struct FileBytes: Sendable {
  public let bytes: [UInt8]
  /// The permission bits.
  public let mode: mode_t
  /// When it was last written, in seconds since 1970 by the wall clock.
  public let modifiedAt: Int64

  /// Blocks while it reads.
  ///
  /// - Parameter limit: the largest size in bytes.
  public init(of path: String, limit: Int) throws(FileError) {
    let file = try OpenFile(path)
    let status = try file.status()
    guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError("this is a directory", "name a file in it") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError("this isn't a regular file", "name a regular file")
    }
    bytes = try file.read(limit: limit, expecting: Int(status.st_size))
    mode = status.st_mode & 0o7777
    modifiedAt = Int64(status.st_mtim.tv_sec)
  }
}

/// Owns a file descriptor; closed when the value goes out of scope.
private struct OpenFile: ~Copyable {
  private let descriptor: Int32

  init(_ path: String) throws(FileError) {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(readingFailedWith: errno) }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func status() throws(FileError) -> stat {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw FileError(readingFailedWith: errno) }
    return status
  }

  /// - Parameter size: its size in bytes, as far as known.
  func read(limit: Int, expecting size: Int) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(size, limit))
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(readingFailedWith: errno) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw FileError("the file is longer than \(limit) bytes") }
    }
  }
}

extension FileError {
  fileprivate init(readingFailedWith code: Int32) {
    switch code {
    case ENOENT, ENOTDIR: self.init("there is no such file", "create it, or correct the path", code: code)
    case EACCES, EPERM:
      self.init("it can't be read: permission denied", "make it readable for the user that runs pbxsyncd", code: code)
    default: self.init("it can't be read: \(errorText(code))", code: code)
    }
  }
}
