import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The lint of a number plan` {
  private func flawed() async throws -> Installation {
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1001") + person("cleo", "9000") + person("dan", "1000")
        + person("eve", "1005").replacing("mail: eve@example.com", with: "mail: nonsense")
        + person("fay", "1006").replacing("givenName: fay\n", with: "")
        + person("gil", "1007").replacing("telephoneNumber: +49 30 9018 1007\n", with: "")
        + person("moved", "1002").replacing("ou=people", with: "ou=moved,ou=people")
        // Three ways to write one number.
        + partner("Bauer", "+49 30 901820") + partner("Eins", "0049 30 901820") + partner("Zwei", "030 901820")
        + person("twin", "1002"))
    try it.configure(numbers: "extension_ranges = [\"1000-1099\"]\nprotected = [\"1000\"]")
    return it
  }

  @Test func `counts what is wrong in each unit, with remedies, and needs neither key nor PBX nor ledger`() async throws
  {
    let it = try await flawed()
    try await it.pbx.stop()
    try FileManager.default.removeItem(atPath: it.folder.path + "/pbx-key")
    let said = try await it.command("lint", expecting: 1)
    for part in [
      "1 number out of range", "1 protected number", "1 mail unusable", "1 givenName missing",
      "1 telephoneNumber missing",
      "ou=partners,dc=example,dc=com: 2 duplicate number", "4 duplicate number",
    ] {
      #expect(said.contains(part), "\(part) in \(said)")
    }
    #expect(!said.contains("changetype"), "nobody gets another number by it")
    #expect(!FileManager.default.fileExists(atPath: it.ledgerFile))
  }

  @Test func `is a table too, with the text of each finding whole`() async throws {
    let it = try await flawed()
    let file = it.folder.path + "/lint.csv"
    try await it.command("lint", "--csv", file, expecting: 1)
    let rows = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\"\r\n")
    #expect(rows.first == "\"unit\",\"topic\",\"dn\",\"number\",\"reason\",\"remedy\",\"ldif")
    #expect(rows.count { $0.contains("\"duplicate number\"") } == 4)
    try await it.command("lint", "--csv", "/nowhere/x.csv", expecting: 73, saying: "choose an existing folder")
  }

  @Test func `finds nothing in a plan that is right`() async throws {
    let it = try await Installation(person("ann", "1001") + partner("Bauer", "+49 30 901820"))
    try await it.command("lint", saying: "1 extension and 1 contact wanted; no errors")
    let json = try await it.command("lint", "--json")
    #expect(json.contains("\"findings\":[]"))
  }

  @Test func `names the people that the filter leaves out`() async throws {
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1002").replacing("givenName: bob\n", with: "")
        + person("cleo", "").replacing("telephoneNumber: +49 30 9018 \n", with: ""))
    let filter = "(&(objectClass=inetOrgPerson)(telephoneNumber=*)(givenName=*))"
    try it.configure(users: Settings.users.replacing("(objectClass=inetOrgPerson)", with: filter), contacts: "")
    let said = try await it.command("lint", saying: "1 extension and 0 contacts wanted; no errors")
    #expect(
      said.contains("leaves them out: 1 entry with a number (\(uid("bob"))), 1 person without a number"), "\(said)")
    let json = try await it.command("lint", "--json")
    #expect(json.contains("\"with_number\":[\"\(uid("bob"))\"],\"without_number\":1"), "\(json)")
  }

  @Test func `says that the directory is unreachable`() async throws {
    let it = try await Installation()
    try await it.slapd.stop()
    try await it.command("lint", expecting: 69, saying: "the directory couldn't be read")
  }
}
