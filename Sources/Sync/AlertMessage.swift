import Configuration
package import Directory
import Domain
import Ledger
import Platform
import Text

/// An alert as a mail and a webhook tell it.
package struct AlertMessage: Sendable {
  package let subject: String
  /// Lines, each with its line feed, of text that can be shown.
  package let text: String
  /// For a webhook, on one line. Its `text` is what the common chat services show.
  package let json: String

  /// The longest subject, in characters.
  private static let longestSubject = 150

  /// What a run tells.
  package init(_ digest: AlertDigest, of setup: CompiledConfiguration, run: Int64?) {
    let titles =
      digest.new.map(\.title) + (digest.new.isEmpty ? digest.over.map { "Over: \($0.title)" } : [])
    let lasting =
      titles.isEmpty ? digest.lasting.map { "\($0.isBack ? "Again" : "Still"): \($0.alert.title)" } : []
    let all = titles + lasting
    let more = all.count > 1 ? ", and \(all.count - 1) more" : ""
    var lines = digest.new.flatMap { Self.lines(of: $0, since: nil) + [""] }
    lines += digest.lasting.flatMap { Self.lines(of: $0.alert, since: $0.since, isBack: $0.isBack) + [""] }
    if !digest.over.isEmpty {
      lines += ["Over:"]
      for record in digest.over {
        let ending = record.ending(isFailing: digest.isFailing).map { "; \($0)" } ?? ""
        lines.append("  \(record.title) (since \(localTime(record.since)))\(ending)")
      }
      lines.append("")
    }
    self.init(
      (all.first ?? "") + more, lines, setup,
      footer: (run.map { "Run \($0). " } ?? "")
        + "Each of these is sent once, once a day while it lasts, and when it is over. To see all: \(pbxsyncd) status",
      [
        ("new", .array(digest.new.map { Self.json(of: $0, since: nil) })),
        ("lasting", .array(digest.lasting.map { Self.json(of: $0.alert, since: $0.since) })),
        (
          "over",
          .array(
            digest.over.map {
              [
                "key": .string($0.key), "title": .string($0.title), "since": .number($0.since),
                "ending": .optional($0.ending(isFailing: digest.isFailing)),
              ]
            })
        ),
        ("run", .optional(run)),
      ])
  }

  /// A test at an admin's word.
  package static func test(of setup: CompiledConfiguration) -> AlertMessage {
    AlertMessage(
      "Test of alerts", ["This is a test: alerts of pbxsyncd arrive here.", ""], setup,
      footer: "Sent by \(pbxsyncd) alert --test", [("test", true)])
  }

  private init(
    _ subject: String, _ lines: [String], _ setup: CompiledConfiguration, footer: String, _ members: [(String, JSON)]
  ) {
    let subject = visible(subject)
    let all = "pbxsyncd on \(hostName): \(subject)"
    self.subject = all.count > Self.longestSubject ? "\(all.prefix(Self.longestSubject - 1))…" : all
    let configuration = setup.configuration
    // A line of two hyphens and a blank begins a mail's signature.
    text = paragraph(
      lines + ["-- ", "Configuration \(configuration.file), PBX \(configuration.pbx.url)", footer])
    json =
      JSON.object(
        [
          ("text", .string("\(self.subject)\n\n\(text)")), ("subject", .string(self.subject)),
          ("host", .string(hostName)),
          ("program", "pbxsyncd"), ("version", .string(version)),
        ] + members
      ).text
  }

  private static func lines(of alert: Alert, since: Timestamp?, isBack: Bool = false) -> [String] {
    let time = since.map { " (\(isBack ? "again" : "still so"), since \(localTime($0)))" } ?? ""
    var lines = [alert.title + time]
    for (index, item) in alert.items.enumerated() {
      lines += item.lines.map { "  \($0)" }
      // Items with the same next step share it, below the last.
      let next = alert.items.dropFirst(index + 1).first
      if next?.remedy != item.remedy { lines.append("  Next step: \(item.remedy)") }
    }
    return lines
  }

  private static func json(of alert: Alert, since: Timestamp?) -> JSON {
    [
      "key": .string(alert.key), "title": .string(alert.title), "since": .optional(since),
      "items": .array(
        alert.items.map { item in
          ["lines": .strings(item.lines), "next_step": .string(item.remedy)]
        }),
    ]
  }
}
