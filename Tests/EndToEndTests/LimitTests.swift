import Foundation
import TestSupport
import Testing

/// Mass changes wait for an admin, who sees the changes and the people who would get mail.
@Suite(.timeLimit(.minutes(15))) struct `A mass change` {
  private static func template(_ it: Installation, limits: String = "") throws {
    try it.configure(
      users: Settings.users.replacing("last_name = \"{sn}\"", with: "last_name = \"{sn | upper}\""), limits: limits)
  }

  /// 60 people have managed extensions, and a template changes the last name of each.
  private func held() async throws -> (Installation, name: String) {
    let it = try await Installation((0..<60).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(limits: "")
    let first = try await it.sync()
    #expect(first.counts.added == 60 && first.mails == 60, "the first load is free")
    try Self.template(it)
    let report = try await it.sync(expecting: 4)
    return (it, try #require(report.held.first?.name))
  }

  @Test func `of a template sends nothing until it is approved, and says what it would do`() async throws {
    let (it, name) = try await held()
    let calls = try await it.calls {
      let plan = try await it.command("plan", expecting: 2, saying: "last_name Muster -> MUSTER")
      #expect(plan.contains("60 updates of extensions, which would mail 60 people"), "\(plan)")
      #expect(plan.contains("… 50 more: ") && plan.contains("approve \(name)"), "the run has held it: \(plan)")
      #expect(plan.contains("last_name changes for 60 of 60: its template was {sn} and is now {sn | upper}"), "\(plan)")
      try await it.command("status", saying: name)
      let report = try await it.sync(expecting: 4)
      #expect(report.held.map(\.action) == ["update"] && report.held.map(\.mails) == [60])
      #expect(report.summary.contains("60 updates held, what is held would mail 60 people"), "\(report.summary)")
    }
    #expect(calls == [])
    let list = try await it.command("approve", saying: "last_name Muster -> MUSTER")
    #expect(list.contains("1059") && list.contains("its template was {sn} and is now {sn | upper}"), "\(list)")
    #expect(list.contains("approve \(name); if not:"), "\(list)")
    try await it.command("approve", name, saying: "60 updates")
    let made = try await it.sync()
    #expect(made.counts.updated == 60 && made.mails == 60)
    #expect(try await it.command("approve") == "Nothing is held.\n")
  }

  @Test func `that is rejected leaves the old values until something else is wanted`() async throws {
    let (it, name) = try await held()
    try await it.command("reject", name)
    let calls = try await it.calls {
      let report = try await it.sync()
      #expect(report.held.isEmpty)
    }
    #expect(calls == [])
    try await it.command("status", saying: "rejected")
    try await it.slapd.modify(replace(uid("p1"), "sn", "Other"))
    #expect(try await it.calls { try await it.sync() } == ["updateExt 1001"])
    try it.configure(limits: "")
    #expect(try await it.sync().counts.updated == 1, "only p1 has another name than before")
    #expect(try await it.command("approve") == "Nothing is held.\n")
  }

  @Test func `that has changed since isn't approved, and the difference is reported`() async throws {
    let (it, name) = try await held()
    try await it.slapd.modify(replace(uid("p1"), "sn", "Other") + person("new", "1900").ldapAdd)
    try await it.sync(expecting: 4)
    try await it.command("approve", name, expecting: 1, saying: "new in it: 1001 p1 OTHER")
    #expect(try await it.calls { try await it.sync(expecting: 4) } == [])
  }

  @Test func `that an applied plan would make is held under the name that it says`() async throws {
    let (it, _) = try await held()
    let plan = it.folder.path + "/all.plan"
    try await it.slapd.modify(replace(uid("p1"), "sn", "Other") + person("new", "1900").ldapAdd)
    try await it.command("plan", "--out", plan, expecting: 2)
    let said = try await it.command("apply", plan, expecting: 4, saying: "60 updates")
    let name = try #require(said.split(separator: "approve ").last?.prefix { $0 != ";" })
    try await it.command("approve", String(name), saying: "60 updates")
  }

  @Test func `that was approved and is no longer wanted is reported as lapsed`() async throws {
    let (it, name) = try await held()
    try await it.command("approve", name)
    try await it.slapd.modify(replace(uid("p1"), "sn", "Other"))
    let said = try await it.command(
      "--sync-now", "--debug", saying: "The approval of the update of extension 1001 has lapsed")
    #expect(said.contains("59 updated") || said.contains("60 updated"), "\(said)")
  }

  @Test func `of additions is held once there has been a first load`() async throws {
    let (it, _) = try await held()
    try it.configure(limits: "")
    try await it.slapd.modify((0..<120).map { person("n\($0)", String(2000 + $0)).ldapAdd }.joined())
    let report = try await it.sync(expecting: 4)
    #expect(report.held.map(\.action) == ["addition"] && report.held.map(\.objects.count) == [120])
    try await it.command("approve", try #require(report.held.first?.name))
    #expect(try await it.sync().counts.added == 120)
  }
}
