import Glibc
import Platform

/// The whole of a small text file.
func readFile(_ path: String) throws(UsageError) -> String {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw UsageError("can't read \(path): \(reason())") }
  defer { close(descriptor) }
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = unsafe read(descriptor, &buffer, buffer.count)
    guard count >= 0 else { throw UsageError("can't read \(path): \(reason())") }
    if count == 0 { return String(decoding: text, as: UTF8.self) }
    text += buffer[..<count]
  }
}

/// Writes a file so that nobody ever sees half of it.
func writeFile(_ path: String, _ text: String) throws(UsageError) {
  let draft = path + ".new"
  let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw UsageError("can't write \(draft): \(reason())") }
  defer { close(descriptor) }
  guard write(text, to: descriptor), unsafe rename(draft, path) == 0 else {
    throw UsageError("can't write \(path): \(reason())")
  }
}

/// The text of `errno`.
func reason() -> String { errorText(errno) }
