package import Domain
package import Ledger
import Platform
import Text

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

/// A process that has the ledger's lock: no other run can begin meanwhile.
package struct Worker: Hashable, Sendable {
  package let pid: Int32
  /// Its command line; nil if it can't be read.
  package let command: String?
  package let since: Timestamp

  /// "process 4711 (pbxsyncd undo 5) has had the ledger's lock since 2026-12-01 08:00".
  package var text: String {
    let command = command.map { " (\(visible($0)))" } ?? ""
    return "process \(pid)\(command) has had the ledger's lock since \(localTime(since))"
  }
}

/// What the service waits for, which it writes beside its lock.
package struct ServiceState: Hashable, Sendable {
  /// The server whose change notifications it receives; empty if it checks the directory at each poll.
  package let notifier: String
  /// When the next poll is due.
  package let nextPoll: Timestamp
  /// Why its last run failed; nil if it didn't. The history lacks a run that can't write to the ledger.
  package let failure: Failure?
  /// How far its ledger had got; nil until its first run has opened it.
  package let anchor: Anchor?

  package struct Failure: Hashable, Sendable {
    package let at: Timestamp
    /// One line, of which the beginning is kept.
    package let text: String

    package init(_ text: String, at time: Timestamp) {
      at = time
      self.text = String(visible(text).prefix(300))
    }
  }

  package init(notifier: String, nextPoll: Timestamp, failure: Failure? = nil, anchor: Anchor? = nil) {
    self.notifier = notifier
    self.nextPoll = nextPoll
    self.failure = failure
    self.anchor = anchor
  }

  /// One line.
  package var text: String {
    let failure = failure.map { "\($0.at) \($0.text)" } ?? ""
    let anchor = anchor.map { String($0.text.dropLast()) } ?? ""
    return "\(nextPoll) \(notifier)\t\(failure)\t\(anchor)"
  }

  /// - Parameter text: as written; nil if it is empty or of another version.
  package init?(_ text: String) {
    let fields = text.split(separator: "\t", omittingEmptySubsequences: false).map { field in
      field.split(separator: " ", maxSplits: 1).map(String.init)
    }
    guard let parts = fields.first, let time = parts.first.flatMap({ Timestamp($0) }) else { return nil }
    var failure: Failure?
    if fields.count > 1, fields[1].count > 1, let at = Timestamp(fields[1][0]) {
      failure = Failure(fields[1][1], at: at)
    }
    let anchor = fields.count > 2 ? Anchor(fields[2].joined(separator: " ") + "\n") : nil
    self.init(notifier: parts.count > 1 ? parts[1] : "", nextPoll: time, failure: failure, anchor: anchor)
  }
}
