import Domain
import LDAP
import Testing

@testable import Mapping

/// The templates of the sample configuration.
private func sample(
  number: String = "{telephoneNumber | digits | last 4}", firstName: String = "{givenName ?? cn | word 1}",
  lastName: String? = "{sn}", email: String? = "{mail}", callerID: String? = "{telephoneNumber | e164}",
  plus: Bool = true, disabled: DisabledRule = .auto
) throws -> UserMapping {
  let templates = ExtensionTemplates(
    number: try Template(number), firstName: try Template(firstName), lastName: try lastName.map(Template.init),
    email: try email.map(Template.init), callerID: try callerID.map(Template.init))
  return UserMapping(templates: templates, dialPlans: DialPlans(try dialPlan(plus: plus)), disabled: disabled)
}

private let anna = [
  "givenName": ["Anna Maria"], "sn": ["Berg"], "mail": ["anna@example.com"], "telephoneNumber": ["+49 30 9018-1234"],
]

private func anna(_ changes: [String: [String]]) -> Entry { person(anna.merging(changes) { $1 }) }

@Suite(.timeLimit(.minutes(15))) struct `User mapping` {
  @Test func `makes an extension of a person by the sample's templates`() throws {
    let mapped = try sample().map(anna([:]), id: id, now: now)
    let expected = Extension(
      number: "1234", firstName: "Anna", lastName: "Berg", email: "anna@example.com", callerID: "+493090181234")
    let dn = "uid=anna,ou=people,dc=example,dc=com"
    #expect(mapped == .wanted([WantedObject(.extension(expected), entry: id, dn: dn)], problems: []))
  }

  @Test func `leaves out the plus if the dial plan says so`() throws {
    let mapping = try sample(number: "{telephoneNumber | e164}", plus: false)
    let fields = try #require(mapping.map(anna([:]), id: id, now: now).wanted.first).item.fields
    #expect(fields.first?.value == "493090181234")
    #expect(fields.last?.value == "493090181234")
  }

  @Test func `leaves fields without a template or a value empty`() throws {
    let mapping = try sample(lastName: nil, email: "{none}@example.com", callerID: nil)
    let item = try #require(mapping.map(anna([:]), id: id, now: now).wanted.first).item
    #expect(item == .extension(Extension(number: "1234", firstName: "Anna")))
  }

  @Test(arguments: [
    (["sn": ["Berg\r\n\tder  Ältere "]], "Berg der Ältere"),
    (["sn": ["\u{1}Berg\u{7F}"]], "Berg"),
    (["sn": ["Berg\u{a0}Tal\u{2028}Au"]], "Berg Tal Au"),
    (["sn": ["O'Brien"]], "O'Brien"),
    (["sn": ["Łukasz-Şahin \"Q\" \\ <b>"]], "Łukasz-Şahin \"Q\" \\ <b>"),
    (["sn": ["zeta", "alpha"]], "alpha"),
  ])
  func `replaces control characters with spaces and keeps the rest`(change: [String: [String]], lastName: String) throws
  {
    let item = try #require(try sample().map(anna(change), id: id, now: now).wanted.first).item
    #expect(item.fields[2].value == lastName)
  }

  @Test(arguments: [
    (["telephoneNumber": []], "telephoneNumber", "", "the number would be empty"),
    (["telephoneNumber": ["n/a"]], "telephoneNumber", "n/a", "the number would be empty"),
    (["givenName": [" "]], "givenName", "", "the first name would be empty"),
    (
      ["givenName": [String(repeating: "x", count: 256)]], "givenName", String(repeating: "x", count: 79) + "…",
      "more than 255"
    ),
    (
      ["givenName": ["e" + String(repeating: "\u{301}", count: 256)]], "givenName",
      "e" + String(repeating: "\u{301}", count: 80), "more than"
    ),
  ])
  func `names attribute, value and reason of what is wrong`(
    change: [String: [String]], attribute: String, value: String, reason: String
  ) throws {
    let mapped = try sample().map(anna(change), id: id, now: now)
    #expect(mapped.isUnmappable)
    let problem = try #require(mapped.problems.first)
    #expect(problem.attribute == attribute)
    #expect(problem.value == value)
    #expect(problem.reason.contains(reason), "\(problem.reason)")
    #expect(problem.remedy.hasSuffix("."))
    #expect(problem.dn == "uid=anna,ou=people,dc=example,dc=com")
    #expect(problem.entry == id)
  }

  @Test func `reports all problems at once`() throws {
    let mapped = try sample().map(person(["mail": ["x"]]), id: id, now: now)
    #expect(mapped.problems.map(\.attribute) == ["telephoneNumber", "givenName", "mail"])
  }

  @Test(arguments: [
    ("1234", true), ("1", true), (String(repeating: "1", count: 20), true), (String(repeating: "1", count: 21), false),
    (String(repeating: "1", count: 200), false), ("12 34", false), ("+1234", false), ("12a", false), ("١٢", false),
    ("-1", false),
  ])
  func `accepts 1 to 20 digits as an extension number`(value: String, isGood: Bool) throws {
    let mapping = try sample(number: "{telephoneNumber}", callerID: nil)
    let mapped = mapping.map(anna(["telephoneNumber": [value]]), id: id, now: now)
    #expect(mapped.isUnmappable == !isGood)
  }

  @Test(arguments: [("+4930", true), ("030", true), ("+", false), ("++49", false), ("49+", false), ("4 9", false)])
  func `accepts digits with an optional plus as a caller ID`(value: String, isGood: Bool) throws {
    let mapping = try sample(callerID: "{pager}")
    let problems = mapping.map(anna(["pager": [value]]), id: id, now: now).problems
    #expect(problems.map(\.keptField) == (isGood ? [] : [.callerID]))
  }

  @Test func `reports binary values instead of sending them`() throws {
    let entry = Entry(
      dn: "cn=x",
      attributes: anna.filter { $0.key != "sn" }.map { ($0.key, $0.value.map { AttributeValue($0) }) } + [
        ("sn", [AttributeValue(bytes: [0xFF, 0x00, 0x41])])
      ])
    let problem = try #require(try sample().map(entry, id: id, now: now).problems.first)
    #expect(problem.attribute == "sn")
    #expect(problem.value == "\\xff\\x00A")
    #expect(
      problem.reason
        == "the value isn't text in UTF-8; the entry keeps the last name that it has on the PBX, if any")
  }

  @Test func `requests the attributes of its templates and of the disabled rule`() throws {
    let templates: Set = ["telephoneNumber", "givenName", "cn", "sn", "mail"]
    #expect(try sample(disabled: .never).attributes == templates)
    #expect(
      try sample().attributes
        == templates.union([
          "loginExpirationTime", "msDS-UserAccountDisabled", "krbPrincipalExpiration", "pwdEndTime", "inetUserStatus",
          "accountStatus", "zimbraAccountStatus", "ds-pwp-account-disabled", "ibm-pwdAccountLocked", "ak-active",
          "sambaAcctFlags", "userAccountControl", "accountExpires", "nsAccountLock", "pwdAccountLockedTime",
          "shadowExpire",
          "loginDisabled",
        ]))
  }

  @Test func `reports a disabled account before its other problems`() throws {
    let entry = person(["nsAccountLock": ["TRUE"]])
    #expect(try sample().map(entry, id: id, now: now) == .disabled)
    #expect(try sample(disabled: .never).map(entry, id: id, now: now).isUnmappable)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An entry without a number` {
  private func mapping(writing value: String? = nil) throws -> UserMapping {
    let range = try #require(NumberRange("2000-2999"))
    return UserMapping(
      templates: ExtensionTemplates(
        number: try Template("{telephoneNumber | digits | last 4}"), firstName: try Template("{givenName}"),
        lastName: nil, email: nil, callerID: try Template("{telephoneNumber | replace \"n/a\" \"\" | e164}")),
      dialPlans: DialPlans(try dialPlan()), disabled: .auto,
      allocating: PoolSettings(
        pool: NumberPool(source: "people", ranges: [range]),
        writeBack: try value.map { WriteBackTemplate(attribute: "telephoneNumber", value: try Template($0)) }))
  }

  private func numbered(_ mapped: MappingResult, _ number: String) throws -> UnnumberedUser.NumberedUser {
    guard case .unnumbered(let it, _) = mapped else {
      Issue.record("\(mapped)")
      return UnnumberedUser.NumberedUser(.extension(Extension(number: "", firstName: "")))
    }
    return it.numbered(number)
  }

  @Test func `becomes an extension with a number from the pool`() throws {
    let mapped = try mapping().map(person(["givenName": ["Ann"]]), id: id, now: now)
    #expect(try numbered(mapped, "2001") == .init(.extension(Extension(number: "2001", firstName: "Ann"))))
  }

  @Test func `has the other fields that it will have when the number is written back`() throws {
    let mapped = try mapping(writing: "+49 30 9018 {number}").map(person(["givenName": ["Ann"]]), id: id, now: now)
    let numbered = try numbered(mapped, "2001")
    #expect(
      numbered.item == .extension(Extension(number: "2001", firstName: "Ann", callerID: "+493090182001")))
    #expect(numbered.write?.value == "+49 30 9018 2001" && numbered.write?.objection == nil)
  }

  @Test(arguments: [
    ("+49 30 9018 {number}0", ["givenName": ["Ann"]], "doesn't make 2001"),
    ("{number}", ["givenName": ["Ann"], "telephoneNumber": ["n/a"]], "it has the value \"n/a\" already"),
  ])
  func `isn't written back if that would be wrong`(
    value: String, attributes: [String: [String]], objection: String
  ) throws {
    let numbered = try numbered(mapping(writing: value).map(person(attributes), id: id, now: now), "2001")
    #expect(numbered.item.number == "2001")
    #expect(numbered.write?.objection?.contains(objection) == true)
  }

  @Test func `that has one, or a bad one, is as without a pool`() throws {
    let mapping = try mapping()
    #expect(
      mapping.map(person(["givenName": ["Ann"], "telephoneNumber": ["030 9018 1234"]]), id: id, now: now).wanted
        .map(\.item.number) == ["1234"])
    #expect(mapping.map(person([:]), id: id, now: now).isUnmappable)
    #expect(mapping.attributes.contains("telephoneNumber"))
  }
}
