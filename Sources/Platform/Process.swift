import Glibc

/// The peak resident memory of this process, in bytes; 0 without /proc.
///
/// From `VmHWM` of proc(5): getrusage(2) includes the parent's memory before exec.
public func peakMemory() -> Int {
  guard let file = unsafe fopen("/proc/self/status", "re") else { return 0 }
  defer { unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  while unsafe fgets(&line, Int32(line.count), file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard text.hasPrefix("VmHWM:") else { continue }
    return (Int(text.split { !$0.isNumber }.first ?? "") ?? 0) * 1024
  }
  return 0
}

/// An environment variable; nil if it isn't set or is empty.
public func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name), let text = unsafe String(validatingCString: value), !text.isEmpty
  else { return nil }
  return text
}

/// The effective user of this process.
public var processUser: UInt32 { geteuid() }

/// A user's name, or its number without one.
public func userName(_ id: UInt32) -> String {
  guard let entry = unsafe getpwuid(id), let name = unsafe String(validatingCString: entry.pointee.pw_name) else {
    return String(id)
  }
  return name
}

public var processID: Int32 { getpid() }

/// A moment in the host's local time, as `2026-11-24 14:05`.
public func localTime(_ secondsSince1970: Int64) -> String {
  var moment = time_t(secondsSince1970)
  var parts = unsafe tm()
  _ = unsafe localtime_r(&moment, &parts)
  var text = [CChar](repeating: 0, count: 32)
  let count = unsafe strftime(&text, text.count, "%Y-%m-%d %H:%M", &parts)
  return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The time of day of a moment in the host's local time, as `14:05`.
public func localClock(_ secondsSince1970: Int64) -> String { String(localTime(secondsSince1970).suffix(5)) }

/// The moment of a GeneralizedTime in UTC, such as `20261124140500.0Z` (RFC 4517, section 3.3.13), in seconds since 1970;
/// nil for any other text. Fractions are ignored.
public func seconds(ofGeneralizedTime text: String) -> Int64? {
  // glibc's strptime(3) isn't available in Swift.
  let digits = text.utf8.prefix(14).compactMap { (48...57).contains($0) ? Int32($0) - 48 : nil }
  guard text.hasSuffix("Z"), digits.count == 14 else { return nil }
  func number(_ places: Range<Int>) -> Int32 { digits[places].reduce(0) { $0 * 10 + $1 } }
  var parts = unsafe tm()
  unsafe parts.tm_year = number(0..<4) - 1900
  unsafe parts.tm_mon = number(4..<6) - 1
  unsafe parts.tm_mday = number(6..<8)
  unsafe parts.tm_hour = number(8..<10)
  unsafe parts.tm_min = number(10..<12)
  unsafe parts.tm_sec = number(12..<14)
  return unsafe Int64(timegm(&parts))
}

/// A moment in UTC that sorts as text and is valid in a file's name: `20261124T140500Z`.
public func compactTime(_ secondsSince1970: Int64) -> String {
  var moment = time_t(secondsSince1970)
  var parts = unsafe tm()
  _ = unsafe gmtime_r(&moment, &parts)
  var text = [CChar](repeating: 0, count: 32)
  let count = unsafe strftime(&text, text.count, "%Y%m%dT%H%M%SZ", &parts)
  return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The host's own name, without a domain unless it was set with one.
public var hostName: String {
  var name = [CChar](repeating: 0, count: 256)
  guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
