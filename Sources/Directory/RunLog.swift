import Domain
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

  package func searched(_ commandLine: String, _ source: String) {
    log.write(Event(.searchMade, commandLine, [.run: runText, .source: source]))
  }

  package var runText: String? { run.map(String.init) }
}
