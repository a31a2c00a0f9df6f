import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A frozen installation` {
  private func frozen(_ options: String...) async throws -> Installation {
    let it = try await Installation(person("ann", "1001") + person("bea", "1002"))
    try await it.sync()
    let said = try await it.run(["freeze", "--reason", "new PBX"] + options)
    #expect(said.exitStatus == 0 && said.output.contains("(new PBX)"), "\(said.output)\(said.errors)")
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neu") + person("cal", "1003").ldapAdd)
    try await it.remove("bea")
    return it
  }

  @Test func `sends nothing, says so everywhere, and makes the changes after the thaw`() async throws {
    let it = try await frozen()
    let calls = try await it.calls {
      let report = try await it.sync(expecting: 4)
      #expect(report.summary.contains("frozen, 3 changes wait"), "\(report.summary)")
      let text = try await it.command("--sync-now", expecting: 4, saying: "Frozen (3)")
      #expect(text.contains("1001") && text.contains("Next step: end it:") && text.contains("(new PBX)"), "\(text)")
      #expect(try await it.command("plan", expecting: 2, saying: "Frozen (3)").contains("1003"))
      try await it.command("sync", "ann", expecting: 4, saying: "Frozen (1)")
      try await it.command("sync", "cal", "--dry-run", expecting: 2)
      for command in ["status", "doctor"] {
        let said = try await it.command(
          command, expecting: nil, saying: "(new PBX): the directory is read, nothing is sent")
        #expect(said.contains("thaw"), "\(said)")
      }
      try await it.command("report", "--html", it.folder.path + "/report.html")
      let page = try String(contentsOfFile: it.folder.path + "/report.html", encoding: .utf8)
      #expect(page.contains("(new PBX): the directory is read, nothing is sent"))
    }
    // The call of doctor, which must be refused, has no number.
    #expect(calls.filter { $0 != "addExt " } == [], "\(calls)")
    try await it.command("thaw", saying: "the next run makes the changes that waited")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1003", "deleteExt 1002", "updateExt 1001"])
    try await it.command("thaw", saying: "Nothing is frozen")
    #expect(try await !it.command("status").contains("Frozen"))
  }

  @Test func `counts a foreign number as a conflict throughout`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.pbx.add([Simulator.Extension("1001", "Somebody", "Else")])
    try await it.sync(expecting: 3)
    try await it.command("freeze")
    try await it.sync(expecting: nil)
    try await it.command("status", "--check", expecting: nil, saying: "conflicts=1 ")
    try await it.command("thaw")
    try await it.command("status", "--check", expecting: nil, saying: "conflicts=1 ")
  }

  @Test func `refuses to apply a plan and to undo a run`() async throws {
    let it = try await frozen()
    let plan = it.folder.path + "/plan.txt"
    try await it.command("plan", "--out", plan, expecting: 2)
    let calls = try await it.calls {
      for words in [["apply", plan], ["undo", "1"], ["undo", "1", "--yes"]] {
        let said = try await it.run(words)
        #expect(
          said.exitStatus == 1 && said.errors.contains("nothing is sent"), "\(words) \(said.output)\(said.errors)")
      }
    }
    #expect(calls == [])
  }

  @Test func `thaws by itself at its time`() async throws {
    let it = try await frozen("--until", "+2h")
    try await it.command("status", saying: " until ")
    try await it.sync(expecting: 4)
    let calls = try await it.calls {
      let later = try await it.run(["--sync-now", "--json"], clock: "wall+7201,boottime+7201")
      #expect(later.exitStatus == 0, "\(later.output)\(later.errors)")
    }
    #expect(calls.count == 3)
    #expect(try await !it.command("status").contains("Frozen"))
  }

  /// A table of the PBX without 1002.
  private func lackingTable(_ it: Installation) throws -> String {
    let rows = (0..<9).filter { $0 != 2 }.map { "100\($0),P\($0),Muster,p\($0)@example.com," }
    let file = it.folder.path + "/table.csv"
    try (["ExtentionNumber,FirstName,LastName,EmailAddress,OutboundCallerID"] + rows).joined(separator: "\n")
      .write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  @Test func `says which end and reason another freeze replaces`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.command("freeze", "--until", "2099-01-02", "--reason", "new PBX")
    let said = try await it.command("freeze", saying: "Before, it was frozen until 2099-01-02 00:00 (new PBX)")
    #expect(said.contains("without an end: the directory is read"), "\(said)")
    #expect(try await !it.command("freeze").contains("Before"))
  }

  @Test func `keeps an approval, however long it lasts`() async throws {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)") }.joined())
    try await it.sync()
    try it.configure(removal: "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0")
    try await it.remove("p1")
    try await it.sync(expecting: 4)
    let said = try await it.command("status")
    let set = try #require(said.firstMatch(of: /removal-extension-[0-9a-f]+|[a-z]+-[0-9a-f]{6,}/)).output
    try await it.command("approve", String(set), saying: "is approved")
    try await it.command("freeze")
    for command in ["approve", "audit"] {
      let words = command == "audit" ? ["audit", "--csv", try lackingTable(it)] : [command]
      let said = try await it.run(words)
      #expect(said.output.contains("so nothing is sent meanwhile; end it: "), "\(said.output)\(said.errors)")
    }
    try await it.command("approve", String(set), saying: "so nothing is sent meanwhile; end it: ")
    try await it.command("adopt", "1900", saying: "so nothing is sent meanwhile; end it: ")
    #expect(try await it.command("why", "1001").contains("delete extension 1001 waits for the end of the freeze"))
    func run(after seconds: Int) async throws -> Int32 {
      try await it.run(["--sync-now", "--json"], clock: "wall+\(seconds),boottime+\(seconds)").exitStatus
    }
    for day in 1...9 { #expect(try await run(after: day * 86_400) == 4) }
    try await it.command("thaw")
    #expect(try await it.calls { _ = try await run(after: 9 * 86_400 + 60) } == ["deleteExt 1001"])
  }

  @Test func `adds a first load only after the thaw, and that one is free still`() async throws {
    let it = try await Installation((0..<12).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(limits: "[addition]\nmax_count = 2")
    try await it.command("freeze")
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
    try await it.command("thaw")
    #expect(try await it.sync().counts.added == 12)
  }

  @Test(arguments: [
    ("yesterday", 1, "which is over, so nothing is frozen"), ("2020-01-01 08:00", 1, "2020-01-01 08:00, which is over"),
    ("soon", 64, "\"soon\" isn't a time"), ("2026-02-30", 64, "isn't a time"), ("", 64, "--until needs a value"),
    ("\u{1B}[31m", 64, "isn't a time"),
  ])
  func `isn't made by an end that is over or can't be read`(until: String, status: Int32, text: String) async throws {
    let it = try await Installation(person("ann", "1001"))
    let said = try await it.run(["freeze", "--until", until])
    #expect(said.exitStatus == status && said.errors.contains(text), "\(said.output)\(said.errors)")
    #expect(!said.errors.contains("\u{1B}"))
    try await it.sync()
  }

  @Test func `has a daemon that stops sending at once and goes on after the thaw`() async throws {
    let it = try await Installation(person("ann", "1001"), slapd: "overlay syncprov")
    try it.configure(schedule: "poll = \"1s\"")
    let service = try Service(it)
    try await service.pbx("the first load") { $0.extensions.count == 1 }
    try await it.command("freeze")
    try await it.slapd.modify(person("bea", "1002").ldapAdd)
    try await eventually("a frozen run") { service.said("frozen, 1 change waits") > 0 }
    #expect(try await it.pbx.state().extensions.count == 1)
    try await it.command("thaw")
    try await service.pbx("the change that waited") { $0.extensions.count == 2 }
    #expect(await service.stop() == 0)
  }
}
