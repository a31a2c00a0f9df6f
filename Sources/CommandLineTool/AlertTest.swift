import Configuration
import Directory
import Platform
package import Sync

extension CommandContext {
  /// Sends a test by each configured way, to each recipient by itself, and prints what came of it.
  package func testAlerts() async -> ExitStatus {
    await answer { setup in
      let sender = AlertSender(setup)
      if sender.ways.isEmpty {
        throw RunError(
          refusing: "there is nobody to tell: \(setup.configuration.file) has no [alerts]",
          remedy: "add mail_to = [\"admins@example.com\"] or webhook_file = \"alerts-webhook\" to it")
      }
      let message = AlertMessage.test(of: setup)
      var tries: [AlertTry] = []
      for way in sender.ways {
        for recipient in way == .mail ? sender.recipients.map(Optional.some) : [nil] {
          let place = recipient.map { "mail to \($0) by \(sender.place(of: way))" } ?? sender.place(of: way)
          do throws(AlertError) {
            try await sender.send(message, by: way, to: recipient.map { [$0] })
            tries.append(AlertTry(place: place, error: nil))
          } catch {
            tries.append(AlertTry(place: place, error: error))
          }
        }
      }
      return CommandOutput(
        status: tries.allSatisfy { $0.error == nil } ? .asWanted : .refused,
        page: tries.reduce(into: Page()) { page, result in result.add(to: &page) },
        json: ["tries": .array(tries.map(\.json))])
    }
  }
}

/// One test of one way.
private struct AlertTry {
  let place: String
  let error: AlertError?

  func add(to page: inout Page) {
    guard let error else {
      page.add("\(place): accepted", mark: "ok    ")
      return
    }
    page.add("\(place): \(error.message)", mark: "FAIL  ", .bad)
    if !error.remedy.isEmpty { page.add("Next step: \(error.remedy)", indent: 6) }
  }

  var json: JSON {
    [
      "to": .string(place), "ok": .bool(error == nil), "message": .optional(error?.message),
      "remedy": .optional(error?.remedy),
    ]
  }
}
