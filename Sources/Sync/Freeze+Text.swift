package import Domain
package import Journal
import Platform

// A freeze as text, for every command that shows it.

extension Freeze {
  /// Its end and its reason, as in "until 2026-12-01 08:00 (new PBX)".
  package var clause: String {
    let end = until.map { "until \(localTime($0))" } ?? "without an end"
    return end + (reason.isEmpty ? "" : " (\(reason))")
  }

  /// "Frozen since 2026-11-27 18:00 until 2026-12-01 08:00 (new PBX): the directory is read, nothing is sent".
  package var text: String { "Frozen \(state)" }

  /// The same behind a label that says it is frozen.
  package var state: String { "since \(localTime(since)) \(clause): the directory is read, nothing is sent" }

  /// How to end it before its time.
  package var remedy: String {
    until == nil ? "end it: \(pbxsyncd) thaw" : "wait for its end, or end it: \(pbxsyncd) thaw"
  }

  /// That what a command begins waits for the end of the freeze, as a sentence of its own.
  package var waitText: String {
    "Frozen since \(localTime(since)) \(clause), so nothing is sent meanwhile; \(remedy)"
  }

  /// "frozen until 2026-12-01 08:00", for a summary.
  package var shortText: String { until.map { "frozen until \(localTime($0))" } ?? "frozen" }

  package var json: JSON {
    ["since": .number(since), "until": .optional(until), "reason": .string(reason)]
  }

  /// Its beginning, by an admin.
  package var beginEvent: Event {
    Event(.frozen, text, [.action: "freeze", .outcome: "done", .reason: reason, .remedy: remedy])
  }

  /// Its end: by an admin, or by its time.
  ///
  /// - Parameter time: when it was ended; nil if its time was over.
  package func endEvent(at time: Timestamp?) -> Event {
    let cause = time == nil ? "its time was over" : "an admin ended it"
    return Event(
      .thawed, "The freeze since \(localTime(since)) has ended: \(cause); runs send again",
      [.action: "thaw", .outcome: "done", .reason: reason])
  }
}

extension RunError {
  /// Why a command that would only send something does nothing.
  init(frozen freeze: Freeze) { self.init(refusing: freeze.text, remedy: freeze.remedy) }
}
