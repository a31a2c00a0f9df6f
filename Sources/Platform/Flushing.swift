import Glibc

/// Waits until a file's data are on the disk.
///
/// Not for a file that SQLite has open: closing it here would drop SQLite's locks.
public func flushFile(_ path: String) throws(FileError) { try flush(path, O_RDONLY) }

/// Waits until the names in a file's folder are on the disk.
public func flushFolder(of file: String) throws(FileError) {
  try flush(file.lastIndex(of: "/").map { String(file[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY)
}

private func flush(_ path: String, _ flags: Int32) throws(FileError) {
  let descriptor = unsafe open(path, flags | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError(code: errno) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw FileError(code: errno) }
}
