import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The log of a run` {
  /// One event of each kind that a run can lead to: people to add, to update and to delete, and one to skip.
  private func eventful() async throws -> Installation {
    let it = try await Installation(
      person("a", "1001") + person("b", "1002") + partner("X", "+49 30 227 1"))
    try await it.sync()
    try await it.slapd.modify(
      replace(uid("a"), "sn", "Neu") + "dn: \(uid("b"))\nchangetype: delete\n\n"
        + partner("Y", "+49 30 227 2").ldapAdd
        + person("odd", "1003").replacingOccurrences(of: "givenName: odd\n", with: "").ldapAdd)
    return it
  }

  @Test(.enabled("needs root, mount namespaces and systemd-journald") { await Hidden.mayHoldJournal() })
  func `is in the journal, with the fields of the contract`() async throws {
    let it = try await eventful()
    let session = try Hidden.launch(
      """
      mkdir -p /run/systemd/journal /run/log/journal
      \(Hidden.journald) 2>/dev/null & journald=$!
      until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
      '\(Installation.binary)' --config '\(it.configurationFile)' --sync-now >/dev/null && status=0 || status=$?
      journalctl --sync
      journalctl --directory /run/log/journal --identifier pbxsyncd --all --no-pager --output json
      kill $journald
      exit $status
      """)
    #expect(await session.waitUntilExit() == 3)
    #expect(session.errors == "", "what is in the journal isn't on standard error too")
    let events = try session.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    func field(_ name: String, of event: [String: Any]) -> String { event[name] as? String ?? "-" }
    let outcomes = events.filter { $0["PBX_ACTION"] != nil }.map { event in
      [
        "PBX_ACTION", "PBX_KIND", "PBX_NUMBER", "PBX_DN", "PBX_OUTCOME", "PBX_CHANGED", "PRIORITY", "MESSAGE_ID",
      ].map { field($0, of: event) }.joined(separator: " ")
    }
    #expect(
      outcomes.sorted() == [
        "add contact 49302272 \(cn("Y")) done number first_name last_name company 5 d8709d784ca44c6cb8e180affdecb821",
        "delete extension 1002 \(uid("b")) done - 5 5aefd50e6af54f12b29bae5eb776f979",
        "skip - - \(uid("odd")) skipped - 4 3ca1bbe523a54cbe931daa9e970b2790",
        "update extension 1001 \(uid("a")) done last_name 5 f3f30074991c4d8f8fa190185a785eed",
      ])
    #expect(events.allSatisfy { field("PBX_RUN", of: $0) == "2" && field("SYSLOG_IDENTIFIER", of: $0) == "pbxsyncd" })
    #expect(
      events.filter { $0["PBX_ACTION"] != nil }.allSatisfy { UUID(uuidString: field("PBX_ENTRY", of: $0)) != nil })

    let summaries = events.filter { $0["PBX_REQUESTS"] != nil }
    let summary = try #require(summaries.first)
    #expect(summaries.count == 1)
    #expect(field("MESSAGE_ID", of: summary) == "76f868f638e04d7890aecff8d33b1aad")
    #expect(field("PRIORITY", of: summary) == "6")
    #expect(
      ["ADDED", "UPDATED", "DELETED", "REQUESTS"].map { field("PBX_\($0)", of: summary) } == ["1", "1", "1", "3"])
    #expect(try #require(Int(field("PBX_PEAK_MEMORY", of: summary))) > 0)
  }

  @Test(.enabled("needs mount namespaces") { await Hidden.isPossible() })
  func `is on standard error where there is no journal, a line an event with its level`() async throws {
    let it = try await eventful()
    let run = try Hidden.launch("exec '\(Installation.binary)' --config '\(it.configurationFile)' --sync-now")
    #expect(await run.waitUntilExit() == 3)
    let lines = run.errors.split(separator: "\n")
    #expect(lines.map { $0.prefix(3) }.sorted() == ["<4>", "<5>", "<5>", "<5>", "<6>", "<6>"])
    #expect(lines.allSatisfy { $0.contains(" PBX_RUN=2") })
    #expect(lines.last?.hasPrefix("<6>") == true)
  }

  @Test(.enabled("needs root, mount namespaces and systemd-journald") { await Hidden.mayHoldJournal() })
  func `is on standard error where an admin wants that, though a journal runs`() async throws {
    let it = try await eventful()
    let session = try Hidden.launch(
      """
      mkdir -p /run/systemd/journal /run/log/journal
      \(Hidden.journald) 2>/dev/null & journald=$!
      until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
      PBXSYNCD_LOG=stderr '\(Installation.binary)' --config '\(it.configurationFile)' --sync-now && status=0 || status=$?
      kill $journald
      exit $status
      """)
    #expect(await session.waitUntilExit() == 3)
    #expect(session.errors.split(separator: "\n").count { $0.contains(" PBX_RUN=2") } == 6, "\(session.errors)")
  }

  @Test func `holds no secret, whatever goes wrong, and neither does the process`() async throws {
    let it = try await eventful()
    try it.configure(schedule: "poll = \"1s\"")
    try await it.pbx.setFaults([
      .init("html", action: "updateExt"), .init("cut-after", action: "addPhonebook"),
      .init("refuse", action: "deleteExt", message: "no: key=\(it.pbx.key)", code: "WHY"),
    ])
    let service = try Service(it)
    try await service.runs(1)
    let visible = try ["cmdline", "environ"].map {
      try String(decoding: Data(contentsOf: URL(filePath: "/proc/\(service.process.pid)/\($0)")), as: UTF8.self)
    }
    #expect(visible[0].contains("pbxsyncd"), "it has been looked at")
    #expect(await service.stop() == 0)

    let debug = try await it.run(["--sync-now", "--debug"])
    let json = try await it.run(["--sync-now", "--json"])
    #expect(service.said("PBX_OUTCOME") >= 4)
    let all =
      visible + [service.process.output, service.process.errors, debug.output, debug.errors, json.output, json.errors]
    for text in all {
      #expect(!text.contains(it.pbx.key), "\(text)")
      #expect(!text.contains(it.slapd.password), "\(text)")
    }
  }
}
