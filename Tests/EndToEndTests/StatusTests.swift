import Foundation
import Platform
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
    let plan = try await it.sync("--dry-run")
    #expect(plan.changes.isEmpty && plan.conflicts.count == 1, "a run asks again, and is refused")
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

  @Test func `names the command that keeps runs from beginning, and for monitoring when that lasts`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    do {
      let lock = try LockFile(path: it.folder.path + "/state/lock")
      defer { withExtendedLifetime(lock) {} }
      let said = try await it.command("status")
      #expect(said.contains(#/At work: process \d+ \(.*\) has had the ledger's lock since 20/#), "\(said)")
      try await check(it, 0, "PBXSYNCD OK - ")
      let later = "wall+14400,boottime+14400"
      try await check(it, 2, "PBXSYNCD CRITICAL - process \(processID) (", clock: later)
    }
    #expect(try await !it.command("status").contains("At work"))
  }

  @Test func `counts fields without a usable value, and names sets by the decision`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try await it.slapd.modify(replace(uid("p1"), "mail", "no address"))
    try await it.sync(expecting: 3)
    try await it.command("status", saying: "Skipped: 1 field without a usable value; ")
    try await check(it, 1, "PBXSYNCD WARNING - 1 field without a usable value | ")
    try it.configure(removal: "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0", limits: "[update]\nmax_count = 0")
    try await it.slapd.modify(replace(uid("p2"), "sn", "Neu"))
    let name = try #require(try await it.sync(expecting: 4).held.first?.name)
    try await it.command("reject", name)
    try await it.command("status", saying: "Rejected: \(name)")
    try await it.command("approve", name)
    try await it.command("status", saying: "Approved: \(name)")
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
