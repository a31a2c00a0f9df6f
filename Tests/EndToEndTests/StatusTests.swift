import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The status` {
  @Test func `shows what needs an admin before everything else`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(removal: "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0")
    try await it.sync()
    try await it.remove("bob")
    try await it.slapd.modify(person("twin", "1001").ldapAdd)
    try await it.sync(expecting: 4)
    let labels = try await it.command("status").split(separator: "\n").compactMap { $0.split(separator: ":").first }
    #expect(
      labels.prefix(6) == ["Held", "Next step", "Skipped", "Service", "Directory", "PBX"], "\(labels)")
    #expect(labels.last == "Ledger")
  }

  @Test func `has the service's next poll, and whether it receives change notifications`() async throws {
    let it = try await Installation(person("ann", "1001"), slapd: "overlay syncprov")
    try it.configure(schedule: "poll = \"1h\"")
    let service = try Service(it)
    try await eventually("a first run") { service.reads > 0 }
    try await eventually("a next run") {
      let said = try await it.command("status")
      return said.contains("; sends change notifications") && said.contains("Next run: at the next change; poll 20")
    }
    #expect(await service.stop() == 0)
    try await it.command("status", saying: "Next run: none: the service isn't running")
  }

  private func check(_ it: Installation, _ status: Int32, _ start: String, clock: String = "") async throws {
    let finished = try await it.run(["status", "--check"], clock: clock)
    #expect(finished.exitStatus == status && finished.output.hasPrefix(start), "\(finished.output)\(finished.errors)")
    #expect(finished.output.split(separator: "\n").count == 1 && finished.errors.isEmpty)
  }

  @Test func `for monitoring is one line with the exit status of a Nagios plugin`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(removal: "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0")
    try await check(it, 3, "PBXSYNCD UNKNOWN - no run yet")
    try await it.sync()
    try await check(it, 0, "PBXSYNCD OK - 2 extensions and 0 contacts managed, last run ")
    try await check(it, 2, "PBXSYNCD CRITICAL - no run since ", clock: "wall+864000,boottime+864000")
    try await it.slapd.modify(person("twin", "1001").ldapAdd)
    try await it.sync(expecting: 3)
    try await check(it, 1, "PBXSYNCD WARNING - 1 conflict | held=0 conflicts=1 ")
    try await it.remove("bob")
    try await it.sync(expecting: 4)
    try await check(it, 2, "PBXSYNCD CRITICAL - held: 1 removal of extensions (extensions-")
    let json = try await it.run(["status", "--check", "--json"])
    #expect(
      json.exitStatus == 2 && json.output.hasPrefix(#"{"status":2,"error":null,"result":"CRITICAL","reasons":["held"#),
      "\(json.output)")
    try await it.slapd.stop()
    try await it.sync(expecting: 69)
    try await check(it, 2, "PBXSYNCD CRITICAL - held: ")
    try it.write("pbxsyncd.toml", "[directory]\n")
    try await check(it, 3, "PBXSYNCD UNKNOWN - configuration: ")
  }

  @Test func `has a conflict as soon as a run has found it`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try await it.sync()
    try await it.pbx.add([Simulator.Extension("1003", "Foreign")])
    try await it.slapd.modify(person("cid", "1003").ldapAdd)
    try await it.sync(expecting: 3)
    try await check(it, 1, "PBXSYNCD WARNING - 1 conflict | ")
    try await it.slapd.modify(person("twin", "1001").ldapAdd)
    try await it.command("sync", "twin", expecting: 3)
    try await check(it, 1, "PBXSYNCD WARNING - 2 conflicts | ")
    try await it.remove("twin")
    try await it.slapd.modify(replace(uid("cid"), "telephoneNumber", "+49 30 9018 1004"))
    try await it.sync()
    try await check(it, 0, "PBXSYNCD OK - ")
  }

  @Test func `tells that the service's last run failed, though no run is in the history`() async throws {
    let it = try await Installation(person("ann", "1001"), slapd: "overlay syncprov")
    try it.configure(schedule: "poll = \"1h\"")
    let service = try Service(it)
    try await eventually("a first run") { service.reads > 0 }
    try await eventually("a quiet service") { try await it.command("status").contains("at the next change") }
    try FileManager.default.removeItem(atPath: it.folder.path + "/pbx-key")
    // A run that was under way has the key already.
    var changes = 0
    try await eventually("a failure") {
      changes += 1
      try await it.slapd.modify(replace(uid("ann"), "sn", "Neu\(changes)"))
      return try await it.command("status", "--check", expecting: nil)
        .contains("CRITICAL - the service's last run failed ")
    }
    try await it.command("status", saying: "Last attempt: of the service, failed ")
    try it.write("pbx-key", it.pbx.key)
    service.process.send(SIGUSR1)
    try await eventually("the end of the failure") {
      try await it.command("status", "--check", expecting: nil).contains("PBXSYNCD OK")
    }
    #expect(await service.stop() == 0)
  }

  @Test func `for monitoring reports a service that is no longer there`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let service = try Service(it)
    try await eventually("a first run") { service.reads > 0 }
    try await check(it, 0, "PBXSYNCD OK - ")
    #expect(await service.stop() == 0)
    try await check(it, 2, "PBXSYNCD CRITICAL - the service isn't running | ")
  }
}
