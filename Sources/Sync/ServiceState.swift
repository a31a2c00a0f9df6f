package import Domain

/// A service on a state folder, as other processes see it.
package struct RunningService: Hashable, Sendable {
  package let pid: Int32
  /// Whether it has the configuration of the question in force.
  package let isAlike: Bool
  /// nil until its first run has ended.
  package let state: ServiceState?

  package init(pid: Int32, isAlike: Bool, state: ServiceState?) {
    self.pid = pid
    self.isAlike = isAlike
    self.state = state
  }
}

/// What the service waits for, which it writes beside its lock.
package struct ServiceState: Hashable, Sendable {
  /// The server whose change notifications it receives; empty if it checks the directory at each poll.
  package let notifier: String
  /// When the next poll is due.
  package let nextPoll: Timestamp

  package init(notifier: String, nextPoll: Timestamp) {
    self.notifier = notifier
    self.nextPoll = nextPoll
  }

  /// One line.
  package var text: String { "\(nextPoll) \(notifier)" }

  /// - Parameter text: as written; nil if it is empty or of another version.
  package init?(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let time = parts.first.flatMap({ Timestamp($0) }) else { return nil }
    self.init(notifier: parts.count > 1 ? parts[1] : "", nextPoll: time)
  }
}
