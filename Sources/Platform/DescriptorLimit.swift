import Glibc

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
