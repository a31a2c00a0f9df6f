/// The pauses before something that failed is tried again.
public enum RetrySchedule: Hashable, Sendable {
  /// A change whose retry mails nobody: a minute, doubled each time, a day at most.
  case change
  /// An update whose answer is lost, counted by its requests, of which each may be a mail: a minute, an hour, then a day each time. So
  /// these are at most three mails on the first day, and one a day from then on.
  case mailingUpdate
  /// A way to tell an admin: five minutes, doubled each time, six hours at most.
  case alert

  /// The pause after so many failures in a row.
  public func pause(after failures: Int) -> Timestamp {
    let earlier = max(failures - 1, 0)
    return switch self {
    case .change: min(86_400, 60 << min(earlier, 11))
    case .mailingUpdate: [60, 3600, 86_400][min(earlier, 2)]
    case .alert: min(21_600, 300 << min(earlier, 10))
    }
  }
}

/// A change that failed in a run, or whose result is unknown after it.
public struct ChangeFailure: Hashable, Sendable {
  /// The PBX's last message.
  public let message: String
  /// How many failures it counts for.
  public let count: Int
  public let schedule: RetrySchedule

  public init(_ message: String, count: Int = 1, _ schedule: RetrySchedule = .change) {
    self.message = message
    self.count = count
    self.schedule = schedule
  }

  /// How many failures in a row there are with this one.
  ///
  /// - Parameter earlier: nil for the first.
  public func total(after earlier: Int?) -> Int {
    max(1, (earlier ?? 0) + count)
  }
}
