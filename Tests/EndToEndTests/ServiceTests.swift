import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The service` {
  private static let eachSecond = "poll = \"1s\""
  private static let rarely = "poll = \"1h\""

  @Test func `brings each change of the directory to the PBX, and is quiet else`() async throws {
    let it = try await Installation(person("a", "1001") + partner("X", "+49 30 227 1"))
    try it.configure(schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.pbx("the first load") { $0.extensions.count == 1 && $0.contacts.count == 1 }

    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }

    try await service.runs(1)
    #expect(try await it.calls { try await service.runs(3) } == [])
    #expect(await service.stop() == 0)
  }

  @Test func `asks cheaply whether there is anything new, where the directory can tell`() async throws {
    let it = try await Installation(person("a", "1001"), slapd: "overlay syncprov")
    try it.configure(schedule: "poll = \"1s\"\nchanges = \"poll\"")
    let manager = try ServiceManager()
    let service = try Service(it, environment: ["NOTIFY_SOCKET": manager.address])
    try await manager.says("nothing new")
    #expect(service.reads == 1)

    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    try await manager.says("nothing new")
    try await eventually("another complete read") { service.reads == 2 }
    #expect(await service.stop() == 0)
  }

  @Test func `is the only one on its state folder`() async throws {
    let it = try await Installation(person("a", "1001"))
    let service = try Service(it)
    try await service.runs(1)
    let second = try Service(it)
    #expect(await second.process.waitUntilExit() == 75)
    #expect(second.said("another pbxsyncd runs as a service on \(it.stateFolder)") > 0)
    try await it.command("status", saying: "Service: process \(service.process.pid), with this configuration")
    #expect(await service.stop() == 0)
    try await it.command("status", saying: "Service: not running")
  }

  /// It would take back at its next poll what that run did, with a second mail to each.
  @Test func `isn't joined by a run with another configuration`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: Self.rarely)
    let service = try Service(it)
    try await service.runs(1)
    try it.configure(
      users: Settings.users.replacing("\"{sn}\"", with: "\"{sn | upper}\""), schedule: Self.rarely)
    let calls = try await it.calls {
      try await it.command("--sync-now", expecting: 75, saying: "or kill -HUP \(service.process.pid)")
      try await it.command("status", saying: "with another configuration than this")
    }
    #expect(calls == [])
    service.process.send(SIGHUP)
    try await eventually("the other name") { service.said("1 entry read, 1 updated") == 1 }
    try await it.sync()
    #expect(await service.stop() == 0)
  }

  @Test func `reads the whole directory every so often though nothing is new`() async throws {
    let it = try await Installation(person("a", "1001"), slapd: "overlay syncprov")
    try it.configure(schedule: "poll = \"1s\"\nfull = \"2s\"")
    let service = try Service(it)
    try await service.runs(3)
    #expect(await service.stop() == 0)
  }

  @Test func `tries again what failed, though nothing is new`() async throws {
    let it = try await Installation(person("a", "1001"), slapd: "overlay syncprov")
    try it.configure(schedule: Self.eachSecond)
    try await it.pbx.setFaults([.init("refuse", message: "not now", code: "WHY")])
    let service = try Service(it)
    try await service.runs(2)
    try await it.pbx.clearFaults()
    try await service.pbx("the extension") { $0.extensions.count == 1 }
    #expect(await service.stop() == 0)
  }

  @Test func `lets the request in flight finish when it is stopped, and sends nothing more`() async throws {
    let it = try await Installation((1...5).map { person("p\($0)", "100\($0)") }.joined())
    try it.configure(pbx: "max_in_flight = 1\nrequest_timeout = \"10m\"", schedule: Self.rarely)
    let gate = Gate()
    let pbx = try ScriptedServer { request in
      gate.wait()
      return .status(request.line.contains("mExtension") ? "All Extension Created" : "Extension Created")
    }
    try it.write("pbxsyncd.toml", it.configuration().replacing(it.pbx.url, with: pbx.url))
    let manager = try ServiceManager()
    let service = try Service(it, environment: ["NOTIFY_SOCKET": manager.address])
    try await eventually("the first request") { !pbx.received.isEmpty }
    service.process.send(SIGTERM)
    // The answer may come as soon as the service knows that it is to stop.
    try await manager.says("STOPPING=1")
    gate.open()
    #expect(await service.process.waitUntilExit() == 0)

    #expect(pbx.received.count == 1)
    try await it.sync()
    let numbers = pbx.received.flatMap { $0.line.matches(of: #/ExtentionNumber%22%3A%22(\d+)/#).map { $0.1 } }
    #expect(numbers.sorted() == (1...5).map { "100\($0)" }, "the outcome of the first is in the ledger")
  }

  @Test(arguments: ["", "overlay syncprov"])
  func `never wakes the pool whose threads are looked after each second`(slapd: String) async throws {
    let it = try await Installation(person("a", "1001"), slapd: slapd)
    try it.configure(schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.pbx("the first load") { $0.extensions.count == 1 }
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    // A thread of that pool has the name of its queue, of which the kernel keeps the first letters, and stays for seconds.
    let threads = "/proc/\(service.process.pid)/task"
    let names = try FileManager.default.contentsOfDirectory(atPath: threads).compactMap {
      try? String(contentsOfFile: "\(threads)/\($0)/comm", encoding: .utf8)
    }
    #expect(names.count > 1)
    #expect(!names.contains { $0.contains("default-qos") }, "\(names)")
    #expect(await service.stop() == 0)
  }

  @Test func `ends when it is stopped between two runs`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: Self.rarely)
    let service = try Service(it)
    try await service.runs(1)
    #expect(await service.stop() == 0)
    #expect(service.said("pbxsyncd stopped") == 1)
  }

  @Test func `takes a new configuration on SIGHUP`() async throws {
    let it = try await Installation(person("a", "1001") + partner("X", "+49 30 227 1"))
    try it.configure(schedule: Self.rarely)
    let service = try Service(it)
    try await service.runs(1)

    try it.configure(
      users: Settings.users.replacing("{sn}", with: "{uid}"), schedule: Self.rarely)
    service.process.send(SIGHUP)
    try await service.pbx("the other template") { $0.extensions.map(\.lastName) == ["a"] }
    #expect(await service.stop() == 0)
  }

  @Test func `makes a run at once on SIGUSR1, which tries what waits for its next try`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "retries = 0", schedule: Self.rarely)
    try await it.pbx.setFaults([Simulator.Fault("error-500", times: 1)])
    let service = try Service(it)
    try await service.runs(1)
    service.process.send(SIGUSR1)
    try await service.pbx("another try") { $0.extensions.count == 1 }
    #expect(await service.stop() == 0)
    #expect(try await it.command("history").contains("2, SIGUSR1, "))
  }

  @Test func `keeps the configuration it has where the new one is wrong`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.runs(1)

    try it.configure(
      users: Settings.users.replacing("{sn}", with: "{uid").replacing("{givenName}", with: "{uid}"),
      schedule: Self.eachSecond)
    service.process.send(SIGHUP)
    try await service.process.wait(for: "Refused the configuration")
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await service.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    #expect(try await it.pbx.state().extensions.map(\.firstName) == ["a"])
    #expect(service.said("Refused the configuration") == 1)
    #expect(await service.stop() == 0)
  }

  @Test func `doesn't start with a wrong configuration`() async throws {
    let it = try await Installation()
    try it.configure(schedule: "pol = \"1s\"")
    let service = try Service(it)
    #expect(await service.process.waitUntilExit() == 78)
    #expect(service.said("pol") >= 1)
    #expect(service.said("started with") == 0)
  }

  @Test func `recovers when a refused key has been corrected, after one report`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002"))
    try it.configure(schedule: Self.eachSecond)
    try it.write("pbx-key", "wrong")
    let service = try Service(it)
    try await service.process.wait(for: "refused the security key")
    let before = try await it.pbx.state().requests
    try await service.pbx("another try") { $0.requests > before }

    try it.write("pbx-key", it.pbx.key)
    try await service.pbx("the load") { $0.extensions.count == 2 }
    try await service.runs(1)
    try await service.process.wait(for: "Works again, after ")
    #expect(service.said("PBX_OUTCOME=77") == 1)
    #expect(service.said("Works again, after ") == 1)
    #expect(service.said("PBX_OUTCOME=failed") == 0, "the key is at fault, not the people")
    #expect(await service.stop() == 0)
  }

  @Test func `goes on when a directory that was away is back, and removes nobody meanwhile`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.runs(1)
    try await it.slapd.stop()
    try await service.process.wait(for: "the directory couldn't be read")
    try await it.slapd.restart()
    try await it.slapd.modify(person("b", "1002").ldapAdd)
    try await service.pbx("the new person") { $0.extensions.map(\.number) == ["1001", "1002"] }
    #expect(try await it.pbx.state().calls["deleteExt"] == nil)
    let reasons = service.process.errors.matches(of: #/PBX_REASON="[^"]*"/#).map { $0.output }
    #expect(Set(reasons).count == reasons.count, "each is reported once: \(reasons)")
    #expect(await service.stop() == 0)
  }

  @Test func `backs off from an object that always fails, and an admin's run retries it at once`() async throws {
    let it = try await Installation(person("a", "1001") + person("sick", "1002"))
    try it.configure(pbx: "retries = 0", schedule: Self.eachSecond)
    try await it.pbx.setFaults([Simulator.Fault("error-500", number: "1002")])
    let service = try Service(it)
    try await service.runs(3)
    #expect(await service.stop() == 0)
    #expect(try await it.pbx.log().count { $0.items.contains { $0["ExtentionNumber"] == "1002" } } == 1)
    let status = try await it.command("status")
    #expect(status.contains("Result unknown: add extension 1002") && !status.contains("In back-off"), "\(status)")
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1002"])
    try await it.pbx.clearFaults()
    #expect(try await it.calls { try await it.sync() } == ["addExt 1002"])
  }

  /// The directory has nothing new; the decision alone calls for the run.
  @Test func `removes what an admin approves without waiting for the directory`() async throws {
    let it = try await Installation(
      (0..<9).map { person("p\($0)", "100\($0)") }.joined(), slapd: "overlay syncprov")
    try it.configure(schedule: Self.eachSecond, removal: "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0")
    let service = try Service(it)
    try await service.runs(1)
    try await it.remove("p1")
    try await service.process.wait(for: "Held 1 removal of extensions")
    let name = try #require(try await it.command("approve").split(separator: ":").first.map(String.init))
    try await it.command("approve", name)
    try await service.pbx("the removal") { $0.extensions.count == 8 }
    #expect(service.said("Held 1 removal of extensions") == 1)
    #expect(await service.stop() == 0)
  }

  @Test func `tells the same problem once, not at each poll nor after an outage`() async throws {
    let it = try await Installation(
      person("a", "1001") + person("twin", "1001")
        + person("odd", "1003").replacing("givenName: odd\n", with: ""))
    try it.configure(schedule: Self.eachSecond)
    let service = try Service(it)
    try await service.runs(3)
    #expect(service.said("PBX_OUTCOME=skipped") == 1, "\(service.process.errors)")
    #expect(service.said("PBX_OUTCOME=conflict") == 1)

    try await it.slapd.stop()
    try await service.process.wait(for: "the directory couldn't be read")
    try await it.slapd.restart()
    try await service.runs(2)
    #expect(service.said("PBX_OUTCOME=skipped") == 1)
    #expect(service.said("PBX_OUTCOME=conflict") == 1)
    #expect(await service.stop() == 0)
  }
}
