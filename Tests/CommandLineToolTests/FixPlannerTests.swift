import Configuration
import Domain
import Foundation
import LDAP
import Mapping
import Testing

@testable import CommandLineTool
@testable import Directory

/// A person with these values, looked at by one who may change numbers.
private struct Case {
  var telephone: [String]
  var mobile: [String] = []
  var others: [(String, [String])] = []
  var dn = "uid=ina,ou=people"
  var template = "{telephoneNumber | extension}"
  var blocks = "\"+49 30 9018 0000-4999\""
  var listed: Set<FindingKey>?
  var present: [ManagedObject] = []
  /// Numbers that others have, want or mean.
  var taken: [String] = ["1001"]
  var allowed: Set<String> = ["telephonenumber", "mobile"]
  var keepsNumber = false
  var mayAllocate = true
  var mayGuess = false
  var model: FixContext.Model? = FixContext.Model(
    attribute: "telephoneNumber", value: "+49 30 9018 1001", number: "1001")
  var contacts = ""
  var neighbours: Set<String> = []
  var doubles: [(FieldValue, FieldValue)] = []
  var leavers = FixContext.Leavers()

  static let number = FindingKey.number

  var entry: Entry {
    func values(_ texts: [String]) -> [AttributeValue] { texts.map { AttributeValue($0) } }
    return Entry(
      dn: dn,
      attributes: [
        ("telephoneNumber", values(telephone)), ("mobile", values(mobile)), ("givenName", values(["Ina"])),
        ("sn", values(["Falk"])),
      ] + others.map { ($0.0, values($0.1)) })
  }

  func proposal() throws -> FixProposal? {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).toml")
    defer { try? FileManager.default.removeItem(at: file) }
    let ddi = template.contains("extension") ? "ddi = [\(blocks)]" : ""
    try """
    [directory]
    servers = ["ldaps://ldap.example.com"]
    [[users]]
    base = "ou=people"
    filter = "(uid=*)"
    extension.number = "\(template)"
    extension.first_name = "{givenName}"
    extension.last_name = "{sn}"
    extension.caller_id = "{telephoneNumber | e164}"
    \(contacts)
    [pbx]
    url = "https://192.0.2.4/"
    security_key_file = "key"
    [numbers]
    country = "DE"
    extension_ranges = ["1000-1099"]
    protected = ["1000"]
    \(ddi)
    """.write(to: file, atomically: true, encoding: .utf8)
    let setup = try CompiledConfiguration(file: file.path())
    let id = EntryID("1")
    let context = FixContext(
      sources: setup.sources, entry: entry, id: id, now: 0, present: present, model: model, allowed: allowed, cuts: [:],
      neighbours: neighbours, leavers: leavers)
    var claims = NumbersInUse()
    for number in taken { claims.add(number, of: EntryID("2")) }
    for source in setup.sources { for number in source.numbersMeant(by: entry) { claims.add(number, of: id) } }
    var free = FreeNumbers(
      setup.configuration.numbers.policy, in: setup.extensionRanges, LedgerState(), ReadResult(), Plan(), meant: claims,
      at: 0)
    let request = FixPlanner.Request(
      listed: listed ?? context.outcome(of: entry)?.findings ?? [], keepsNumber: keepsNumber, doubles: doubles)
    return FixPlanner(context: context, request: request, mayAllocate: mayAllocate, mayGuess: mayGuess).proposal(
      &free)
  }

  /// The record's lines behind `changetype`; empty where nothing is proposed.
  func lines() throws -> [String] {
    let lines = try proposal()?.modification.ldif.split(separator: "\n").map(String.init) ?? []
    return Array(lines.dropFirst(2))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A proposal for an entry` {
  private func replacing(_ old: String, by new: String) -> [String] {
    ["delete: telephoneNumber", "telephoneNumber: \(old)", "-", "add: telephoneNumber", "telephoneNumber: \(new)"]
  }

  @Test(arguments: [
    ("0 49 30 9018 1028", "+49 30 9018 1028"),
    ("0 030 9018 1028", "+49 30 9018 1028"),
  ])
  func `keeps the digits that result in a free number`(old: String, new: String) throws {
    #expect(try Case(telephone: [old]).lines() == replacing(old, by: new))
  }

  @Test(arguments: [
    "+49 30 9018 1001 / 1029", "+49 30 9018 1028 Fax", "+49 30 901810281029", "+49 30 9018 1028 bis 1029", "n/a",
    "+49 3O 9O18 1028", "+49 40 5551 1028", "+49 30 9018 1028 ext. 1029", "+49 30 9018 3028 / 1029",
    "+49 30 9018 1000 / 1029", "112", "+49 30 9018 1028 / 1029", "030 9018-1028/29",
  ])
  func `is empty if no fix is certain`(value: String) throws {
    #expect(try Case(telephone: [value]).lines() == [])
  }

  @Test func `removes a number only in an example`() throws {
    var entry = Case(telephone: ["+49 30 9018 1028 / 1029"])
    entry.mayGuess = true
    #expect(try entry.lines() == replacing("+49 30 9018 1028 / 1029", by: "+49 30 9018 1028"))
    let example = try #require(try entry.proposal()?.example())
    #expect(example.contains("1029\".") && example.split(separator: "\n").allSatisfy { $0.hasPrefix("#") })
  }

  @Test func `has digits of another script as ASCII ones, in the whole list if no server finds them`() throws {
    let entry = Case(telephone: ["0 49 30 9018 １０２８"])
    #expect(try entry.lines() == ["replace: telephoneNumber", "telephoneNumber: +49 30 9018 1028"])
  }

  @Test func `moves a mobile phone's number, with the digits as they are`() throws {
    let entry = Case(telephone: ["0171 3920012", "+49 30 9018 1028"])
    #expect(
      try entry.lines() == [
        "delete: telephoneNumber", "telephoneNumber: 0171 3920012", "-", "add: mobile", "mobile: 0171 3920012",
      ])
  }

  @Test func `gives an entry with only a mobile phone a number too, in the same record`() throws {
    var entry = Case(telephone: ["0171 3920012"])
    #expect(
      try entry.lines() == [
        "delete: telephoneNumber", "telephoneNumber: 0171 3920012", "-", "add: telephoneNumber",
        "telephoneNumber: +49 30 9018 1002", "-", "add: mobile", "mobile: 0171 3920012",
      ])
    entry.mayAllocate = false
    #expect(try entry.lines() == [], "an attribute isn't emptied")
  }

  @Test func `moves nothing if the entry has no attribute for it`() throws {
    let numbers = ["0171 3920012", "+49 30 9018 1028"]
    #expect(try Case(telephone: numbers, allowed: ["telephonenumber"]).lines() == [])
    #expect(try Case(telephone: numbers, mobile: ["0172 3920012"]).lines() == [])
    #expect(
      try Case(telephone: numbers, mobile: ["+49 171 3920012"]).lines()
        == ["delete: telephoneNumber", "telephoneNumber: 0171 3920012"], "it is there already")
  }

  @Test(arguments: [
    ("+49 30 9018-1001", "+49 30 9018-1002"), ("030/90181001", "030/90181002"), ("1001", "1002"),
    ("+49 30 9018 3001", "+49 30 9018 3002"),
  ])
  func `assigns the lowest free number in the present format`(old: String, new: String) throws {
    let entry = Case(telephone: [old], listed: [.number])
    #expect(try entry.lines() == replacing(old, by: new.replacing("3002", with: "1002")))
  }

  @Test func `assigns no number of another building's block`() throws {
    var entry = Case(telephone: ["+49 30 9018 1060"], listed: [.number], taken: ["1060"])
    entry.blocks = "\"+43 1 58858 1000-1049\", \"+49 30 9018 1050-1099\""
    #expect(try entry.lines() == replacing("+49 30 9018 1060", by: "+49 30 9018 1050"))
    entry.taken += (1050...1099).map(String.init)
    #expect(try entry.lines() == [])
  }

  @Test func `assigns an entry without a number one of the block that those beside it have`() throws {
    var entry = Case(telephone: [], taken: [])
    entry.blocks = "\"+49 30 9018 1000-1049\", \"+49 40 5555 1050-1099\""
    entry.neighbours = ["1051", "1052"]
    entry.model = FixContext.Model(attribute: "telephoneNumber", value: "+49 40 5555 1051", number: "1051")
    #expect(try entry.lines() == ["add: telephoneNumber", "telephoneNumber: +49 40 5555 1050"])
    // An internal number shows it too, and more so.
    entry.telephone = ["1030"]
    entry.listed = [.number]
    #expect(try entry.lines() == replacing("1030", by: "1001"))
    entry.telephone = []
    for neighbours in [[], ["1030", "1051"]] as [Set<String>] {
      entry.neighbours = neighbours
      #expect(try entry.lines() == [], "nothing tells the site")
    }
    entry.mayGuess = true
    #expect(try entry.proposal()?.example().hasPrefix("# Not certain") == true)
  }

  @Test func `assigns none to an entry with one on the PBX, with a blocked one, or with another in the list`() throws {
    let owned = ManagedObject(.extension(Extension(number: "1028", firstName: "Ina")), entry: EntryID("1"), dn: "")
    #expect(try Case(telephone: ["+49 30 9018 1001"], listed: [.number], present: [owned]).lines() == [])
    #expect(try Case(telephone: ["+49 30 9018 1001"], listed: [.number], keepsNumber: true).lines() == [])
    #expect(try Case(telephone: ["+49 30 9018 1001"], listed: [.number], mayAllocate: false).lines() == [])
    #expect(try Case(telephone: ["+49 30 9018 1001", "+49 30 9018 1028"], listed: [.number]).lines() == [])
    #expect(try Case(telephone: ["0 49 30 9018 1030"], present: [owned]).lines() == [], "it would be renumbered")
    #expect(try Case(telephone: ["+49 30 9018 1028 / 1031"], present: [owned], mayGuess: true).lines() != [])
  }

  @Test func `assigns no number that another value means`() throws {
    let entry = Case(telephone: [], taken: ["1001", "1002", "1003"])
    #expect(try entry.lines() == ["add: telephoneNumber", "telephoneNumber: +49 30 9018 1004"])
    #expect(try Case(telephone: ["0 49 30 9018 1028"], taken: ["1028"]).lines() == [])
  }

  @Test func `doesn't change a value of the RDN`() throws {
    let entry = Case(
      telephone: ["+49 30 9018 1001"], dn: "telephoneNumber=\\+49 30 9018 1001,ou=people", listed: [.number])
    #expect(try entry.lines() == [])
  }

  /// Her entry was created again under another ID, or her account was disabled for another: a free number would be her second.
  @Test(arguments: [("uid=ina,ou=people", "Ina", "Falk", false), ("uid=if,ou=old", "Ina", "Falk", true)])
  func `names the number of one who has left and looks like the entry, in comments`(
    dn: String, first: String, last: String, isDisabled: Bool
  ) throws {
    let old = ManagedObject(
      .extension(Extension(number: "1028", firstName: first, lastName: last)), entry: EntryID("9"), dn: dn)
    for numbers in [[], ["+49 30 9018 1060"], ["0171 3920012"]] {
      var entry = Case(telephone: numbers, listed: numbers == ["+49 30 9018 1060"] ? [.number] : nil)
      entry.taken += ["1028"]
      entry.leavers.add(old, isDisabled: isDisabled)
      #expect(try entry.lines() == [], "\(numbers)")
      entry.mayGuess = true
      let example = try #require(try entry.proposal()?.example(), "\(numbers)")
      #expect(example.split(separator: "\n").allSatisfy { $0.hasPrefix("#") }, "\(example)")
      let state = isDisabled ? "is disabled" : "no source finds"
      let remark = "it looks like \(dn), which \(state) and which still has 1028."
      #expect(example.contains("# Restore the entry's number, probably 1028: \(remark)"), "\(example)")
      #expect(example.contains("#   telephoneNumber: +49 30 9018 1028\n"), "\(example)")
    }
    var other = Case(telephone: [])
    let berg = Extension(number: "1028", firstName: "Ida", lastName: "Berg")
    other.leavers.add(ManagedObject(.extension(berg), entry: EntryID("9"), dn: "uid=ida"), isDisabled: isDisabled)
    #expect(try other.lines() == ["add: telephoneNumber", "telephoneNumber: +49 30 9018 1002"], "another person")
  }

  @Test func `corrects no value of one who looks like another that has left`() throws {
    var entry = Case(telephone: ["0 49 30 9018 1029"])
    let old = Extension(number: "1028", firstName: "Ina", lastName: "Falk")
    entry.leavers.add(ManagedObject(.extension(old), entry: EntryID("9"), dn: "uid=if"), isDisabled: false)
    #expect(try entry.lines() == [])
  }

  @Test func `is an example while one who has left has the present number too, or shows it`() throws {
    var entry = Case(telephone: ["+49 30 9018 1001"], listed: [.number])
    entry.leavers.add("1001", of: EntryID("1"))
    #expect(try entry.lines() == replacing("+49 30 9018 1001", by: "+49 30 9018 1002"), "it is the entry's own")
    entry.leavers.add("1001", of: EntryID("9"))
    #expect(try entry.lines() == [])
    entry.mayGuess = true
    #expect(try entry.lines() == replacing("+49 30 9018 1001", by: "+49 30 9018 1002"))
  }

  @Test func `only concerns numbers`() throws {
    #expect(try Case(telephone: ["+49 30 9018 1028"], others: [("mail", ["ina at example.com"])]).lines() == [])
  }

  @Test func `removes no number from the phonebook`() throws {
    let contacts = """
      [[contacts]]
      base = "ou=people"
      filter = "(uid=*)"
      contact.numbers = ["{telephoneNumber all}"]
      contact.first_name = "{givenName}"
      contact.last_name = "{sn}"
      """.replacing(" all}", with: " | all}")
    let numbers = ["0171 3920012", "+49 30 9018 1028"]
    #expect(try Case(telephone: numbers, contacts: contacts).lines() == [])
    let both = contacts.replacing("[\"{", with: "[\"{mobile}\", \"{")
    #expect(try Case(telephone: numbers, contacts: both).lines().last == "mobile: 0171 3920012")
  }
}
