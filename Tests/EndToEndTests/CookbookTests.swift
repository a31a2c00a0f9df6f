import Foundation
import TestSupport
import Testing

/// The pages for Active Directory and 389 Directory Server are cases of `scripts/test directories`.
@Suite(.timeLimit(.minutes(15))) struct `The cookbook's page` {
  /// The canary of the partners.
  private let fjord = partner("Fjord", "+49 40 55560", company: "Fjord GmbH")

  @Test func `for OpenLDAP syncs users and contacts`() async throws {
    let recipe = try Recipe("openldap")
    let it = try await Installation(
      Recipe.base + person("ann", "1001", extra: "mobile: +49 170 1234567\n") + person("bob", "1002", first: "Bob")
        + person("rob", "1003", extra: "employeeType: robot\n")
        + partner("Fjord", "+49 40 55560", company: "Fjord GmbH", extra: "mobile: +49 171 5550\n")
        + partner("Holm", "+49 40 55560", company: "Fjord GmbH"),
      slapd: try recipe.block("limits dn.exact"), tls: true)
    try recipe.install(in: it)
    try await it.follow(adding: ["1001", "1002", "4940" + "55560", "49171" + "5550"])
    let state = try await it.pbx.state()
    #expect(state.extensions.map(\.callerID).sorted() == ["493090181001", "493090181002"])
    #expect(state.contacts.map(\.lastName).sorted() == ["Extern (mobile)", "Fjord GmbH"])
  }

  @Test func `for a hosting provider gives each customer's people to the customer's PBX`() async throws {
    let recipe = try Recipe("hosting-provider")
    let customers = ["acme", "globex"].map { name in
      let base = "ou=people,o=\(name),dc=example,dc=com"
      return "dn: o=\(name),dc=example,dc=com\nobjectClass: organization\no: \(name)\n\n"
        + "dn: \(base)\nobjectClass: organizationalUnit\nou: people\n\n" + Recipe.switchboard(base)
        + person("ann", "201").replacing("ou=people,dc=example,dc=com", with: base)
        + person(name, name == "acme" ? "202" : "203").replacing("ou=people,dc=example,dc=com", with: base)
    }
    let acme = try await Installation(Recipe.base + customers.joined(), tls: true)
    try recipe.install(in: acme)
    try await acme.follow(adding: ["201", "202"])
    #expect(FileManager.default.fileExists(atPath: acme.folder.path + "/pbxsyncd-acme.prom"))

    // The copy of the folder, with sed(1) as the page has it.
    let copy = try Recipe("hosting-provider", editing: { $0.replacing("acme", with: "globex") })
    let globex = try await Installation(Recipe.base + customers.joined(), tls: true)
    try copy.install(in: globex)
    try await globex.follow(adding: ["201", "203"])
  }

  @Test func `for numbers from a pool allocates them and writes them to the directory`() async throws {
    let recipe = try Recipe("number-pool")
    let it = try await Installation(
      Recipe.base + person("ann", "1001") + unnumbered("bob"),
      slapd: try recipe.block("access to dn.subtree") + "\naccess to * by * read", tls: true)
    try recipe.install(in: it)
    try await it.follow(adding: ["1001", "1500"])
    #expect(try await it.slapd.value("telephoneNumber", of: uid("bob")) == "+49 30 9018 1500")
    #expect(try await it.slapd.value("telephoneNumber", of: uid("ann")) == "+49 30 9018 1001")
    #expect(try await it.pbx.state().extensions.map(\.callerID) == ["493090181001", "493090181500"])
  }

  @Test func `for a CRM keeps the contacts through reloads of its export`() async throws {
    let recipe = try Recipe("crm-contacts")
    let it = try await Installation(tls: true)
    let crm = try ExportDirectory(recipe, in: it.folder.path)
    try recipe.install(in: it, server: crm.address)
    let example = try recipe.block("dn: uid=4711")
    func customer(_ uid: String, _ number: String) -> String {
      example.replacing("4711", with: uid).replacing("+49 40 5556-12", with: number).replacing("Ina", with: "I\(uid)")
        + "\n\n"
    }
    let first = customer("1", "+49 40 700-1")
    let others = (2...20).map { customer(String($0), "+49 40 700-\($0)") }
    let export = first + others.joined() + example + "\n"
    try await crm.reload(export)
    try await it.follow(adding: (1...20).map { "4940700\($0)" } + ["4940555612"])

    // Each entry has a new entryUUID afterwards, and Ina a new name.
    try await crm.reload(export.replacing("sn: Holm", with: "sn: Berg", maxReplacements: 1))
    #expect(try await it.calls { try await it.sync() } == ["updatePhonebook 49407001"])

    try await crm.reload(first.replacing("sn: Holm", with: "sn: Berg") + others.prefix(3).joined())
    #expect(try await it.calls { try await it.sync(expecting: 69) } == [], "far fewer entries are an incomplete read")
    await #expect(throws: (any Error).self, "an export that is cut off") {
      try await crm.reload(first + "dn: uid=2,ou=")
    }
    #expect(try await it.pbx.state().contacts.count == 21)
  }

  @Test func `for a hand-kept PBX adopts equal objects without a mail`() async throws {
    let recipe = try Recipe("openldap")
    let steps = try Recipe("hand-kept-pbx")
    let it = try await Installation(
      Recipe.base + person("ann", "1001") + person("bob", "1002") + person("cleo", "1003") + fjord, tls: true)
    try recipe.install(in: it)
    try await it.pbx.add([
      .init("1001", "ann", "Muster", email: "ann@example.com", callerID: "493090181001"),
      .init("1002", "Robert", "Muster", email: "bob@example.com", callerID: "493090181002"),
      .init("1500", "Fax"),
    ])
    for command in ["adopt --csv", "plan --out", "apply first.plan", "release", "audit --csv"] {
      #expect(steps.page.contains("pbxsyncd \(command)"), "\(command)")
    }
    let table = try await it.export()
    try await it.command("adopt", "--csv", table, saying: "will be adopted")
    let plan = it.folder.path + "/first.plan"
    try await it.command("plan", "--out", plan, expecting: 2)
    // A new number is probed before it is added.
    let calls = Set(try await it.calls { try await it.command("apply", plan) })
    #expect(calls == ["addExt 1003", "addPhonebook 494055560", "updateExt 1002"])
    #expect(try await it.pbx.state().mails.sorted() == ["bob@example.com", "cleo@example.com"])
    // The equal one is adopted by the next run.
    #expect(try await it.calls { try await it.sync() } == [])
    try await it.command("status", saying: "3 managed (2 adopted)")
    try await it.command("audit", "--csv", try await it.export())
    #expect(try await it.pbx.state().extensions.contains { $0.firstName == "Fax" })
  }

  @Test func `for a restored PBX brings back what it lost`() async throws {
    let recipe = try Recipe("openldap")
    let steps = try Recipe("restored-pbx")
    let it = try await Installation(
      Recipe.base + (1...8).map { person("p\($0)", "100\($0)") }.joined() + fjord, tls: true)
    try recipe.install(in: it)
    try await it.sync()
    for command in ["audit --csv", "approve", "status"] {
      #expect(steps.page.contains("pbxsyncd \(command)"), "\(command)")
    }
    try await it.pbx.lose(extensions: ["1008"])
    try await it.pbx.add([.init("1007", "p7", "Before", email: "p7@example.com", callerID: "493090181007")])
    let table = try await it.export()
    try await it.command("audit", "--csv", table, expecting: 1, saying: "extension 1008")
    let calls = Set(try await it.calls { try await it.command("audit", "--csv", table, "--yes") })
    // A number that is taken and one that is lost are probed.
    #expect(calls.isSuperset(of: ["addExt 1008", "updateExt 1007"]) && !calls.contains { $0.hasPrefix("delete") })
    let names = try await it.pbx.state().extensions.map { "\($0.number) \($0.lastName)" }.sorted()
    #expect(names == (1...8).map { "100\($0) Muster" })
    try await it.command("status", saying: "8 managed")
  }
}
