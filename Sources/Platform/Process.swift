import CMemory
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

/// The command line of a process, with its program's name alone; nil if it can't be read (proc(5)).
public func commandLine(of process: Int32) -> String? {
  guard let bytes = try? FileBytes(of: "/proc/\(process)/cmdline", limit: 4096).bytes else { return nil }
  var words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  guard let program = words.first else { return nil }
  words[0] = program.split(separator: "/").last.map(String.init) ?? program
  return words.joined(separator: " ")
}

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

/// A moment in the host's local time as mails have it, `Thu, 26 Nov 2026 23:24:02 +0100` (RFC 5322, section 3.3). The program sets no
/// locale, so the names are English.
public func mailTime(_ secondsSince1970: Int64) -> String {
  var moment = time_t(secondsSince1970)
  var parts = unsafe tm()
  _ = unsafe localtime_r(&moment, &parts)
  var text = [CChar](repeating: 0, count: 64)
  let count = unsafe strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S %z", &parts)
  return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

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

/// The resident memory of this process, and its reduction.
public enum ResidentMemory {
  /// Makes malloc(3) use one arena, from the first thread on.
  ///
  /// By default each thread gets its own arena, and libdispatch's threads come and go: memory freed by one wouldn't be reused by
  /// another. A first load of 4,000 people takes 55 MiB at its peak with one arena, and 66 MiB with those of the default.
  public static func useOneArena() { cmemory_use_one_arena() }

  /// Returns freed memory to the kernel, before a long wait.
  public static func trim() { cmemory_trim() }
}

/// The limit of open files, sockets and pipes of this process (RLIMIT_NOFILE in getrlimit(2)).
public enum DescriptorLimit {
  /// The most that a run has open: 64 requests to the PBX with three descriptors each, and some thirty others.
  private static let wanted: rlim_t = 256
  /// With fewer a run couldn't begin, or would wait forever for a descriptor.
  private static let needed: rlim_t = 64

  /// The limit is too low, and the process may not raise it itself.
  public struct Shortage: Error, Hashable, Sendable {
    public let limit: Int
    public let needed: Int
  }

  /// Raises the limit as far as needed and allowed.
  ///
  /// - Throws: if it stays too low.
  public static func raise() throws(Shortage) {
    var limit = rlimit()
    // If the kernel doesn't report it, opening a file will.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted else {
      return
    }
    limit.rlim_cur = min(wanted, limit.rlim_max)
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    if limit.rlim_cur < needed { throw Shortage(limit: Int(limit.rlim_cur), needed: Int(needed)) }
  }
}
