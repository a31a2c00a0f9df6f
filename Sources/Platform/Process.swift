import Glibc

/// What this process has used so far.
public struct ResourceUsage: Hashable, Sendable {
  /// The most memory that was resident at once, in bytes.
  public let peakMemory: Int
  /// Time on the processor, user and system together.
  public let processorTime: Duration

  /// Reads getrusage(2).
  public static var now: ResourceUsage {
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func duration(_ time: timeval) -> Duration { .seconds(time.tv_sec) + .microseconds(time.tv_usec) }
    return ResourceUsage(
      peakMemory: usage.ru_maxrss * 1024, processorTime: duration(usage.ru_utime) + duration(usage.ru_stime))
  }
}

/// The wall clock in seconds since 1970.
public func secondsSince1970() -> Int64 { Int64(time(nil)) }

/// A variable of the environment; nil where it isn't set or is empty.
public func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name), let text = unsafe String(validatingCString: value), !text.isEmpty
  else { return nil }
  return text
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

/// Whether there is anything under this path.
public func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
