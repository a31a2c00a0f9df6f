import TestSupport
import Testing

/// What was on the PBX before stays as it is, whatever answers are lost.
@Suite(.timeLimit(.minutes(15))) struct `A hand-made extension` {
  private func installation(_ people: Int, simulator: [String] = []) async throws -> Installation {
    let it = try await Installation(
      (0..<people).map { person("p\($0)", String(1000 + $0)) }.joined(), simulator: simulator)
    try it.configure(pbx: "probe = \"auto\"")
    // Every second number is taken.
    try await it.pbx.add((0..<people / 2).map { Simulator.Extension(String(1000 + 2 * $0), "Hand", "Made") })
    return it
  }

  /// Everything hand-made is as it was, and no call but an add was made for its number.
  private func expectUntouched(_ it: Installation, _ people: Int) async throws {
    let state = try await it.pbx.state()
    let made = state.extensions.filter { $0.firstName == "Hand" && $0.lastName == "Made" }
    let everySecond = stride(from: 1000, to: 1000 + people, by: 2)
    #expect(made.map(\.number) == everySecond.map(String.init))
    let numbers = Set(made.map(\.number))
    for call in try await it.pbx.log() where call.action != "addExt" {
      #expect(call.items.allSatisfy { !numbers.contains($0["ExtentionNumber"] ?? "") })
    }
  }

  @Test func `is untouched under each of 500 numbers though a fifth of the answers is lost, and the others are served`()
    async throws
  {
    let it = try await installation(1000)
    try await it.pbx.setFaults(
      (0..<1000).filter { $0 % 10 < 2 }.map { index in
        // The first answer about the number, or the second.
        Simulator.Fault(
          index % 3 == 0 ? "cut-before" : index % 3 == 1 ? "cut-after" : "error-500", action: "addExt",
          number: String(1000 + index), after: index / 10 % 2, times: 1)
      })
    try await it.sync(expecting: 3)
    try await it.sync(expecting: 3)
    try await expectUntouched(it, 1000)
    let state = try await it.pbx.state()
    #expect(state.extensions.count == 1000)
    #expect(state.extensions.count { $0.lastName == "Muster" } == 500, "and no admin was needed")
  }

  @Test(arguments: ["exists-first", "name-first", "email-first", "values-first", "unchecked-names"])
  func `is untouched whatever the PBX checks first`(order: String) async throws {
    let it = try await installation(12, simulator: ["--checks", order])
    try await it.pbx.setFaults([
      Simulator.Fault("cut-after", action: "addExt", number: "1009", after: 1, times: 1),
      Simulator.Fault("cut-before", action: "addExt", number: "1008", times: 1),
      Simulator.Fault("unknown-code", action: "addExt", number: "1004", times: 1),
    ])
    try await it.sync(expecting: 3)
    try await it.sync(expecting: 3)
    try await expectUntouched(it, 12)
    let served = try await it.pbx.state().extensions.count { $0.lastName == "Muster" }
    #expect(served == 6 || order == "values-first" && served >= 5 || order == "unchecked-names" && served >= 5)
  }

  @Test func `is reported as unproven where the PBX can't tell, until it is adopted`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.pbx.add([Simulator.Extension("1001", "Hand", "Made")])
    try await it.pbx.setFaults([Simulator.Fault("cut-before", action: "addExt", times: 1)])
    #expect(try await it.sync(expecting: 3).changes.map(\.outcome) == ["unproven"])
    try await it.slapd.modify(replace(uid("a"), "sn", "New"))
    try await it.sync(expecting: 3)
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Made"])
    let conflicts = try await it.run(["conflicts"])
    #expect(conflicts.exitStatus == 1 && conflicts.output.contains(" adopt 1001"))
    #expect(try await it.run(["status"]).output.contains("Unproven: extension 1001"))
    #expect(try await it.run(["undo", "1", "--yes"]).exitStatus == 0, "there is nothing to undo")
    #expect(try await it.pbx.state().extensions.count == 1)
    #expect(try await it.run(["adopt", "1001"]).exitStatus == 0)
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["New"])
  }

  /// The PBX was updated since it was seen to tell, and nothing in its answers shows that.
  @Test func `is untouched though the PBX checks in another order than it did`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    try await it.pbx.set(["checks": "name-first"])
    try await it.pbx.add([Simulator.Extension("1002", "Hand", "Made")])
    // The probe is answered, the add isn't.
    try await it.pbx.setFaults([Simulator.Fault("cut-before", action: "addExt", number: "1002", after: 1, times: 1)])
    try await it.slapd.modify(person("b", "1002").ldapAdd)
    #expect(try await it.sync(expecting: 3).changes.map(\.outcome) == ["unproven"])
    try await it.slapd.modify(replace(uid("b"), "sn", "New"))
    try await it.sync(expecting: 3)
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Muster", "Made"])
  }

  /// Since an update the question itself makes the extension, and the answer to that is lost.
  @Test func `isn't what a probe without an answer created, which is never treated as foreign`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "probe = \"auto\"")
    try await it.sync()
    try await it.pbx.set(["checks": "unchecked-names", "server": "PBX/2"])
    try await it.slapd.modify(person("b", "1002").ldapAdd)
    try await it.pbx.setFaults([Simulator.Fault("cut-after", action: "addExt", times: 1)])
    try await it.sync(expecting: 3)
    #expect(try await it.sync(expecting: 3).changes.map(\.outcome) == ["unproven"])
    #expect(try await it.run(["conflicts"]).output.contains(" adopt 1002"))
  }

  /// The same though the PBX shows no other `Server` header, and has answered something else in the run before.
  @Test func `isn't what a question without an answer made on a PBX that looks as before`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "probe = \"auto\"\nmax_in_flight = 1\nretries = 3")
    try await it.sync()
    try await it.pbx.set(["checks": "unchecked-names"])
    try await it.slapd.modify(replace(uid("a"), "sn", "New") + person("b", "1002").ldapAdd)
    try await it.pbx.setFaults([Simulator.Fault("cut-after", action: "addExt", number: "1002", times: 1)])
    #expect(try await it.sync(expecting: nil).changes.compactMap(\.outcome).sorted() == ["done", "unproven"])
    #expect(try await it.run(["conflicts"]).output.contains(" adopt 1002"))
  }

  /// Nothing is known of this PBX yet, and each answer to a question is a page in between.
  @Test func `isn't what a question with an unreadable answer made`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "probe = \"auto\"\nretries = 0")
    try await it.pbx.set(["checks": "unchecked-names"])
    try await it.pbx.setFaults([Simulator.Fault("empty", action: "addExt", times: 2, processed: true)])
    #expect(try await it.sync(expecting: 3).changes.map(\.outcome) == ["unproven"])
    try await it.command("conflicts", expecting: 1, saying: " adopt 1001")
    try await it.command("adopt", "1001", saying: "1001")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Muster"])
  }

  /// Since an update the question itself makes the extension, and what follows it fails.
  @Test(arguments: [
    Simulator.Fault("key-expired", action: "updateExt", times: 1),
    Simulator.Fault("cut-before", action: "updateExt", times: 1),
    Simulator.Fault("refuse", action: "updateExt", times: 1, code: "INVALID_EMAIL"),
  ])
  func `isn't what a question made, which gets its values later and goes with its person`(
    fault: Simulator.Fault
  ) async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "probe = \"auto\"\nretries = 0")
    try await it.sync()
    try await it.pbx.set(["checks": "unchecked-names", "server": "PBX/2"])
    try await it.slapd.modify(person("b", "1002").ldapAdd)
    try await it.pbx.setFaults([fault])
    try await it.sync(expecting: nil)
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001", "1002"])
    try await it.slapd.modify(replace(uid("b"), "sn", "New"))
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Muster", "New"])
    try await it.remove("b")
    try await it.sync(expecting: nil)
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001"])
  }

  @Test(arguments: ["auto", "never"], [true, false])
  func `is untouched under a number whose delete got no answer, whether it is wanted again or not`(
    probe: String, isWantedAgain: Bool
  ) async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002"))
    try it.configure(pbx: "probe = \"\(probe)\"\nretries = 0")
    try await it.sync()
    try await it.remove("b")
    try await it.pbx.setFaults([Simulator.Fault("cut-after", action: "deleteExt")])
    try await it.sync(expecting: nil)
    try await it.pbx.clearFaults()
    try await it.pbx.add([Simulator.Extension("1002", "Hand", "Made")])
    if isWantedAgain { try await it.slapd.modify(person("b", "1002").ldapAdd) }
    for _ in 1...2 { try await it.sync(expecting: 3) }
    #expect(try await it.pbx.state().extensions.map(\.lastName) == ["Muster", "Made"])
    try await it.command("conflicts", expecting: 1, saying: "1002")
  }

  @Test func `makes nobody wait where a probe shows that a delete without an answer arrived`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002"))
    try it.configure(pbx: "probe = \"auto\"\nretries = 0")
    try await it.sync()
    try await it.remove("b")
    try await it.pbx.setFaults([Simulator.Fault("cut-after", action: "deleteExt")])
    try await it.sync(expecting: nil)
    try await it.pbx.clearFaults()
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001", "addExt 1002"], "probes")
    #expect(try await it.calls { try await it.sync() } == [])
  }
}
