import Foundation
import TestSupport
import Testing

/// A plan is reviewed, and then exactly that is done or nothing.
@Suite(.timeLimit(.minutes(15))) struct `A plan in a file` {
  private func planned() async throws -> (Installation, plan: String) {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    try await it.slapd.modify(person("cleo", "1003").ldapAdd)
    let plan = it.folder.path + "/plan"
    try await it.command("plan", "--out", plan, expecting: 2)
    return (it, plan)
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func `is text that a person can review, with what it rests on`() async throws {
    let (it, plan) = try await planned()
    defer { withExtendedLifetime(it) {} }
    let lines = try text(plan).split(separator: "\n").map(String.init)
    #expect(lines.first == "pbxsyncd plan 1")
    #expect(lines.contains { $0.hasPrefix("generation: ") } && lines.contains { $0.hasPrefix("read: ldap://") })
    #expect(lines.contains("update extension 1001") && lines.contains("add extension 1003"))
    #expect(lines.contains("  old last_name: \"Muster\"") && lines.contains("  new last_name: \"Neumann\""))
  }

  /// A mistyped path, as of the configuration in place of the plan.
  @Test(arguments: [["plan", "--out"], ["report", "--html"], ["lint", "--csv"]])
  func `is written over an earlier one, and over no other file`(words: [String]) async throws {
    let it = try await Installation(person("ann", "1001"))
    let file = it.folder.path + "/made"
    for _ in 0..<2 { #expect(try await it.run(words + [file]).exitStatus != 73) }
    for other in [it.configurationFile, it.folder.path + "/pbx-key"] {
      let before = FileManager.default.contents(atPath: other)
      let said = try await it.run(words + [other])
      #expect(said.exitStatus == 73 && said.errors.contains("so nothing is written"), "\(said.errors)")
      #expect(FileManager.default.contents(atPath: other) == before)
    }
  }

  @Test func `is applied, and nothing else is`() async throws {
    let (it, plan) = try await planned()
    // What came later waits for a later plan.
    try await it.slapd.modify(person("dora", "1004").ldapAdd)
    let calls = try await it.calls { try await it.command("apply", plan) }
    #expect(calls == ["addExt 1003", "updateExt 1001"])
    #expect(try await it.calls { try await it.sync() } == ["addExt 1004"])
  }

  @Test(arguments: ["apply", "--dry-run"])
  func `ends though an entry without an object is gone`(command: String) async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1001") + person("cleo", "1003"))
    try await it.sync(expecting: 3)
    try await it.slapd.modify(replace(uid("cleo"), "sn", "Neumann"))
    let plan = it.folder.path + "/plan"
    try await it.command("plan", "--out", plan, expecting: 2)
    try await it.slapd.modify("dn: \(uid("bob"))\nchangetype: delete\n\n")
    if command == "apply" {
      #expect(try await it.calls { try await it.command("apply", plan, saying: "1 updated") } == ["updateExt 1003"])
    } else {
      #expect(try await it.calls { try await it.command("--sync-now", "--dry-run", expecting: 2) } == [])
    }
  }

  @Test func `names the folder for temporary files if it isn't there`() async throws {
    let it = try await Installation(person("a", "1001"))
    let words = ["TMPDIR=/nowhere", Installation.binary, "--config", it.configurationFile, "--sync-now", "--dry-run"]
    let finished = try await ChildProcess.run("/usr/bin/env", words)
    #expect(finished.exitStatus == 73)
    #expect(finished.errors.contains("No private copy of the ledger can be made in /nowhere"), "\(finished.errors)")
    #expect(finished.errors.contains("Set TMPDIR"), "\(finished.errors)")
  }

  /// A limit on the size of files ends the process at its first long write, as Ctrl-C would at any.
  @Test func `leaves no copy of the ledger behind, however it ends`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    let temporary = it.folder.path + "/tmp"
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
    _ = try await ChildProcess.run(
      "/usr/bin/prlimit",
      ["--fsize=65536", "/usr/bin/env", "TMPDIR=\(temporary)", Installation.binary, "--config", it.configurationFile]
        + ["--sync-now", "--dry-run"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [])
  }

  /// Wherever the edited configuration lies: with the ledger and the secrets of the one in force.
  @Test func `may be made by an edited configuration, and applied once that is in force`() async throws {
    let (it, plan) = try await planned()
    try await it.sync()
    let edited = it.folder.path + "/elsewhere/try.toml"
    try FileManager.default.createDirectory(atPath: it.folder.path + "/elsewhere", withIntermediateDirectories: false)
    try it.write("elsewhere/try.toml", try it.configuration().replacing("{sn}", with: "{sn | upper}"))
    let calls = try await it.calls {
      let said = try await it.command("plan", "--with", edited, "--out", plan, expecting: 2)
      #expect(said.contains("Muster -> MUSTER") && said.contains("3 people"), "\(said)")
      try await it.command("apply", plan, expecting: 1, saying: "configuration")
      try it.write("elsewhere/try.toml", "poll = 1")
      try await it.command("plan", "--with", edited, expecting: 78, saying: "elsewhere/try.toml")
      try await it.command("plan", "--with", edited, "--json", expecting: 78, saying: "\"file\":\"\(edited)\"")
      try await it.command("status", "--with", edited, expecting: 64, saying: "--with goes with plan")
    }
    #expect(calls == [])
    #expect(!FileManager.default.fileExists(atPath: it.folder.path + "/elsewhere/state"))
  }

  @Test func `groups the changes of an edited configuration by their keys`() async throws {
    struct Answer: Decodable {
      struct Group: Decodable {
        let key: String?
        let keys: [String]?
        let additions, updates, mails: Int
        let left: Int

        enum CodingKeys: String, CodingKey {
          case key, keys, additions, updates, mails
          case left = "left_behind"
        }
      }
      let causes: [Group]
      let unknown, present: Group?
      let left: Int
      let changes: [Report.Change]

      enum CodingKeys: String, CodingKey {
        case causes, changes
        case unknown = "cause_unknown"
        case present = "not_this_edit"
        case left = "left_behind"
      }
    }
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1002") + partner("X", "+49 30 227 1") + partner("Y", "+49 30 227 2"))
    try await it.sync()
    // Today's own change, which isn't the edit's.
    try await it.slapd.modify(person("cleo", "1003").ldapAdd + replace(uid("bob"), "givenName", "Robert"))
    let edited = it.folder.path + "/edited.toml"
    let text = try it.configuration().replacing("{sn}\"\nextension.email", with: "{sn | upper}\"\nextension.email")
      .replacing(Settings.contacts, with: "").replacing("[schedule]", with: "[schedule]\npoll = \"90s\"")
    try it.write("edited.toml", text)
    let calls = try await it.calls {
      let finished = try await it.run(["plan", "--with", edited, "--json"])
      #expect(finished.exitStatus == 2, "\(finished.errors)")
      let answer = try JSONDecoder().decode(Answer.self, from: Data(finished.output.utf8))
      #expect(answer.causes.map(\.key) == ["contacts[0]", "users[0].extension.last_name"], "\(finished.output)")
      #expect(answer.causes.map(\.left) == [2, 0] && answer.left == 2)
      // bob changes today too, and gets another last name besides; cleo is new, with other values.
      #expect(answer.causes.map(\.updates) == [0, 2] && answer.causes.map(\.mails) == [0, 2])
      #expect(answer.unknown == nil && answer.present?.additions == 1, "\(finished.output)")
      let said = try await it.command("plan", "--with", edited, expecting: 2)
      #expect(said.hasPrefix("By changed key\n  contacts[0]: 2 objects left behind"), "\(said)")
      #expect(said.contains("Left behind: 2 managed objects that no entry would want"), "\(said)")
      #expect(said.contains("without a change of their own: schedule.poll"), "\(said)")
    }
    #expect(calls == [])
  }

  /// As the report below counts them, and what it points to has the same plan.
  @Test func `of an edited configuration counts the fields that are left, and names itself for the rest`() async throws
  {
    let people = (0..<12).map { index in
      person("p\(index)", String(1000 + index), extra: "employeeType: nonsense\n")
    }
    let it = try await Installation(people.joined())
    try await it.sync()
    let edited = it.folder.path + "/edited.toml"
    try it.write("edited.toml", try it.configuration().replacing("{mail}", with: "{employeeType}"))
    let said = try await it.command("plan", "--with", edited, expecting: nil)
    #expect(said.contains("users[0].extension.email: ") && said.contains("12 fields without a usable value"), "\(said)")
    #expect(!said.contains("invalid data"), "\(said)")
    let (_, screen) = try await TerminalSession.run(
      [Installation.binary, "--config", it.configurationFile, "plan", "--with", edited], answers: [])
    let text = screen.split { $0.isWhitespace }.joined(separator: " ")
    #expect(text.contains("2 more: pbxsyncd --config") && text.contains("plan --with \(edited) | less"), "\(text)")
    #expect(!text.contains("conflicts"), "\(text)")
  }

  @Test func `names who goes without a number that two want`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1001"))
    let said = try await it.command("plan", expecting: 2)
    #expect(
      said.contains("not for \(uid("ann")): \(uid("bob")) has the number 1001")
        || said.contains("not for \(uid("bob")): \(uid("ann")) has the number 1001"), "\(said)")
  }

  @Test func `of the configuration in force itself has no changed key`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.command(
      "plan", "--with", it.configurationFile, expecting: 2, saying: "No key of the configuration has changed")
  }

  @Test func `is understood as Windows leaves it`() async throws {
    let (it, plan) = try await planned()
    try ("\u{FEFF}" + text(plan).replacing("\n", with: "\r\n")).write(toFile: plan, atomically: true, encoding: .utf8)
    let calls = try await it.calls { try await it.command("apply", plan) }
    #expect(calls == ["addExt 1003", "updateExt 1001"])
  }

  @Test func `isn't applied twice`() async throws {
    let (it, plan) = try await planned()
    try await it.command("apply", plan)
    let calls = try await it.calls {
      try await it.command("apply", plan, expecting: 1, saying: "the ledger has changed since it was made")
    }
    #expect(calls == [])
  }

  /// The damage to the file's text.
  enum Damage: String, CaseIterable, Sendable {
    case edited, truncated, halved, shortened, outdated, emptied

    func done(to text: String) -> String {
      switch self {
      case .edited: text.replacing("Neumann", with: "Altmann")
      case .truncated: String(text.dropLast(40))
      case .halved: String(text.prefix(text.count / 2))
      case .shortened: text.replacing("add extension 1003", with: "")
      case .outdated: text.replacing("plan 1", with: "plan 2")
      case .emptied: ""
      }
    }

    var reason: String {
      switch self {
      case .edited, .shortened: "changed by hand"
      case .truncated, .halved: "its end is missing"
      case .outdated: "another version"
      case .emptied: "it isn't a plan"
      }
    }
  }

  @Test(arguments: Damage.allCases)
  func `that isn't as it was written is refused`(damage: Damage) async throws {
    let (it, plan) = try await planned()
    try damage.done(to: try text(plan)).write(toFile: plan, atomically: true, encoding: .utf8)
    let calls = try await it.calls {
      try await it.command("apply", plan, expecting: 65, saying: damage.reason)
    }
    #expect(calls == [])
  }

  @Test func `that isn't there is refused`() async throws {
    let it = try await Installation()
    try await it.command("apply", "/nowhere/plan", expecting: 65, saying: "there is no such file")
  }

  @Test(.enabled("needs namespaces") { await Hidden.isPossible() })
  func `from another host is refused`() async throws {
    let (it, plan) = try await planned()
    let run = try ChildProcess(
      launching: "/usr/bin/unshare",
      arguments: [
        "--uts", "sh", "-c",
        "hostname elsewhere && exec \(Installation.binary) --config \(it.configurationFile) apply \(plan)",
      ])
    #expect(await run.waitUntilExit() == 1)
    #expect(run.errors.contains("and this is elsewhere"), "\(run.errors)")
    #expect(try await it.pbx.state().extensions.count == 2)
  }

  @Test func `is refused when the configuration has changed since`() async throws {
    let (it, plan) = try await planned()
    try it.configure(numbers: "protected = [\"9000\"]")
    try await it.command("apply", plan, expecting: 1, saying: "the configuration has changed")
    #expect(try await it.pbx.state().extensions.count == 2)
  }

  @Test func `is refused as a whole when the directory no longer asks for all of it`() async throws {
    let (it, plan) = try await planned()
    try await it.slapd.modify("dn: \(uid("cleo"))\nchangetype: delete\n\n")
    let calls = try await it.calls {
      try await it.command("apply", plan, expecting: 1, saying: "no longer asks for add extension 1003")
    }
    #expect(calls == [])
  }
}
