public import Platform
import Synchronization

/// A clock that a test moves: time passes, somebody sets the wall clock, the host is off for a while.
public final class MovingClock: Sendable {
  /// Guards its time, which several tasks read.
  private let reading: Mutex<Clock.Reading>

  /// - Parameter wall: the wall clock in seconds since 1970; the host has been up for an hour.
  public init(at wall: Int64 = 1_795_600_000) {
    reading = Mutex(Clock.Reading(wall: wall * 1000, boottime: 3_600_000, boot: "boot 1"))
  }

  public var clock: Clock { Clock { self.reading.withLock { $0 } } }

  /// Time really passes, in seconds.
  public func pass(_ seconds: Int64) {
    reading.withLock { reading in
      reading.wall += seconds * 1000
      reading.boottime += seconds * 1000
    }
  }

  /// Somebody sets the wall clock, by so many seconds.
  public func step(_ seconds: Int64) { reading.withLock { $0.wall += seconds * 1000 } }

  /// The host was off for so many seconds, and has been up again for as many as `up`.
  public func reboot(off: Int64 = 60, up: Int64 = 10) {
    reading.withLock { reading in
      reading.wall += (off + up) * 1000
      reading.boottime = up * 1000
      reading.boot += "'"
    }
  }

  /// The ledger goes to another host, with the same wall clock, that has been up for so many seconds.
  public func move(toHostUpFor seconds: Int64) {
    reading.withLock { reading in
      reading.boottime = seconds * 1000
      reading.boot += "*"
    }
  }
}
