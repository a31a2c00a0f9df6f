import Foundation
import TestSupport
import Testing

/// What the ledger keeps of the directory leads to what a look at everything would.
@Suite(.timeLimit(.minutes(15))) struct `What the ledger keeps of an entry` {
  private let pool = Settings.users + "\nextension.pool = [\"1500-1505\"]"

  @Test func `is mapped again if a clock was ahead and its account looked expired`() async throws {
    let tomorrow = Int(Date.now.timeIntervalSince1970) / 86_400 + 1
    let account = person("a", "1001", extra: "shadowExpire: \(tomorrow)\n")
      .replacing("uid: a\n", with: "objectClass: shadowAccount\nuid: a\n")
    let it = try await Installation(account)
    try await it.sync()
    let ahead = try await it.calls { _ = try await it.run(["--sync-now"], clock: "wall+172800") }
    #expect(ahead == ["deleteExt 1001"])
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"])
  }

  @Test func `keeps its further numbers from a pool`() async throws {
    let it = try await Installation(person("a", "1400", extra: "telephoneNumber: +49 30 9018 1500\n"))
    try it.configure(users: pool, contacts: "")
    try await it.sync()
    try await it.slapd.modify(unnumbered("b").ldapAdd)
    #expect(try await it.calls { try await it.sync() } == ["addExt 1501"])
  }

  @Test func `gets no number of somebody's who moved while it may be gone itself`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1001") + person("canary", "1009"))
    try it.configure(directory: "canaries = [\"\(uid("canary"))\"]", contacts: "")
    try await it.sync(expecting: 3)
    try await it.remove("b")
    try await it.remove("canary")
    try await it.slapd.modify(replace(uid("a"), "telephoneNumber", "+49 30 9018 1002"))
    #expect(try await it.calls { try await it.sync(expecting: 69) } == ["addExt 1002"])
  }

  @Test func `keeps a contact out that shows the number of a person from a pool`() async throws {
    let users = pool.replacing("{telephoneNumber | e164}", with: "{mobile | e164}")
    let contacts = Settings.contacts.replacing("contact.numbers", with: "also_users = \"skip\"\ncontact.numbers")
    let it = try await Installation(unnumbered("a", extra: "mobile: +49 170 5551234\n") + partner("X", "+49 30 227 1"))
    try it.configure(users: users, contacts: contacts)
    try await it.sync()
    try await it.slapd.modify(partner("Y", "+49 170 5551234").ldapAdd)
    #expect(try await it.calls { try await it.sync() } == [])
  }

  private func unnumbered(_ uid: String, extra: String = "") -> String {
    person(uid, "", extra: extra).replacing("telephoneNumber: +49 30 9018 \n", with: "")
  }
}
