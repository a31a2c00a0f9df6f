import Glibc

/// Waits until a file's data are on the disk.
///
/// Not for a file that SQLite has open: closing it here would drop SQLite's locks.
///
/// - Returns: The system's error; nil for success.
public func flushFile(_ path: String) -> String? { flush(path, O_RDONLY) }

/// Waits until the names in a file's folder are on the disk.
public func flushFolder(of file: String) -> String? {
  flush(file.lastIndex(of: "/").map { String(file[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY)
}

private func flush(_ path: String, _ flags: Int32) -> String? {
  let descriptor = unsafe open(path, flags | O_CLOEXEC)
  if descriptor < 0 { return errorText(errno) }
  let reason = fsync(descriptor) == 0 ? nil : errorText(errno)
  close(descriptor)
  return reason
}
