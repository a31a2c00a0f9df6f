import Glibc
import Platform

/// The access log: one line for each call, with the time in UTC in front.
struct AccessLog: Sendable {
  private let descriptor: Int32

  init(appendingTo path: String) throws(UsageError) {
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw UsageError("can't append to \(path): \(reason())") }
  }

  func append(_ line: String) { write("\(timestamp()) \(line)\n", to: descriptor) }
}

/// Now, as `2026-01-31T12:00:00Z`.
private func timestamp() -> String {
  var now = time(nil)
  var parts = unsafe tm()
  unsafe gmtime_r(&now, &parts)
  var text = [CChar](repeating: 0, count: 32)
  let count = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
  return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
}
