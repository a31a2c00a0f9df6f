import Foundation
import TestSupport
import Testing

/// A stop loses nothing, whenever it comes, and takes no longer than the requests in flight.
@Suite(.timeLimit(.minutes(15))) struct `A service that is stopped` {
  private static let watched = "overlay syncprov\nsyncprov-sessionlog 1000\nindex entryUUID eq"
  private static let rarely = "poll = \"1h\""

  /// The PBX's fault while the change notification arrives.
  enum Fault: CaseIterable { case unreachable, losesRequests }

  @Test(arguments: Fault.allCases)
  func `goes on at once with a change that it couldn't make before`(fault: Fault) async throws {
    // Without an address: what mails somebody isn't repeated as often.
    let people = person("a", "1001").replacing("mail: a@example.com\n", with: "")
    let it = try await Installation(people, slapd: Self.watched, tls: true)
    let proxy = try AlternatingProxy(to: [it.pbx.url])
    try it.configure(pbx: "retries = 10", schedule: Self.rarely)
    let url = proxy.uri.replacing("ldap:", with: "https:") + "/api.aspx"
    try it.write("pbxsyncd.toml", it.configuration().replacing(it.pbx.url, with: url))
    let first = try Service(it)
    try await first.runs(1)

    switch fault {
    case .unreachable: proxy.setDown(true)
    case .losesRequests: try await it.pbx.setFaults([.init("cut-before")])
    }
    let before = try await it.pbx.state().requests
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    // Then it waits before the next one.
    try await eventually("a try") {
      switch fault {
      case .unreachable: proxy.refused > 0
      case .losesRequests: try await it.pbx.state().requests > before
      }
    }
    #expect(await first.stop() == 0)
    #expect(first.said("stopped before its end") == 0, "\(first.process.errors)")
    #expect(first.said("No change notifications") == 0, "\(first.process.errors)")

    proxy.setDown(false)
    try await it.pbx.clearFaults()
    let second = try Service(it)
    try await second.pbx("the new name") { $0.extensions.map(\.lastName) == ["Neu"] }
    #expect(await second.stop() == 0)
  }

  @Test func `needs no complete read afterwards where a run that a change began has done all`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002"), slapd: Self.watched)
    try it.configure(schedule: Self.rarely)
    let first = try Service(it)
    try await first.runs(1)
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await first.pbx("the new name") { $0.extensions.contains { $0.lastName == "Neu" } }
    try await eventually("the end of its run") { first.said("1 updated") == 1 }
    #expect(await first.stop() == 0)
    let second = try Service(it)
    try await it.slapd.modify(replace(uid("b"), "sn", "Neuer"))
    try await second.pbx("the newer name") { $0.extensions.contains { $0.lastName == "Neuer" } }
    #expect(await second.stop() == 0)
    #expect(second.reads == 0)
  }

  @Test(arguments: ["listen", "poll"]) func `ends though the directory stands still`(changes: String) async throws {
    let it = try await Installation(person("a", "1001"), slapd: Self.watched)
    try it.configure(
      directory: "idle_timeout = \"1h\"\nconnect_timeout = \"1h\"\noperation_timeout = \"1h\"",
      schedule: "poll = \"1s\"\nchanges = \"\(changes)\"")
    let service = try Service(it)
    try await service.runs(1)
    await it.slapd.pause()
    // Two polls, of which one at least waits for an answer then.
    try await Task.sleep(for: .seconds(2))
    #expect(await service.stop() == 0)
    await it.slapd.resume()
  }

  @Test func `waits for an admin's command without a cry`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: "poll = \"1s\"")
    let command = try ChildProcess(
      launching: "/usr/bin/flock", arguments: ["-o", it.stateFolder + "/lock", "/usr/bin/sleep", "600"])
    try await eventually("the lock") { FileManager.default.fileExists(atPath: it.stateFolder + "/lock") }
    let service = try Service(it)
    try await service.process.wait(for: "Waiting for the ledger")
    #expect(try await it.pbx.state().extensions.isEmpty)
    command.send(SIGKILL)
    await command.waitUntilExit()
    try await service.runs(1)
    #expect(try await it.pbx.state().extensions.count == 1)
    #expect(await service.stop() == 0)
    #expect(service.said("<3>") == 0 && service.said("Works again") == 0, "\(service.process.errors)")
    #expect(service.said("Waiting for the ledger") == 1)
  }

  @Test func `lets an admin's run wait for its own to end`() async throws {
    let it = try await Installation(person("a", "1001"))
    let other = try ChildProcess(
      launching: "/usr/bin/flock", arguments: ["-o", it.stateFolder + "/lock", "/usr/bin/sleep", "600"])
    try await eventually("the lock") { FileManager.default.fileExists(atPath: it.stateFolder + "/lock") }
    let run = try ChildProcess(
      launching: Installation.binary, arguments: ["--config", it.configurationFile, "--sync-now"])
    try await run.wait(for: "Waiting for the ledger")
    other.send(SIGKILL)
    #expect(await run.waitUntilExit() == 0)
    #expect(try await it.pbx.state().extensions.count == 1)
  }

  @Test func `writes nothing to the ledger while another has the lock`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: Self.rarely)
    let service = try Service(it)
    try await service.runs(1)
    let command = try ChildProcess(
      launching: "/usr/bin/flock", arguments: ["-o", it.stateFolder + "/lock", "/usr/bin/sleep", "600"])
    try await eventually("the lock") {
      try await ChildProcess.run("/usr/bin/flock", ["-n", it.stateFolder + "/lock", "/usr/bin/true"]).exitStatus != 0
    }
    func ledger() throws -> [Data?] {
      ["", "-wal", "-anchor"].map { FileManager.default.contents(atPath: it.ledgerFile + $0) }
    }
    let before = try ledger()
    #expect(await service.stop() == 0)
    #expect(try ledger() == before)
    command.send(SIGKILL)
  }

  @Test func `waits no longer for the lock`() async throws {
    let it = try await Installation(person("a", "1001"))
    let command = try ChildProcess(
      launching: "/usr/bin/flock", arguments: ["-o", it.stateFolder + "/lock", "/usr/bin/sleep", "600"])
    try await eventually("the lock") { FileManager.default.fileExists(atPath: it.stateFolder + "/lock") }
    let service = try Service(it)
    try await service.process.wait(for: "Waiting for the ledger")
    #expect(await service.stop() == 0)
    command.send(SIGKILL)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A disk that is nearly full` {
  /// Else each run would send, and mail, again what it can't record.
  @Test(.enabled(if: MemoryDisk.isPossible)) func `has nothing sent until there is room`() async throws {
    let it = try await Installation(person("a", "1001"))
    try #require(MemoryDisk.mount(at: it.stateFolder, kibibytes: 4096))
    defer { MemoryDisk.unmount(it.stateFolder) }
    for _ in 1...2 {
      let finished = try await it.run(["--sync-now"])
      #expect(finished.exitStatus == 74, "\(finished.output)\(finished.errors)")
      for text in ["KiB are free, and nothing is sent", "Make room on the disk"] {
        #expect(finished.errors.contains(text), "\(finished.errors)")
      }
    }
    #expect(try await it.pbx.state().requests == 0)
    try await it.command("status", expecting: nil, saying: "is full: ")
    try #require(MemoryDisk.resize(it.stateFolder, kibibytes: 65_536))
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"])
  }
}
