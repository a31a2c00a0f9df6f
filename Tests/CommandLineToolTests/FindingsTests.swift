import LDAP
import Testing

@testable import CommandLineTool
@testable import Sync

/// A survey of entries, as if a server had them.
private func survey(_ entries: [Entry], family: RootDSE.Family = .openLDAP) -> DirectorySample {
  var survey = DirectorySample()
  survey.family = family
  survey.contexts = ["dc=example,dc=com"]
  survey.identity = .entryUUID
  for entry in entries { survey.add(entry) }
  return survey
}

private func entry(_ dn: String, _ values: [String: String]) -> Entry {
  let classes = [AttributeValue("person"), AttributeValue("inetOrgPerson")]
  return Entry(
    dn: dn + ",dc=example,dc=com",
    attributes: [("objectClass", classes)] + values.map { ($0, [AttributeValue($1)]) })
}

private func people(
  _ count: Int, unit: String = "ou=people", _ values: (Int) -> [String: String]
) -> [Entry] {
  (0..<count).map { index in
    let names = ["uid": "p\(index)", "cn": "Ann \(index)", "givenName": "Ann", "sn": "\(index)"]
    return entry("uid=p\(index),\(unit)", names.merging(values(index)) { $1 })
  }
}

@Suite struct `The templates of names` {
  private func entries(_ names: [(cn: String, sn: String)]) -> [Entry] {
    names.map { entry("cn=\($0.cn)", ["cn": $0.cn, "sn": $0.sn]) }
  }

  @Test func `take the first word of a whole name, where all begin with the first name`() {
    let names = NameTemplates(entries([("Anna Berg", "Berg"), ("Ola van Dijk", "van Dijk")]))
    #expect(names.first == "{givenName ?? displayName ?? cn | word 1}" && names.nameless == 0)
  }

  /// A last name is no first name.
  @Test(arguments: [("Berg", "Berg"), ("Berg, Anna", "Berg"), ("Berg Anna", "Berg"), ("BERG Anna", "Berg")])
  func `leave the first name out where some names don't show it`(cn: String, sn: String) {
    let names = NameTemplates(entries([("Anna Berg", "Berg"), (cn, sn)]))
    #expect(names.first == "{givenName}" && names.nameless == 2)
  }

  @Test func `are the usual ones where nearly all have them`() {
    let names = NameTemplates(people(10) { _ in [:] })
    #expect(names.first == "{givenName}" && names.last == "{sn}" && names.nameless == 0)
  }
}

@Suite struct `A survey's findings` {
  @Test(arguments: [
    ("+49 30 9018-", "+49 30 9018 1000-1999"), ("030 / 9018-", "+49309018 1000-1999"),
    ("+49 (0)30 9018 ", "+49309018 1000-1999"), ("Tel. +49 30 9018-", "+49309018 1000-1999"),
    ("+49309018", "+49309018 1000-1999"),
  ])
  func `have the DDI block of numbers in any writing`(stem: String, block: String) {
    let found = Findings(survey(people(40) { ["telephoneNumber": "\(stem)\(1000 + $0 * 3)"] }), .init(country: "DE"))
    #expect(found.blocks == [block])
    #expect(found.users.count == 40)
    #expect(found.number?.template == "{telephoneNumber | extension}")
    #expect(found.userBases == [UnitTree.Base(dn: "ou=people,dc=example,dc=com")])
  }

  @Test(arguments: [3, 4, 5]) func `have the length of extensions that internal numbers show`(digits: Int) {
    let first = [3: 100, 4: 1000, 5: 10_000][digits] ?? 0
    let found = Findings(
      survey(
        people(30) { ["telephoneNumber": "+4930777\(first + $0)", "ipPhone": "\(first + $0)"] }))
    #expect(found.trunks.evidence == .internalNumbers)
    #expect(found.trunks.trunks.map(\.trunk.digits) == [digits])
  }

  @Test func `have other digits inside if internal numbers show them`() {
    let found = Findings(
      survey(
        people(30) { ["telephoneNumber": "+49 40 5555 \(1000 + $0)", "ipPhone": "7\(1000 + $0)"] }))
    #expect(found.blocks == ["+49 40 5555 1000-1099 = 71000-71099"])
    #expect(found.users.first?.number == "71000")
  }

  @Test func `say that a length is a guess if nothing shows it`() {
    let found = Findings(survey(people(30) { ["telephoneNumber": "+49309018\(1000 + $0)"] }))
    #expect(found.trunks.evidence == .guess)
    #expect(found.trunkEvidence.hasPrefix("NOT CERTAIN"))
    let answered = Findings(survey(people(30) { ["telephoneNumber": "+49309018\(1000 + $0)"] }), .init(digits: 3))
    #expect(answered.trunks.trunks.map(\.trunk.digits) == [3])
  }

  @Test(arguments: ["ipPhone", "otherTelephone", "extensionAttribute5"])
  func `have internal numbers of any attribute`(attribute: String) {
    let found = Findings(
      survey(people(30) { [attribute: "\(20_000 + $0)", "telephoneNumber": "+49 171 39200\(10 + $0)"] }))
    #expect(found.number?.template == "{\(attribute) | digits}")
    #expect(found.number?.ranges == ["20000-20099"])
    #expect(found.blocks == [])
  }

  @Test func `have extensions that are written behind the number of the switchboard`() {
    let found = Findings(survey(people(30) { ["telephoneNumber": "+49 30 9018-0 ext. \(100 + $0)"] }))
    #expect(found.number?.template == #"{telephoneNumber | match "[[:alpha:]#][ .:#]*([0-9]{2,6})$"}"#)
    #expect(found.number?.ranges == ["100-199"])
  }

  @Test func `have no site for people who are left out`() {
    let berlin = people(30, unit: "ou=berlin") { ["telephoneNumber": "+49 30 9018-\(1100 + $0)"] }
    let warszawa = people(18, unit: "ou=warszawa") { ["telephoneNumber": "+48 22 555 \(1100 + $0)"] }
    let found = Findings(survey(berlin + warszawa))
    #expect(found.userBases == [UnitTree.Base(dn: "ou=berlin,dc=example,dc=com")])
    #expect(found.sites == [])
  }

  @Test func `have no block for one number among many, and say so`() {
    let found = Findings(
      survey(
        people(40) {
          ["telephoneNumber": "+49 30 9018-\($0 == 7 ? 7123 : 1000 + $0)", "ipPhone": "\($0 == 7 ? 7123 : 1000 + $0)"]
        }))
    #expect(found.blocks == ["+49 30 9018 1000-1099"])
    #expect(found.leftOut.contains { $0.hasPrefix("+493090187123 is the only number near it") }, "\(found.leftOut)")
  }

  @Test func `have no block by the number of a department`() {
    let found = Findings(survey(people(30) { ["telephoneNumber": "+49 30 555000", "ipPhone": "\(4000 + $0)"] }))
    #expect(found.blocks == [])
    #expect(found.number?.template == "{ipPhone | digits}")
  }

  @Test func `have countries by the attribute c`() {
    let entries =
      people(20) { ["c": "DE", "telephoneNumber": "030 9018-\(1000 + $0)"] }
      + people(20) { ["c": "AT", "uid": "a\($0)", "telephoneNumber": "01 58800-\(2000 + $0)"] }
    let found = Findings(survey(entries))
    #expect(Set(found.blocks) == ["+49309018 1000-1099", "+43158800 2000-2099"])
    #expect(found.sites.map(\.attributeName) == ["c", "c"])
    #expect(found.sites.compactMap(\.country) == [found.country.general == "DE" ? "AT" : "DE"])
    #expect(found.sites.map(\.attributeValue) == ["AT", "DE"] && found.sites.allSatisfy { $0.blocks.count == 1 })
  }

  @Test(arguments: [("+33 1 44 55 61 ", 10), ("+44 20 7946 0", 100)])
  func `aren't certain if the writing makes no extension`(stem: String, first: Int) {
    let found = Findings(
      survey(
        people(90) { index in
          let digits = String(first + index).suffix(first == 10 ? 2 : 3)
          return ["telephoneNumber": stem + digits]
        }))
    #expect(found.trunks.evidence == .guess)
  }

  @Test func `take a few numbers among another block's for mistakes`() {
    let entries =
      people(60, unit: "ou=b") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(40, unit: "ou=h") { ["telephoneNumber": "+49 40 5555-\($0 == 9 ? 1010 : 3000 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.blocks == ["+49 30 9018 1000-1099", "+49 40 5555 3000-3099"])
    #expect(found.users.count == 99)
  }

  @Test func `have no extensions of people with mobile numbers only`() {
    let found = Findings(survey(people(30) { ["mobile": "+49 171 39200\(10 + $0)"] }))
    #expect(found.number == nil)
    #expect(found.refusal("")?.message.contains("30 entries have mobile numbers") == true)
  }

  @Test func `leave out places of former employees, and contacts have sources of their own`() {
    let entries =
      people(30, unit: "ou=berlin,ou=people") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(5, unit: "ou=former,ou=people") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + (0..<20).map { index in
        entry(
          "cn=c\(index),ou=partners",
          ["cn": "c\(index)", "sn": "c", "o": "Company \(index % 4)", "telephoneNumber": "+49 89 777\(100 + index)"])
      }
    let found = Findings(survey(entries))
    #expect(found.userBases == [UnitTree.Base(dn: "ou=berlin,ou=people,dc=example,dc=com")])
    #expect(found.contactBases == [UnitTree.Base(dn: "ou=partners,dc=example,dc=com")])
    #expect(found.blocks == ["+49 30 9018 1000-1099"])
    #expect(found.leftOut.count == 1 && found.leftOut[0].hasPrefix("ou=former,ou=people"))
  }

  @Test func `leave out service accounts, in places of their own and among people`() {
    let entries =
      people(80, unit: "ou=people") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + (0..<3).flatMap { index in
        ["ou=people", "ou=tools"].enumerated().map { place, unit in
          let number = "+49 30 9018-\(1900 + 10 * place + index)"
          return entry("uid=svc\(index),\(unit)", ["uid": "svc\(index)", "cn": "svc", "telephoneNumber": number])
        }
      }
    let found = Findings(survey(entries))
    #expect(found.users.count == 80 && found.strangers.count == 3)
    #expect(found.userBases == [UnitTree.Base(dn: "ou=people,dc=example,dc=com")])
    #expect(found.leftOut.count == 2 && found.leftOut[1].hasPrefix("ou=tools"))
    #expect(found.leftOut[0].contains("3 entries") && found.leftOut[0].contains("uid=svc0,ou=people"))
  }

  @Test func `have two blocks of two sites that share no extension`() {
    let entries =
      people(20, unit: "ou=berlin") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(20, unit: "ou=hamburg") { ["telephoneNumber": "+49 40 5555-\(1500 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.blocks == ["+49 30 9018 1000-1099", "+49 40 5555 1500-1599"])
    #expect(found.userBases == [UnitTree.Base(dn: "dc=example,dc=com")])
    #expect(found.generalBlocks == [])
    #expect(found.sites.map(\.base) == ["ou=berlin,dc=example,dc=com", "ou=hamburg,dc=example,dc=com"])
    #expect(found.sites.map(\.blocks) == found.blocks.map { [$0] })
  }

  @Test func `have the blocks of entries without a site in general too`() {
    let entries =
      people(20, unit: "ou=berlin") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(20, unit: "ou=hamburg") { ["telephoneNumber": "+49 40 5555-\(1500 + $0)"] }
      + people(3, unit: "ou=board") { ["telephoneNumber": $0 == 1 ? "+49 30 9018-1091" : "+49 40 5555-159\($0)"] }
    let found = Findings(survey(entries))
    #expect(found.sites.map(\.base) == ["ou=berlin,dc=example,dc=com", "ou=hamburg,dc=example,dc=com"])
    #expect(found.generalBlocks == found.blocks && found.users.count == 43)
  }

  @Test func `have the blocks of sites by an attribute, and of a site with several`() {
    let entries =
      people(20) { ["l": "Berlin", "telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(20) { ["l": "Berlin", "uid": "b\($0)", "telephoneNumber": "+49 30 777 \(2000 + $0)"] }
      + people(20) { ["l": "Hamburg", "uid": "h\($0)", "telephoneNumber": "+49 40 5555-\(3000 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.sites.map(\.attributeValue) == ["Berlin", "Hamburg"])
    #expect(found.sites.map(\.blocks.count) == [2, 1] && found.generalBlocks == [])
  }

  @Test func `have one list of blocks where nothing divides the entries`() {
    let entries =
      people(20) { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(20) { ["uid": "h\($0)", "telephoneNumber": "+49 40 5555-\(3000 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.sites == [] && found.generalBlocks == found.blocks && found.blocks.count == 2)
  }

  @Test func `leave out a block whose extensions are another's too`() {
    let entries =
      people(30, unit: "ou=berlin") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(20, unit: "ou=hamburg") { ["telephoneNumber": "+49 40 5555-\(1000 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.blocks == ["+49 30 9018 1000-1099"])
    #expect(found.leftOut.contains { $0.hasPrefix("The block +49 40 5555 with 20 numbers") })
  }

  @Test func `have a site for each country`() {
    let entries =
      people(30, unit: "ou=berlin") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(10, unit: "ou=wien") { ["telephoneNumber": "+43 1 58800-\(200 + $0)"] }
      + people(5, unit: "ou=wien") { ["uid": "w\($0)", "telephoneNumber": "01 58800-\(220 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.country.general == "DE")
    #expect(found.sites.map(\.base) == ["ou=berlin,dc=example,dc=com", "ou=wien,dc=example,dc=com"])
    #expect(found.sites.map(\.country) == [nil, "AT"])
    #expect(found.users.count == 45)
  }

  /// Those who sit in one country with a number of another don't hide it.
  @Test func `have the country and the area code of each site`() {
    let entries =
      people(60, unit: "ou=berlin") { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(20, unit: "ou=wien") { ["telephoneNumber": "+43 1 5353-\(500 + $0)"] }
      + people(5, unit: "ou=wien") { ["uid": "w\($0)", "telephoneNumber": "01/5353-\(520 + $0)"] }
      + people(5, unit: "ou=wien") { ["uid": "l\($0)", "telephoneNumber": "5353-\(530 + $0)"] }
      + people(20, unit: "ou=zuerich") { ["telephoneNumber": "+41 44 557-\(7701 + $0)"] }
      + people(5, unit: "ou=zuerich") { ["uid": "z\($0)", "telephoneNumber": "+49 30 9018-\(1060 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.country.general == "DE")
    #expect(found.sites.map(\.name) == ["berlin", "wien", "zuerich"])
    #expect(found.sites.map(\.country) == [nil, "AT", "CH"] && found.sites.map(\.area) == [nil, "1", nil])
    #expect(found.users.count == 115)
    #expect(Set(found.users.map(\.number)).isSuperset(of: ["1000", "504", "520", "534", "7701"]))
    let evidence = "Its country. Entries by their first country code: 20 CH, 5 DE."
    #expect(found.sites.last.map(found.countryEvidence) == evidence)
  }

  @Test func `have a block that is no wider than its numbers suggest, and say that its rest is a guess`() {
    let found = Findings(
      survey(people(41) { ["telephoneNumber": "+41 44 557-\(7701 + $0)", "ipPhone": "\(7701 + $0)"] }))
    #expect(found.blocks == ["+41 44 557 7700-7799"])
    #expect(found.blockGuess?.contains("has only +41 44 557 7701-7741.") == true, "\(found.blockGuess ?? "")")
    let exact = Findings(survey(people(100) { ["telephoneNumber": "+41 44 557-\(7700 + $0)"] }))
    #expect(exact.blocks == ["+41 44 557 7700-7799"] && exact.blockGuess == nil)
  }

  @Test func `have the area code of numbers that lack it`() {
    let entries =
      people(30) { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + people(6) { ["uid": "l\($0)", "telephoneNumber": "9018-\(1100 + $0)"] }
    let found = Findings(survey(entries))
    #expect(found.area == "30")
    #expect(found.users.count == 36)
  }

  @Test func `have a country that isn't certain by the mail domain`() {
    let found = Findings(survey(people(10) { ["telephoneNumber": "\(1000 + $0)", "mail": "p\($0)@example.at"] }))
    #expect(found.country.general == "AT")
    #expect(!found.country.isCertain)
  }

  @Test func `propose the entry of the switchboard as a canary`() {
    let entries =
      people(10) { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] }
      + [entry("uid=z,ou=people", ["uid": "z", "cn": "Zentrale", "telephoneNumber": "+49 30 9018-1999"])]
    #expect(Findings(survey(entries)).canaries == ["uid=z,ou=people,dc=example,dc=com"])
  }

  @Test func `protect the numbers of what gets no extension, and take the switchboard's entry for a canary`() {
    let staff = people(80) { index in
      let fax = "+49 30 9018-\(index == 5 ? 1005 : 1800)"
      return ["telephoneNumber": "+49 30 9018-\(1000 + index)", "facsimileTelephoneNumber": fax]
    }
    let robots = (0..<3).flatMap { index in
      ["ou=people", "ou=tools"].enumerated().map { place, unit in
        let number = "+49 30 9018-\(1900 + 10 * place + index)"
        return entry("uid=svc\(index),\(unit)", ["uid": "svc\(index)", "cn": "svc", "telephoneNumber": number])
      }
    }
    var sample = survey(staff + robots)
    sample.others = [
      Entry(
        dn: "cn=Zentrale,dc=example,dc=com",
        attributes: [
          ("cn", [AttributeValue("Zentrale")]), ("telephoneNumber", [AttributeValue("030/9018 1999")]),
        ]),
      Entry(dn: "cn=Aufzug,dc=example,dc=com", attributes: [("telephoneNumber", [AttributeValue("1500")])]),
      Entry(dn: "cn=Bank,dc=example,dc=com", attributes: [("telephoneNumber", [AttributeValue("+49 40 777 1501")])]),
    ]
    let found = Findings(sample)
    #expect(found.protectedRanges == ["1500", "1800", "1900-1902", "1910-1912", "1999"])
    #expect(found.protectedEvidence.first == "1500: telephoneNumber of cn=Aufzug,dc=example,dc=com")
    #expect(found.canaries == ["cn=Zentrale,dc=example,dc=com"])
  }

  @Test func `use another ID if the immutable one is hidden`() {
    #expect(Findings(survey(people(9) { ["telephoneNumber": "+49 30 9018-\(1000 + $0)"] })).otherIdentity == "uid")
  }
}

@Suite struct `A survey` {
  @Test func `keeps a sample of many entries and counts all`() {
    var survey = DirectorySample()
    for index in 0..<25_000 { survey.add(entry("uid=\(index),ou=u\(index % 7)", [:])) }
    #expect(survey.count == 25_000)
    #expect(survey.sample.count == DirectorySample.sampleSize)
    // Early and late entries alike.
    let late = survey.sample.count { (Int($0.dn.dropFirst(4).prefix { $0.isNumber }) ?? 0) >= 12_500 }
    #expect((4500...5500).contains(late))
  }

  @Test(arguments: [
    ("telephoneNumber", true), ("msRTCSIP-Line", true), ("durchwahl", true), ("facsimileTelephoneNumber", false),
    ("homePhone", false), ("mobileTelephoneNumber", false), ("employeeNumber", false),
  ]) func `knows attributes of desk phones by name`(attribute: String, isOne: Bool) {
    #expect(DirectorySample.mayHoldNumbers(attribute) == isOne)
  }

  @Test(arguments: [
    ("uid=a,ou=b,dc=c", "ou=b,dc=c"), ("cn=Berg\\, Anna, ou=b", "ou=b"), ("dc=c", ""), ("cn=x\\5C\\,y,o=z", "o=z"),
  ]) func `knows the place of an entry`(dn: String, place: String) { #expect(parentText(of: dn) == place) }
}

@Suite struct `A source's name` {
  @Test func `is as short as it can be`() {
    let dns = ["OU=Users,OU=Berlin,DC=x", "OU=Users,OU=Hamburg,DC=x", "OU=Sales,OU=Berlin,DC=x"]
    #expect(dns.map { shortName(of: $0, among: dns) } == ["Berlin Users", "Hamburg Users", "Sales"])
  }
}

@Suite struct `Bases of a tree` {
  private func bases(_ wanted: [String], without avoided: [String]) -> [String] {
    UnitTree(contexts: ["dc=x"], wanted: wanted, avoided: avoided).bases.map { $0.dn + ($0.isOneLevel ? " (one)" : "") }
  }

  @Test func `are as few and as deep as they can be`() {
    #expect(bases(["ou=a,ou=p,dc=x", "ou=b,ou=p,dc=x"], without: ["ou=c,dc=x"]) == ["ou=p,dc=x"])
    #expect(
      bases(["ou=p,dc=x", "ou=a,ou=p,dc=x"], without: ["ou=old,ou=p,dc=x"]) == ["ou=p,dc=x (one)", "ou=a,ou=p,dc=x"])
    #expect(bases(["OU=P,DC=X"], without: []) == ["OU=P,DC=X"])
    #expect(bases([], without: ["ou=p,dc=x"]) == [])
  }
}

@Suite struct `A configuration with comments` {
  @Test(arguments: [
    ("plain", #""plain""#), (#"cn=a\, "b""#, #""cn=a\\, \"b\"""#), ("a\nb", #""a\U0000000Ab""#), ("Łęcki", #""Łęcki""#),
  ]) func `quotes any value`(value: String, text: String) { #expect(CommentedTOML.quoted(value) == text) }

  @Test func `breaks long comments at spaces`() {
    #expect(wrapped("one two three", to: 7) == ["one two", "three"])
    #expect(wrapped("  head tail", to: 8, indent: 4) == ["  head", "    tail"])
    #expect(wrapped("abcdefghij", to: 4) == ["abcdefghij"])
  }
}
