import CSystemd
import Glibc

/// Reports the service's state to systemd (sd_notify(3)). Does nothing without `$NOTIFY_SOCKET`.
public struct ServiceNotifier: Sendable {
  /// The watchdog's interval; nil without one (`WatchdogSec=` in systemd.service(5)).
  public let watchdog: Duration?

  public init() {
    var microseconds: UInt64 = 0
    let isWatched = unsafe sd_watchdog_enabled(0, &microseconds) > 0
    watchdog = isWatched ? .microseconds(Int64(clamping: microseconds)) : nil
  }

  /// Feeds the watchdog.
  public func alive() {
    if watchdog != nil { send("WATCHDOG=1", "") }
  }

  /// The service has started, or has reloaded its configuration.
  public func ready(status: String = "") { send("READY=1", status) }

  /// The status text in `systemctl status`.
  public func status(_ text: String) { send(nil, text) }

  /// The configuration is being read again; `ready` ends that (systemd.service(5), `Type=notify-reload`).
  public func reloading() {
    var now = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)", "")
  }

  public func stopping(status: String = "") { send("STOPPING=1", status) }

  private func send(_ state: String?, _ status: String) {
    // Each line is a variable of its own, so a status can't have two.
    let line = status.isEmpty ? nil : "STATUS=" + status.split(whereSeparator: \.isNewline).joined(separator: " ")
    _ = unsafe sd_notify(0, [state, line].compactMap(\.self).joined(separator: "\n"))
  }
}
