import Foundation
import TestSupport
import Testing

/// Each error code of the vendor's table, on each operation where it can occur.
@Suite(.timeLimit(.minutes(15))) struct `An answer of the PBX` {
  private func installation() async throws -> Installation {
    let it = try await Installation(person("a", "1001") + partner("X", "+49 30 227 1"))
    try it.configure(pbx: "retries = 0")
    return it
  }

  @Test(arguments: ["INVALID_AUTH_ID", "AUTH_ID_EXPIRED"])
  func `that refuses the key stops the run at once`(code: String) async throws {
    let it = try await Installation((0..<30).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "max_in_flight = 1")
    if code == "INVALID_AUTH_ID" {
      try it.write("pbx-key", "wrong")
    } else {
      try await it.pbx.setFaults([.init("key-expired", after: 2)])
    }
    let report = try await it.sync(expecting: 77)
    #expect(report.error?.message.contains(code) == true)
    #expect(report.error?.remedy.contains("pbx-key") == true)
    #expect(try await it.pbx.state().requests == (code == "INVALID_AUTH_ID" ? 1 : 3))

    try it.write("pbx-key", it.pbx.key)
    try await it.pbx.clearFaults()
    try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 30, "and the next run with a good key goes on")
  }

  @Test(
    arguments: ["addExt", "updateExt", "deleteExt", "addPhonebook", "updatePhonebook", "deletePhonebook"],
    ["INVALID_AUTH_ID", "AUTH_ID_EXPIRED"])
  func `that refuses the key to any call leaves nothing in doubt`(action: String, code: String) async throws {
    let it = try await everyAction()
    try await it.pbx.setFaults([.init("refuse", action: action, message: "Authentication Token", code: code)])
    let report = try await it.sync(expecting: 77)
    #expect(report.error?.message.contains(code) == true)
    #expect(report.changes.allSatisfy { $0.outcome != "in-doubt" })
    try await it.pbx.clearFaults()
    try await it.sync()
    try await expectEveryAction(it)
  }

  @Test(arguments: [
    ("addExt", "INVALID_EXTENSION"), ("addExt", "INVALID_EMAIL"), ("addExt", "FNAME_INVALID"),
    ("addPhonebook", "FNAME_INVALID"), ("addPhonebook", "LNAME_INVALID"), ("addPhonebook", "PHONE_NUMBER_INVALID"),
  ])
  func `that refuses a new value is reported and not tried again until it changes`(
    action: String, code: String
  ) async throws {
    let it = try await installation()
    try await it.pbx.setFaults([.init("refuse", action: action, message: "No", code: code)])
    let report = try await it.sync(expecting: 3)
    #expect(report.changes.filter { $0.outcome == "refused" }.count == 1)
    #expect(report.counts.added == 1, "the other object goes on")

    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    try await it.pbx.clearFaults()
    try await it.slapd.modify(replace(action == "addExt" ? uid("a") : cn("X"), "givenName", "Changed"))
    #expect(try await it.calls { try await it.sync() }.count == 1)
  }

  @Test(arguments: [
    ("updateExt", "INVALID_EMAIL"), ("updateExt", "FNAME_INVALID"), ("updatePhonebook", "FNAME_INVALID"),
    ("updatePhonebook", "LNAME_INVALID"),
  ])
  func `that refuses an update keeps the old values in mind`(action: String, code: String) async throws {
    let it = try await installation()
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "sn", "New") + replace(cn("X"), "sn", "New"))
    try await it.pbx.setFaults([.init("refuse", action: action, message: "No", code: code)])
    #expect(try await it.sync(expecting: 3).counts.updated == 1)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == [])
    try await it.pbx.clearFaults()
    try await it.slapd.modify(replace(uid("a"), "sn", "Muster") + replace(cn("X"), "sn", "Extern"))
    #expect(try await it.calls { try await it.sync() }.count == 1, "only what was updated goes back")
  }

  @Test func `that an extension is lost leads to adding it again`() async throws {
    let it = try await installation()
    try await it.sync()
    try await it.pbx.lose(extensions: ["1001"])
    try await it.pbx.lose(contacts: ["49302271"])
    try await it.slapd.modify(replace(uid("a"), "sn", "New") + replace(cn("X"), "sn", "New"))
    let calls = try await it.calls { try await it.sync() }
    #expect(calls == ["addExt 1001", "addPhonebook 49302271", "updateExt 1001", "updatePhonebook 49302271"])
  }

  @Test func `that a contact's number is invalid means that the contact is lost, or gone already`() async throws {
    let it = try await installation()
    try await it.pbx.set(["contactMissing": "PHONE_NUMBER_INVALID"])
    try await it.sync()
    try await it.pbx.lose(contacts: ["49302271"])
    try await it.slapd.modify(replace(cn("X"), "sn", "New"))
    let calls = try await it.calls { try await it.sync() }
    #expect(calls == ["addPhonebook 49302271", "updatePhonebook 49302271"])

    try await it.pbx.lose(contacts: ["49302271"])
    try await it.slapd.modify(partner("Y", "+49 30 227 2").ldapAdd + "dn: \(cn("X"))\nchangetype: delete\n\n")
    try await it.sync()
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test(arguments: ["INVALID_EXTENSION", "WEBSERVICE_ERROR"])
  func `that there is nothing to delete means done`(code: String) async throws {
    let it = try await installation()
    try await it.sync()
    try await it.pbx.set(["deleteMissing": code])
    try await it.pbx.lose(extensions: ["1001"])
    try await it.pbx.lose(contacts: ["49302271"])
    try await it.slapd.modify(person("other", "1002").ldapAdd + partner("Y", "+49 30 227 2").ldapAdd)
    try await it.slapd.modify("dn: \(uid("a"))\nchangetype: delete\n\ndn: \(cn("X"))\nchangetype: delete\n\n")
    try await it.sync()
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `that a number is taken leaves the foreign extension alone`() async throws {
    let it = try await Installation((0..<20).map { person("p\($0)", String(1000 + $0)) }.joined())
    let foreign = Simulator.Extension("1010", "Foreign", "Phone")
    try await it.pbx.add([foreign])
    let report = try await it.sync(expecting: 3)
    #expect(report.changes.filter { $0.outcome == "unproven" }.map(\.number).contains("1010"))
    #expect(try await it.pbx.state().extensions.filter { $0.number == "1010" } == [foreign])
    #expect(try await it.pbx.state().extensions.count == 20)
    #expect(try await it.calls { try await it.sync(expecting: 3) } == ["addExt 1010"], "by itself")
  }

  @Test(
    arguments: ["error-500", "http-500", "webservice-error"],
    [
      "addExt", "updateExt", "deleteExt", "addPhonebook",
      "updatePhonebook", "deletePhonebook",
    ])
  func `of a transient fault is tried again in the same run`(fault: String, action: String) async throws {
    let it = try await everyAction()
    try await it.pbx.setFaults([.init(fault, action: action, times: 1)])
    try await it.sync()
    try await expectEveryAction(it)
  }

  /// A directory whose next sync makes each of the six calls once.
  private func everyAction() async throws -> Installation {
    let it = try await Installation(
      person("a", "1001") + person("b", "1002") + partner("X", "+49 30 227 1") + partner("Y", "+49 30 227 2"))
    try await it.sync()
    try await it.slapd.modify(
      person("c", "1003").ldapAdd + partner("Z", "+49 30 227 3").ldapAdd + replace(uid("a"), "sn", "New")
        + replace(cn("X"), "sn", "New")
        + "dn: \(uid("b"))\nchangetype: delete\n\ndn: \(cn("Y"))\nchangetype: delete\n\n")
    return it
  }

  private func expectEveryAction(_ it: Installation) async throws {
    let state = try await it.pbx.state()
    #expect(state.extensions.map { "\($0.number) \($0.lastName)" } == ["1001 New", "1003 Muster"])
    #expect(state.contacts.map { "\($0.number) \($0.lastName)" } == ["49302271 New", "49302273 Extern"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test(arguments: ["html", "empty", "wrong-json", "unknown-code", "cut-before", "cut-after", "cut-reply"])
  func `that can't be understood or doesn't come is never taken for success`(fault: String) async throws {
    let it = try await installation()
    try it.configure(pbx: "retries = 0\nprobe = \"auto\"")
    try await it.pbx.setFaults([.init(fault)])
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added == 0)
    #expect(report.changes.allSatisfy { $0.outcome == "in-doubt" })

    try await it.pbx.clearFaults()
    try await it.sync()
    let state = try await it.pbx.state()
    #expect(state.extensions.map(\.number) == ["1001"])
    #expect(state.contacts.map(\.number) == ["49302271"], "and no contact is there twice")
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test(arguments: ["error-500", "cut-before", "cut-after"])
  func `to half a batch is settled one by one`(then: String) async throws {
    let it = try await Installation((0..<40).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "retries = 1\nprobe = \"auto\"")
    try await it.pbx.setFaults([.init("half-batch", times: 1, then: then)])
    try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 40)
    #expect(try await it.calls { try await it.sync() } == [])
  }
}
