import Glibc
import Platform

/// The text of a small file.
func textOfFile(_ path: String) throws(UsageError) -> String {
  do throws(FileError) {
    return String(decoding: try FileBytes(of: path, limit: 1 << 20).bytes, as: UTF8.self)
  } catch {
    throw UsageError("can't read \(path): \(error.reason)")
  }
}

/// The text of `errno`.
func reason() -> String { errorText(errno) }
