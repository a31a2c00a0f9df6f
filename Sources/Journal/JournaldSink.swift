import CSystemd
import Glibc
import Text

/// The journal of this machine, by its native protocol: values of any content, with no line limit.
public struct JournaldSink: Sink {
  /// nil without a running journal: sd_journal_sendv(3) reports success then, and loses the event.
  public init?() { self.init(socket: "/run/systemd/journal/socket") }

  init?(socket path: String) {
    guard isListening(path) else { return nil }
  }

  /// Blocks for as long as the journal's queue is full.
  public func write(_ event: Event) {
    var pairs = [
      ("MESSAGE", visible(event.message)), ("MESSAGE_ID", event.id.text), ("PRIORITY", String(event.level.rawValue)),
      ("SYSLOG_IDENTIFIER", "pbxsyncd"),
    ]
    // The catalogue inserts these two into its text (journalctl -x); the others are for tools, which need them unchanged.
    pairs += event.fields.map { field in
      (field.name.rawValue, [.reason, .remedy].contains(field.name) ? visible(field.value) : field.value)
    }

    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    for (name, value) in pairs {
      let start = bytes.count
      bytes += name.utf8
      bytes.append(UInt8(ascii: "="))
      bytes += value.utf8
      ranges.append(start..<bytes.count)
    }
    let result = unsafe bytes.withUnsafeMutableBytes { buffer in
      let parts = unsafe ranges.map { range in
        unsafe iovec(iov_base: buffer.baseAddress.map { unsafe $0 + range.lowerBound }, iov_len: range.count)
      }
      return unsafe sd_journal_sendv(parts, Int32(parts.count))
    }
    if result < 0 { StderrSink().write(event) }
  }
}

/// Whether a datagram socket is bound to `path` and accepts messages: a dead process's doesn't.
private func isListening(_ path: String) -> Bool {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  precondition(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }

  let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  return unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
    }
  }
}
