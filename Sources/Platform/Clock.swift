import Glibc

/// The source of time, which a test can move.
///
/// Anybody can set the wall clock to any year; it is only for people to read. The time that really passed is the time since the
/// boot (CLOCK_BOOTTIME, clock_gettime(2), which counts sleep too), within one boot.
///
/// A debug build's `system` obeys `PBXSYNCD_CLOCK`, for a fault campaign: parts with commas between them, each of which is
/// `wall+SECONDS`, `wall-SECONDS`, `boottime+SECONDS`, `boottime-SECONDS`, `boottime=SECONDS` (since the boot, when it was first
/// read) or `boot=ID`. A release build ignores it.
public struct Clock: Sendable {
  /// The clocks at one moment.
  public struct Reading: Hashable, Sendable {
    /// The wall clock, in milliseconds since 1970.
    public var wall: Int64
    /// Since the boot, in milliseconds.
    public var boottime: Int64
    /// Identifies the boot: times of different boots can't be compared.
    public var boot: String

    public init(wall: Int64, boottime: Int64, boot: String) {
      self.wall = wall
      self.boottime = boottime
      self.boot = boot
    }

    /// The wall clock in seconds since 1970.
    public var seconds: Int64 { wall / 1000 }
  }

  private let source: @Sendable () -> Reading

  /// - Parameter source: reads the clocks.
  public init(_ source: @escaping @Sendable () -> Reading) { self.source = source }

  public func read() -> Reading { source() }

  /// The wall clock in seconds since 1970, for people to read.
  public var wall: Int64 { read().seconds }

  /// The host's own clocks.
  public static let system = Clock {
    let reading = Reading(
      wall: milliseconds(CLOCK_REALTIME), boottime: milliseconds(CLOCK_BOOTTIME), boot: bootID)
    #if DEBUG
      return reading.shifted(by: shifts)
    #else
      return reading
    #endif
  }
}

private func milliseconds(_ id: clockid_t) -> Int64 {
  var now = timespec()
  _ = unsafe clock_gettime(id, &now)
  return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}

/// Empty if the kernel doesn't have it (random(4)): then times of two processes are never of the same boot.
private let bootID = firstLine(of: "/proc/sys/kernel/random/boot_id") ?? ""

private func firstLine(of path: String) -> String? {
  guard let file = unsafe fopen(path, "re") else { return nil }
  defer { unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 64)
  guard unsafe fgets(&line, Int32(line.count), file) != nil else { return nil }
  return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

#if DEBUG
  private let shifts = (environment("PBXSYNCD_CLOCK") ?? "").split(separator: ",").map(String.init)

  private let firstRead = milliseconds(CLOCK_BOOTTIME)

  extension Clock.Reading {
    fileprivate func shifted(by shifts: [String]) -> Self {
      var reading = self
      for shift in shifts {
        if shift.hasPrefix("boot=") {
          reading.boot = String(shift.dropFirst("boot=".count))
        } else if shift.hasPrefix("wall"), let seconds = Int64(shift.dropFirst("wall".count)) {
          reading.wall += seconds * 1000
        } else if shift.hasPrefix("boottime="), let seconds = Int64(shift.dropFirst("boottime=".count)) {
          reading.boottime = seconds * 1000 + milliseconds(CLOCK_BOOTTIME) - firstRead
        } else if shift.hasPrefix("boottime"), let seconds = Int64(shift.dropFirst("boottime".count)) {
          reading.boottime += seconds * 1000
        }
      }
      return reading
    }
  }
#endif
