import Glibc

/// Waits until what was written to a file is on the disk.
///
/// Not for a file that SQLite has open: to close it here would drop SQLite's locks.
///
/// - Returns: What the system says against it; nil when it is there.
public func flushFile(_ path: String) -> String? { flush(path, O_RDONLY) }

/// Waits until the names in the folder of a file are on the disk.
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
