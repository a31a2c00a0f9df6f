import Configuration
import Directory
import Platform
import Sync

extension DoctorReport {
  /// Checks what alerts need on this host. It sends none: `alert --test` does.
  mutating func checkAlerts(_ setup: CompiledConfiguration) {
    let sender = AlertSender(setup)
    if sender.ways.isEmpty { return }
    for file in setup.alertSecretFiles {
      do throws(ConfigurationError) {
        _ = try setup.credentials.secret(file)
        pass("alerts, secret file", file)
        checkCopy(of: file, setup)
      } catch {
        fail("alerts, secret file", "\(error)", remedy: "")
      }
    }
    let places = sender.ways.map { way in
      way == .mail
        ? "mail to \(sender.recipients.joined(separator: ", ")) by \(sender.place(of: way))" : sender.place(of: way)
    }
    pass("alerts", "\(places.joined(separator: "; ")); to try them: \(pbxsyncd) alert --test")
  }
}
