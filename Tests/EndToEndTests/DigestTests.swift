import Foundation
import Glibc
import TestSupport
import Testing

/// A run maps only entries that have changed, and plans their changes.
@Suite(.timeLimit(.minutes(15))) struct `An unchanged directory` {
  private let unchanged = "directory, unchanged"

  /// What a run says, and the calls that it leads to.
  private func run(_ it: Installation) async throws -> (said: String, calls: [String]) {
    var said = ""
    let calls = try await it.calls { said = try await it.command("--sync-now", "--debug") }
    return (said, calls)
  }

  @Test func `is read and not mapped again, once no change was left`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002") + partner("X", "+49 30 227 1"))
    #expect(try await !run(it).said.contains(unchanged))
    for _ in 0..<2 {
      let (said, calls) = try await run(it)
      #expect(said.contains(unchanged))
      #expect(said.contains("3 entries read, nothing to do"))
      #expect(calls == [])
    }
    #expect(try await it.command("status").contains("3 entries"))
  }

  @Test(arguments: [
    (replace(uid("a"), "sn", "Neu"), 1, ["updateExt 1001"]),
    ("dn: \(uid("a"))\nchangetype: modrdn\nnewrdn: uid=z\ndeleteoldrdn: 1\n\n", 1, []),
    (
      replace(uid("a"), "sn", "Muster b") + replace(uid("b"), "sn", "Muster a"), 2,
      ["updateExt 1001", "updateExt 1002"]
    ),
    (added, 1, ["addExt 1003"]),
    (replace(cn("X"), "o", "Neu"), 1, ["updatePhonebook 49302271"]),
    // The same number, written in another way: nothing follows, and the next run knows it.
    (replace(uid("a"), "telephoneNumber", "+49 30 9018-1001"), 1, []),
  ]) func `except for a few entries is mapped no further`(change: String, count: Int, calls: [String]) async throws {
    let it = try await Installation(
      person("a", "1001", last: "Muster a") + person("b", "1002", last: "Muster b") + partner("X", "+49 30 227 1"))
    try await it.sync()
    #expect(try await run(it).said.contains(unchanged))
    try await it.slapd.modify(change)
    let after = try await run(it)
    #expect(after.calls == calls)
    #expect(after.said.contains("\(unchanged) except for \(count) entr"))
    let again = try await run(it)
    #expect(again.calls == [] && again.said.contains("\(unchanged): "))
  }

  private static let added =
    "dn: \(uid("c"))\nchangetype: add\n" + person("c", "1003").split(separator: "\n", maxSplits: 1)[1]

  @Test(arguments: [
    ("somebody is gone", "dn: \(uid("a"))\nchangetype: delete\n\n", ["deleteExt 1001"], 0),
    (
      "somebody is gone and another has come", "dn: \(uid("a"))\nchangetype: delete\n\n" + added,
      ["addExt 1003", "deleteExt 1001"], 0
    ),
    ("a number is another's", replace(uid("a"), "telephoneNumber", "1002"), [], 3),
    (
      "a number is given up", replace(uid("a"), "telephoneNumber", "+49 30 9018 1009"),
      ["addExt 1009", "deleteExt 1001"], 0
    ),
    ("a value can't be used", replace(uid("a"), "telephoneNumber", "none"), [], 3),
  ]) func `except for entries that others depend on is mapped no further, as with`(
    what: String, change: String, calls: [String], status: Int32
  ) async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002"))
    try await it.sync()
    try await it.slapd.modify(change)
    var said = ""
    let made = try await it.calls { said = try await it.command("--sync-now", "--debug", expecting: status) }
    #expect(made.sorted() == calls)
    #expect(said.contains("\(unchanged) except for"))
  }

  /// Rules by which an entry that is as it was wants something else when another has changed.
  @Test(arguments: [
    (
      "also_users = \"skip\"", replace(uid("a"), "telephoneNumber", "+49 30 9019 1001"), ["49302271", "49302272"]
    ),
    (
      "shared = \"first\"", replace(cn("X"), "telephoneNumber", "+49 30 227 2"),
      ["49302271", "49302272", "493090191001"]
    ),
  ]) func `but for entries that others gain or lose by leads to what follows for these`(
    rule: String, change: String, contacts: [String]
  ) async throws {
    let second = rule.contains("shared") ? "+49 30 227 1" : "+49 30 227 2"
    let it = try await Installation(
      person("a", "1001") + partner("X", "+49 30 227 1") + partner("Y", second) + partner("Z", "+49 30 9019 1001"))
    try it.configure(contacts: Settings.contacts.replacing("contact.numbers", with: "\(rule)\ncontact.numbers"))
    try await it.sync()
    #expect(try await run(it).said.contains(unchanged))
    try await it.slapd.modify(change)
    #expect(try await run(it).said.contains("\(unchanged) except for 1"))
    #expect(try await it.pbx.state().contacts.map(\.number) == contacts)
  }

  @Test func `is mapped again with another configuration`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    #expect(try await run(it).said.contains(unchanged))
    try it.configure(numbers: "plus = true")
    #expect(try await !run(it).said.contains(unchanged))
  }

  @Test func `is compared with what an undo has left`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await it.sync()
    try await it.command("undo", "2", "--yes")
    #expect(try await run(it).calls == ["updateExt 1001"])
  }

  @Test func `is compared with a restored ledger`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    let backup = it.folder.path + "/backup"
    try await it.command("ledger", "backup", backup)
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    try await it.sync()
    try await it.command("ledger", "restore", backup, "--yes")
    let said = try await it.run(["--sync-now", "--debug"])
    #expect(said.exitStatus == 3 && (said.output + said.errors).contains("unproven"))
  }

  @Test(arguments: ["intents-committed:1", "request-answered:1"])
  func `isn't trusted after a crash in the middle of a change that was taken back`(step: String) async throws {
    let it = try await Installation(person("a", "1001"))
    // slapd puts what was replaced at the entry's end; so it lies where it will lie when the change is taken back.
    try await it.slapd.modify(replace(uid("a"), "sn", "Muster"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    let crashed = try await ChildProcess.run(
      Installation.binary, ["--config", it.configurationFile, "--sync-now"],
      environment: ["PBXSYNCD_CRASH_AT": step, "PATH": "/usr/bin:/bin"])
    #expect(crashed.exitStatus == 128 + SIGKILL)
    try await it.slapd.modify(replace(uid("a"), "sn", "Muster"))
    #expect(try await run(it).calls == ["updateExt 1001"], "the PBX may have the other name")
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Muster"])
  }

  @Test func `isn't mapped again for a leaver between the reads that missed the entry and the end of the grace period`()
    async throws
  {
    let it = try await Installation(person("a", "1001") + person("b", "1002") + person("c", "1003"))
    try it.configure(removal: "complete_reads = 2\nafter = \"1h\"\nmax_percent = 100")
    func sync(_ clock: String = "") async throws -> (said: String, calls: [String]) {
      var said = ""
      let calls = try await it.calls {
        let run = try await it.run(["--sync-now", "--debug"], clock: clock)
        #expect(run.exitStatus == 0, "\(run.output)\(run.errors)")
        said = run.output + run.errors
      }
      return (said, calls)
    }
    _ = try await sync()
    try await it.remove("b")
    #expect(try await sync().said.contains("\(unchanged) except for 1"))
    let waiting = try await sync()
    #expect(waiting.said.contains(unchanged) && waiting.said.contains("1 removal pending") && waiting.calls == [])
    try await it.slapd.modify(replace(uid("a"), "sn", "Neu"))
    let changed = try await sync()
    #expect(changed.said.contains("\(unchanged) except for 1") && changed.said.contains("1 removal pending"))
    #expect(changed.calls == ["updateExt 1001"])
    #expect(try await sync().said.contains(unchanged))
    let due = try await sync("wall+3600,boottime+3600")
    #expect(due.said.contains("\(unchanged): ") && due.calls == ["deleteExt 1002"])
  }

  @Test func `shows who comes back while the removal waits`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002"))
    try it.configure(removal: "complete_reads = 1\nafter = \"1h\"\nmax_percent = 100\nmax_fall = 100")
    try await it.sync()
    func move(_ from: String, _ to: String) async throws {
      try await it.slapd.modify(
        "dn: uid=b,\(from)\nchangetype: modrdn\nnewrdn: uid=b\ndeleteoldrdn: 1\nnewsuperior: \(to)\n\n")
    }
    let (people, elsewhere) = ("ou=people,dc=example,dc=com", "dc=example,dc=com")
    try await move(people, elsewhere)
    #expect(try await run(it).said.contains("1 removal pending"))
    #expect(try await run(it).said.contains(unchanged))
    try await move(elsewhere, people)
    let back = try await run(it)
    #expect(back.said.contains("\(unchanged) except for 1") && !back.said.contains("pending"))
    #expect(try await it.calls { _ = try await it.run(["--sync-now"], clock: "wall+3600,boottime+3600") } == [])
  }

  @Test func `leaves a conflict as it is`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1001"))
    try await it.sync(expecting: 3)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
  }
}
