import Glibc
import TestSupport
import Testing

/// Whatever ends a run before its time, the next one finds out what was done and does the rest, and nothing twice.
@Suite(.timeLimit(.minutes(15))) struct `After a crash` {
  private static let people = (0..<150).map { person("p\($0)", String(1000 + $0)) }.joined()
  private static let partners = (0..<40).map { partner("X\($0)", "+49 30 227 \(100 + $0)") }.joined()

  @Test(arguments: [0, 1, 2, 9, 30])
  func `the next run finishes the first load`(answered: Int) async throws {
    let it = try await Installation(Self.people + Self.partners)
    // So many calls are answered at once; later ones are executed, but their answers take long.
    try await it.pbx.setFaults([.init("delay", after: answered, ms: 300_000)])
    let first = try ChildProcess(
      launching: Installation.binary, arguments: ["--config", it.configurationFile, "--sync-now"])
    // Four at most: a PBX that is slow by then is given fewer.
    try await eventually("\(answered) answers and calls without") { try await it.pbx.state().requests > answered }
    first.send(SIGKILL)
    #expect(await first.waitUntilExit() == 128 + SIGKILL)
    let interrupted = try await it.pbx.state()
    #expect(1..<190 ~= interrupted.extensions.count + interrupted.contacts.count, "it was killed in the middle")

    try await it.pbx.clearFaults()
    try await it.sync()
    let state = try await it.pbx.state()
    #expect(state.extensions.map(\.number) == (1000..<1150).map(String.init))
    #expect(state.contacts.map(\.number) == (100..<140).map { "4930227\($0)" })
    #expect(state.backups == [])
    #expect(try await it.calls { try await it.sync() } == [], "a third run has nothing to do")
  }

  @Test func `an extension that a refused batch has made isn't taken for a foreign one`() async throws {
    let it = try await Installation((1...7).map { person("p\($0)", "100\($0)") }.joined())
    try it.configure(pbx: "probe = \"never\"\nmax_in_flight = 1")
    try await it.pbx.add([Simulator.Extension("1006", "Somebody", "Else")])
    // Adds go by one, two and four; of the four, the PBX makes two and refuses the third, and then they are added by themselves.
    let killed = try await ChildProcess.run(
      "/usr/bin/env",
      ["PBXSYNCD_CRASH_AT=request-answered:4", Installation.binary, "--config", it.configurationFile, "--sync-now"])
    #expect(killed.exitStatus == 128 + SIGKILL)
    #expect(try await it.pbx.state().extensions.map(\.number) == (1001...1006).map(String.init))

    try await it.sync(expecting: 3)
    let list = try await it.command("conflicts", expecting: 1)
    #expect(!list.contains("foreign extension 1004") && !list.contains("foreign extension 1005"), "\(list)")
  }

  /// A change, the action that is executed but never answered, and the PBX's objects in the end.
  @Test(arguments: [
    ("addExt", person("new", "1009").ldapAdd, ["1001", "1002", "1009"], ["49302271", "49302272"]),
    ("updateExt", replace(uid("a"), "sn", "Neu"), ["1001", "1002"], ["49302271", "49302272"]),
    ("deleteExt", "dn: \(uid("a"))\nchangetype: delete\n\n", ["1002"], ["49302271", "49302272"]),
    (
      "addPhonebook", partner("New", "+49 30 227 9").ldapAdd, ["1001", "1002"],
      ["49302271", "49302272", "49302279"]
    ),
    (
      "updatePhonebook", replace(cn("X"), "telephoneNumber", "+49 30 227 9"), ["1001", "1002"],
      ["49302272", "49302279"]
    ),
    ("updatePhonebook", replace(cn("X"), "o", "Neu"), ["1001", "1002"], ["49302271", "49302272"]),
    ("deletePhonebook", "dn: \(cn("X"))\nchangetype: delete\n\n", ["1001", "1002"], ["49302272"]),
  ])
  func `a call without an answer is settled`(
    action: String, ldif: String, extensions: [String], contacts: [String]
  ) async throws {
    let it = try await Installation(
      person("a", "1001") + person("b", "1002") + partner("X", "+49 30 227 1") + partner("Y", "+49 30 227 2"))
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    try await it.slapd.modify(ldif)
    try await it.pbx.setFaults([.init("cut-after", action: action)])
    try await it.sync(expecting: nil)

    try await it.pbx.clearFaults()
    // An update waits, because each try may mail the person.
    func syncLater() async throws {
      let finished = try await it.run(["--sync-now"], clock: "wall+3600,boottime+3600")
      #expect(finished.exitStatus == 0, "\(finished.output)\(finished.errors)")
    }
    try await syncLater()
    let state = try await it.pbx.state()
    #expect(state.extensions.map(\.number) == extensions)
    #expect(state.contacts.map(\.number) == contacts)
    #expect(state.extensions.filter { $0.lastName == "Neu" }.count == (action == "updateExt" ? 1 : 0))
    #expect(try await it.calls { try await syncLater() } == [], "a third run has nothing to do")
  }
}
