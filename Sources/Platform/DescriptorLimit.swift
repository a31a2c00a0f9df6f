import Glibc

/// How many files, sockets and pipes this process may have open at once (RLIMIT_NOFILE in getrlimit(2)).
public enum DescriptorLimit {
  /// What a run has open at the most: 64 requests to the PBX with three descriptors each, and some thirty beside them.
  private static let wanted: rlim_t = 256
  /// With fewer a run couldn't begin, or would wait for ever for what it can't open.
  private static let needed: rlim_t = 64

  /// Too few, and the process may not raise the limit itself.
  public struct Shortage: Error, Hashable, Sendable {
    public let limit: Int
    public let needed: Int
  }

  /// Raises the limit as far as is wanted and allowed.
  ///
  /// - Throws: where it stays too low.
  public static func raise() throws(Shortage) {
    var limit = rlimit()
    // Where the kernel doesn't say, what is opened says it.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted else {
      return
    }
    limit.rlim_cur = min(wanted, limit.rlim_max)
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    if limit.rlim_cur < needed { throw Shortage(limit: Int(limit.rlim_cur), needed: Int(needed)) }
  }
}
