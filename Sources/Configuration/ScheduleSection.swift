import Domain
import Platform

extension Configuration {
  /// The timing of runs.
  public struct ScheduleSection: Sendable, Hashable {
    public enum Changes: String, CaseIterable, Sendable {
      /// They are handled at once, if the server sends notifications.
      case listen
      /// They are handled at the next poll.
      case poll
    }

    /// Between two checks for changes.
    public var poll: Duration
    /// Between two complete reads, the only source of removals. Not shorter than `poll`.
    public var full: Duration
    public var changes: Changes
    /// The longest that a run may take.
    public var runLimit: Duration
  }

  /// The state folder.
  public struct StateSection: Sendable, Hashable {
    /// An absolute path.
    public var directory: String
    /// Whether it was derived from the configuration's path, which isn't one that a unit reads.
    public var isGuessed: Bool
    /// How many daily backups of the ledger are kept; 0 for none.
    public var backups: Int
  }
}

extension Configuration.ScheduleSection {
  init(_ table: TOMLTable) {
    poll = table.duration("poll", default: .seconds(60), in: .seconds(1) ... .days(366))
    full = table.duration("full", default: .hours(6), in: .seconds(1) ... .days(366))
    changes = table.choice("changes", default: .listen)
    runLimit = table.duration("run_limit", default: .hours(1), in: .seconds(1) ... .days(7))
    if full < poll {
      table.report(
        "'full' (\(full.written)) is shorter than 'poll' (\(poll.written))", "make it at least as long",
        at: table.lacks("full") ? "poll" : "full")
    }
  }
}

extension RemovalPolicy {
  init(_ table: TOMLTable) {
    self.init()
    completeReads = table.integer("complete_reads", default: completeReads, in: 1...1000)
    after = table.duration("after", default: .seconds(after), in: .zero ... .days(3660)).components.seconds
    maxCount = table.integer("max_count", default: maxCount, in: 0...1_000_000)
    maxPercent = table.integer("max_percent", default: maxPercent, in: 0...100)
    maxFall = table.integer("max_fall", default: maxFall, in: 0...100)
    maxValueFall = table.integer("max_value_fall", default: maxValueFall, in: 0...100)
    maxValueCount = table.integer("max_value_count", default: maxValueCount, in: 0...1_000_000)
  }
}

extension ChangeLimits {
  init(_ table: TOMLTable, default limits: ChangeLimits) {
    self.init(
      maxCount: table.integer("max_count", default: limits.maxCount, in: 0...1_000_000),
      maxPercent: table.integer("max_percent", default: limits.maxPercent, in: 0...100))
  }
}

extension Configuration.StateSection {
  /// `environment` is `$STATE_DIRECTORY`; the first of several paths is used.
  init(_ table: TOMLTable, environment: String?) {
    let given = environment?.split(separator: ":").first.map(String.init)
    let named =
      table.text("directory") { text throws(ValueError) in
        guard text.hasPrefix("/") else { throw ValueError("\"\(text)\" isn't an absolute path", "begin it with /") }
        return text
      }?.value ?? given
    directory = named ?? Self.usual(for: table.document.place)
    isGuessed = named == nil && !absolutePath(table.document.place).hasPrefix("/etc/pbxsyncd/")
    backups = table.integer("backups", default: 7, in: 0...1000)
  }

  /// The state folder of the packaged units, so that a command beside the service uses the same ledger:
  /// `/etc/pbxsyncd/berlin/pbxsyncd.toml` is `pbxsyncd@berlin`'s.
  private static func usual(for file: String) -> String {
    let parts = absolutePath(file).split(separator: "/", omittingEmptySubsequences: true)
    let isInstance = parts.count == 4 && parts[0] == "etc" && parts[1] == "pbxsyncd"
    return isInstance ? "/var/lib/pbxsyncd-\(parts[2])" : "/var/lib/pbxsyncd"
  }
}
