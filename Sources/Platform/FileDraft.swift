import Glibc

/// Creates an empty file under an unpredictable name in $TMPDIR, or else in /tmp, which only its owner may read or write.
///
/// - Returns: Its path.
public func createTemporaryFile(_ name: String) throws(FileError) -> String {
  let (path, descriptor) = try FileDraft.create("\(environment("TMPDIR") ?? "/tmp")/\(name)")
  close(descriptor)
  return path
}

/// A new file under an unpredictable name, in the folder of its target. It is removed unless it has replaced the target.
struct FileDraft: ~Copyable {
  private let path: String
  private let descriptor: Int32
  private var isInPlace = false

  /// Creates it with mkstemp(3): only for its owner, and never through an existing name.
  init(for target: String) throws(FileError) {
    let name = target.lastIndex(of: "/").map { target[target.index(after: $0)...] } ?? target[...]
    // A name has at most 255 bytes.
    (path, descriptor) = try Self.create(
      "\(folder(of: target))/.\(String(decoding: name.utf8.prefix(200), as: UTF8.self))")
  }

  fileprivate static func create(_ prefix: String) throws(FileError) -> (path: String, descriptor: Int32) {
    var bytes = Array("\(prefix).XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&bytes)
    guard descriptor >= 0 else { throw FileError(code: errno) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return (String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self), descriptor)
  }

  deinit {
    close(descriptor)
    if !isInPlace { removeFile(path) }
  }

  /// Writes all of it to the disk.
  ///
  /// - Parameter mode: the permission bits, whatever the umask.
  func write(_ bytes: [UInt8], mode: UInt32) throws(FileError) {
    guard Platform.write(bytes, to: descriptor), fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else {
      throw FileError(code: errno)
    }
  }

  /// Replaces the target. On return the name is on the disk too.
  mutating func replace(theNameOf target: String) throws(FileError) {
    guard unsafe rename(path, target) == 0 else { throw FileError(code: errno) }
    isInPlace = true
    try? flushFolder(of: target)
  }
}
