import Foundation
import TestSupport
import Testing

/// What a table shows is the PBX of the time when it was exported, in the form in which the PBX stores it.
@Suite(.timeLimit(.minutes(15))) struct `A table exported from the PBX` {
  private func installation() async throws -> Installation {
    let it = try await Installation((0..<6).map { person("p\($0)", String(1000 + $0)) }.joined())
    try await it.sync()
    return it
  }

  /// A copy of an old file has a new time.
  @Test func `isn't taken for the present state if it shows none of the changes made since`() async throws {
    let it = try await installation()
    let table = try await it.export()
    try await it.slapd.modify(replace(uid("p1"), "sn", "Neu"))
    try await it.slapd.modify(person("p6", "1006").ldapAdd)
    try await it.sync()
    try it.date(table, secondsLater: 1)
    let reason = "shows the PBX before run 2"
    let said = try await it.command("audit", "--csv", table, expecting: 1, saying: reason)
    #expect(said.contains("none of the 2 changes made since (extension 1001, extension 1006)"), "\(said)")
    #expect(said.contains("--accept-losses --yes"), "\(said)")
    let calls = try await it.calls {
      try await it.command("audit", "--csv", table, "--yes", expecting: 65, saying: reason)
      try await it.command("audit", "1001", "--csv", table, "--yes", expecting: 65, saying: reason)
      try await it.command("adopt", "--csv", table, expecting: 65, saying: reason)
      try await it.sync()
    }
    #expect(calls == [])
    try await it.command("audit", "--csv", try await it.export(), saying: "7 as they should be")
  }

  @Test func `is the present state if it shows a later change`() async throws {
    let it = try await installation()
    try await it.slapd.modify(replace(uid("p1"), "sn", "Neu"))
    try await it.sync()
    try await it.remove("p5")
    try await it.sync()
    // Somebody sets the earlier value again.
    let table = try await it.export { extensions in
      extensions = extensions.map { old in
        old.number == "1001"
          ? Simulator.Extension("1001", old.firstName, "Muster", email: old.email, callerID: old.callerID) : old
      }
    }
    #expect(try await it.calls { try await it.command("audit", "--csv", table, "--yes") } == ["updateExt 1001"])
  }

  @Test func `is the state of a PBX that was set back, if an admin says so or the PBX shows it`() async throws {
    let it = try await installation()
    let before = try await it.pbx.state().extensions
    try await it.slapd.modify(replace(uid("p1"), "sn", "Neu"))
    try await it.slapd.modify(person("p6", "1006").ldapAdd)
    try await it.sync()
    try await it.pbx.lose(extensions: ["1006"])
    try await it.pbx.add(before.filter { $0.number == "1001" })
    let table = try await it.export()
    try await it.command("audit", "--csv", table, "--yes", expecting: 65, saying: "the PBX was set back to that time")
    #expect(
      try await it.calls { try await it.command("audit", "--csv", table, "--accept-losses", "--yes") }
        == ["addExt 1006", "updateExt 1001"])
  }

  /// Each update would mail the person again.
  @Test func `that shows addresses in lower case leads to no update`() async throws {
    let it = try await Installation(person("ann", "1001").replacing("mail: ann@", with: "mail: Ann.Muster@"))
    try await it.sync()
    func lowercased(_ extensions: inout [Simulator.Extension]) {
      extensions = extensions.map {
        Simulator.Extension($0.number, $0.firstName, $0.lastName, email: $0.email.lowercased(), callerID: $0.callerID)
      }
    }
    let calls = try await it.calls {
      try await it.command("audit", "--csv", try await it.export(lowercased), saying: "1 as it should be")
      try await it.command("audit", "--csv", try await it.export(lowercased), "--yes")
      try await it.sync()
    }
    #expect(calls == [])
  }

  @Test func `that shows another form again after an update leads to no second one`() async throws {
    let it = try await Installation(person("ann", "1001").replacing("sn: Muster", with: "sn: Muster-Lang"))
    try await it.sync()
    func shortened(_ extensions: inout [Simulator.Extension]) {
      extensions = extensions.map {
        Simulator.Extension($0.number, $0.firstName, "Muster", email: $0.email, callerID: $0.callerID)
      }
    }
    let first = try await it.calls { try await it.command("audit", "--csv", try await it.export(shortened), "--yes") }
    #expect(first == ["updateExt 1001"])
    let later = try await it.calls {
      try await it.command("audit", "--csv", try await it.export(shortened), saying: "as the PBX stores it")
      try await it.command("audit", "--csv", try await it.export(shortened), "--yes")
      try await it.sync()
    }
    #expect(later == [])
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neu"))
    #expect(try await it.calls { try await it.sync() } == ["updateExt 1001"])
  }
}
