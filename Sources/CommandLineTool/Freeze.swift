import Configuration
import Directory
import Domain
import Journal
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Stops sending until `thaw`, or until a time. The directory is still read.
  ///
  /// - Parameters:
  ///   - end: a time as `seconds(ofWrittenTime:now:)` reads it; nil for no end.
  ///   - reason: for the people who see the freeze; nil for none.
  package func freeze(until end: String?, because reason: String?) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      let now = setup.clock.wall
      let until = try end.map { text throws(RunError) in try self.end(text, now) }
      let reason = try checked(reason ?? "")
      let lock = try await StateFolder.lockWhenFree(folder)
      defer { withExtendedLifetime(lock) {} }
      let ledger = try await StateFolder.ledger(setup, under: lock)
      let before = try await ledger.freeze()
      let freeze = try await ledger.begin(Freeze(since: now, until: until, reason: reason))
      log.write(freeze.beginEvent)
      return CommandOutput(
        text: paragraph(
          [
            freeze.text, before.flatMap { $0 == freeze ? nil : "Before, it was frozen \($0.clause)" },
            "To end it\(until == nil ? "" : " before"): \(pbxsyncd) thaw",
          ].compactMap(\.self)),
        json: ["frozen": freeze.json, "before": before?.json ?? .null])
    }
  }

  /// Ends a freeze: the next run sends again.
  package func thaw() async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      let lock = try await StateFolder.lockWhenFree(folder)
      defer { withExtendedLifetime(lock) {} }
      let ledger = try await StateFolder.ledger(setup, under: lock)
      let before = try await ledger.freeze()
      _ = try await ledger.endFreeze()
      guard let before else {
        return CommandOutput(text: "Nothing is frozen.\n", json: ["frozen": .null, "ended": .null])
      }
      log.write(before.endEvent(at: setup.clock.wall))
      return CommandOutput(
        text: "The freeze since \(localTime(before.since)) has ended; the next run makes the changes that waited. "
          + "To see them: \(pbxsyncd) plan\n",
        json: ["frozen": .null, "ended": before.json])
    }
  }

  private func end(_ text: String, _ now: Timestamp) throws(RunError) -> Timestamp {
    guard let end = seconds(ofWrittenTime: text, now: now) else {
      throw RunError(
        refusing: "\"\(text)\" isn't a time, so nothing is frozen", .usage,
        remedy: "write it as 2026-12-01, \"2026-12-01 08:00\", 18:00, \"tomorrow 08:00\" or +2h (s, m, h, d or w)")
    }
    guard end > now else {
      throw RunError(
        refusing: "\"\(text)\" is \(localTime(end)), which is over, so nothing is frozen",
        remedy: "name a later time (it is \(localTime(now)) now), or leave out --until and end it with \(pbxsyncd) thaw"
      )
    }
    return end
  }

  private func checked(_ reason: String) throws(RunError) -> String {
    guard reason.utf8.count <= Freeze.maxReasonBytes else {
      throw RunError(
        refusing: "the reason has \(reason.utf8.count) bytes, so nothing is frozen", .usage,
        remedy: "write at most \(Freeze.maxReasonBytes)")
    }
    return reason
  }
}
