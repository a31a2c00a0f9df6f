package import Domain
package import Journal
import LDAP

/// The journal events of one run, by the log contract: a constant message, the data in fields.
package struct RunLog: Sendable {
  package let log: Log
  package var run: Int64?

  package init(log: Log, run: Int64? = nil) {
    self.log = log
    self.run = run
  }

  /// Adds the run to an event.
  package func write(_ event: Event) { log.write(event.preceded(by: .run, run.map(String.init))) }

  package func write(_ id: MessageID, _ message: String, _ fields: KeyValuePairs<JournalField, String?>) {
    write(Event(id, message, fields))
  }
}

extension Event {
  /// An event about an object of the PBX.
  package init(
    _ id: MessageID, _ message: String, action: String, outcome: String, _ key: ObjectKey, of entry: EntryID,
    dn: String? = nil, _ more: KeyValuePairs<JournalField, String?> = [:]
  ) {
    self.init(
      id, message,
      [
        .action: action, .kind: key.kind.rawValue, .number: key.number, .dn: dn, .entry: entry.text, .outcome: outcome,
      ], more)
  }
}
