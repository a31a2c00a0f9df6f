import Glibc

/// The text of an errno, by strerror(3); glibc's is thread-safe since 2.32.
public func errorText(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

/// `word` as one word of a POSIX shell.
public func shellQuoted(_ word: String) -> String {
  let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=,./:@%+".utf8)
  if !word.isEmpty && word.utf8.allSatisfy(plain.contains) { return word }
  return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
}

/// Writes all of `text`, in one piece if the kernel allows it: then lines of several threads don't mix.
///
/// Blocks for as long as the reader does, also if the descriptor was set to not block. False if it failed, with the reason in errno, such
/// as for a closed pipe (`outliveBrokenPipes`).
@discardableResult
public func write(_ text: String, to descriptor: Int32) -> Bool { write(Array(text.utf8), to: descriptor) }

@discardableResult
public func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 && errno == EINTR { continue }
    if count < 0 && errno == EAGAIN {
      // Another process that shares the terminal or the pipe has set it to not block.
      var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = unsafe poll(&ready, 1, -1)
      continue
    }
    guard count > 0 else { return false }
    rest = rest.dropFirst(count)
  }
  return true
}
