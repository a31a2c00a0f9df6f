import Testing

@testable import Configuration

/// One thing that is wrong: a part of the configuration with a mark where the finding must point, and its words.
struct Bad: CustomTestStringConvertible, Sendable {
  let part: String
  let text: String
  let finding: String

  init(_ part: String, _ text: String, _ finding: String) {
    (self.part, self.text, self.finding) = (part, text, finding)
  }

  var testDescription: String { finding }
}

private let directory = "[directory]\nservers = [\"ldaps://ldap.example.com\"]\n"
private let pbx = "[pbx]\nurl = \"https://192.0.2.4/\"\nsecurity_key_file = \"key\"\n"
private let numbers = "[numbers]\ncountry = \"DE\"\n"
private let users = """
  [[users]]
  base = "dc=example"
  filter = "(uid=*)"
  extension.number = "{n}"
  extension.first_name = "{f}"

  """

@Suite(.timeLimit(.minutes(15))) struct `Bad input is refused at its position` {
  @Test(arguments: [
    Bad(
      "users", users + "‸exstension.email = \"{m}\"", "unknown key 'exstension' in [[users]]; did you mean 'extension'?"
    ),
    Bad(
      "users", users + "extension.‸emial = \"{m}\"", "unknown key 'extension.emial' in [[users]]; did you mean 'email'?"
    ),
    Bad("users", users + "[users.‸extention]", "unknown key 'extention' in [[users]]; did you mean 'extension'?"),
    Bad(
      "directory", directory + "‸bind_password = \"x\"",
      "unknown key 'bind_password' in [directory]; did you mean 'bind_password_file'?"),
    Bad(
      "directory", directory + "‸\"a\\nb\" = 1\n",
      #"unknown key 'a\nb' in [directory]; known here: allow_plaintext, bind_dn,"#),
    Bad("directory", directory + "‸serv = \"example.com\"", "unknown key 'serv' in [directory]; did you mean 'srv'?"),
    Bad(
      "", "‸servers = []",
      "unknown key 'servers'; known here: addition, alerts, contacts, directory, metrics, names, numbers, pbx, privacy, removal, schedule, sites, state, update, users"
    ),
    Bad(
      "pbx", pbx + "[pbx.protocol]\n‸add_extensoin_key = \"x\"",
      "unknown key 'add_extensoin_key' in [pbx.protocol]; did you mean 'add_extension_key'?"),
  ])
  func `a key that isn't known`(_ bad: Bad) { expect(bad) }

  @Test(arguments: [
    Bad(
      "directory", "‸[directory]", "[directory] has no 'servers'; add, say: servers = [\"ldaps://ldap.example.com\"]"),
    Bad("directory", "[directory]\nservers = ‸[]", "'servers' is empty; add, say: \"ldaps://ldap.example.com\""),
    Bad("numbers", "‸[numbers]", "[numbers] has no 'country'; add, say: country = \"DE\""),
    Bad("pbx", "‸[pbx]\nurl = \"https://192.0.2.4/\"", "[pbx] has no 'security_key_file'"),
    Bad(
      "users", "‸[[users]]\nfilter = \"(uid=*)\"\nextension={number=\"1\", first_name=\"f\"}", "[[users]] has no 'base'"
    ),
    Bad(
      "users", "‸[[users]]\nbase = \"dc=a\"\nextension={number=\"1\", first_name=\"f\"}", "[[users]] has no 'filter'"),
    Bad(
      "users", "[[users]]\nbase = \"dc=a\"\nfilter = \"(a=b)\"\nextension=‸{number=\"1\"}",
      "[[users]] has no 'extension.first_name'"),
    Bad(
      "contacts", "[[contacts]]\nbase = \"dc=a\"\nfilter = \"(a=b)\"\ncontact=‸{numbers=[\"1\"], first_name=\"f\"}",
      "[[contacts]] has no 'contact.last_name'"),
    Bad(
      "contacts",
      "[[contacts]]\nbase = \"dc=a\"\nfilter = \"(a=b)\"\ncontact={numbers=‸[], first_name=\"f\", last_name=\"l\"}",
      "'numbers' is empty"),
    Bad("directory", directory + "bind_dn = ‸\"cn=a\"", "there is a 'bind_dn' without 'bind_password_file'"),
    Bad("directory", directory + "bind_password_file = ‸\"p\"", "there is a 'bind_password_file' without 'bind_dn'"),
  ])
  func `a missing key`(_ bad: Bad) { expect(bad) }

  @Test(arguments: [
    Bad("directory", "directory = ‸3", "'directory' must be a section, not a whole number; write [directory]"),
    Bad("pbx", "‸[[pbx]]", "'pbx' must be a section, not a list; write [pbx]"),
    Bad("users", "‸[users]\nbase = \"dc=a\"", "'users' must be a list of sections, not a section; write [[users]]"),
    Bad("users", "users = [‸1]", "'users' must be a list of sections, not a whole number"),
    Bad(
      "users", "[[users]]\nbase = \"dc=a\"\nfilter=\"(a=b)\"\nextension = ‸\"{n}\"",
      "'extension' must be a section, not text; write extension.… = …"),
    Bad(
      "directory", "[directory]\nservers = ‸\"ldaps://a\"", "'servers' must be a list, not text; write it in brackets"),
    Bad("directory", "[directory]\nservers = [\"ldaps://a\", ‸1]", "'servers' must be text, not a whole number"),
    Bad(
      "directory", directory + "starttls = ‸\"yes\"",
      "'starttls' must be true or false, not text; write it without quotes"),
    Bad(
      "directory", directory + "page_size = ‸\"500\"",
      "'page_size' must be a whole number, not text; write, say: page_size = 500"),
    Bad("directory", directory + "page_size = ‸5.5", "'page_size' must be a whole number, not a fraction"),
    Bad("directory", directory + "identity = ‸1979-05-27", "'identity' must be text, not a date"),
    Bad("users", users + "name = ‸true", "'name' must be text, not true or false"),
    Bad(
      "users", "[[users]]\nbase=\"dc=a\"\nfilter=\"(a=b)\"\nextension = {number=‸12, first_name=\"f\"}",
      "'extension.number' must be text, not a whole number"),
  ])
  func `the wrong type`(_ bad: Bad) { expect(bad) }

  @Test(arguments: [
    Bad("directory", directory + "page_size = ‸-1", "'page_size' is -1; write a number from 0 to 10000"),
    Bad(
      "directory", directory + "page_size = ‸9223372036854775807", "'page_size' is 9223372036854775807; write a number"),
    Bad(
      "directory", directory + "identity = ‸\"user id\"", "\"user id\" isn't an attribute's name; write one, such as"),
    Bad(
      "directory", directory + "identity = \"uid\"\nidentity_syntax = ‸\"uuid\"",
      "'identity_syntax' can't be \"uuid\"; write one of: auto, text, guid, octets"),
    Bad(
      "directory", directory + "identity_syntax = ‸\"text\"",
      "there is an 'identity_syntax' without 'identity'; add the attribute, or remove it"),
    Bad(
      "users", users + "disabled = ‸\"no\"", "'disabled' can't be \"no\"; write auto, never or a filter in parentheses"),
    Bad("users", users + "disabled = ‸\"(a=b\"", "the filter's parentheses don't balance"),
    Bad("directory", directory + "canaries = [‸\"switchboard\"]", "\"switchboard\" isn't a DN"),
    Bad(
      "directory", "[directory]\nservers = [\"ldaps://a\", ‸\"ldaps://a\"]",
      "\"ldaps://a\" is in 'servers' twice; remove one"),
    Bad("directory", directory + "ca_file = ‸\"/nonexistent/ca.pem\"", "/nonexistent/ca.pem can't be read"),
    Bad("users", users + "scope = ‸\"subtree\"", "'scope' can't be \"subtree\"; write one of: sub, one, base"),
    Bad("users", users + "name = ‸\"\"", "'name' must not be empty"),
    Bad("users", users + "name = ‸\"a\\u0000b\"", "'name' must not have control characters"),
    Bad("numbers", "[numbers]\ncountry = ‸\"de\"", "\"de\" isn't a country code; write two capital letters"),
    Bad(
      "numbers", numbers + "extension_ranges = [\"1000-1999\", ‸\"2000-100\"]", "\"2000-100\" isn't a range of numbers"),
    Bad("numbers", numbers + "area = ‸\"0 30\"", "\"0 30\" isn't an area code; write only its digits"),
    Bad("numbers", numbers + "ddi = ‸\"+49 30 9018 0000-4999\"", "'ddi' must be a list, not text"),
    Bad(
      "names", "[names]\ntransliterate = ‸\"latin\"", "'transliterate' can't be \"latin\"; write one of: none, ascii,"),
    Bad(
      "names", "[names]\nfirst_name = { characters = ‸0 }", "'characters' is 0; write a number from 1 to 255"),
    Bad("names", "[names]\ncompany = { bytes = ‸\"9\" }", "'bytes' must be a whole number, not text"),
    Bad("names", "[names]\nlast_name = ‸32", "'last_name' must be a section, not a whole number"),
    Bad(
      "names", "[names]\nlast_name = { ‸byte = 32 }", "unknown key 'byte' in [names.last_name]; did you mean 'bytes'?"),
    Bad("sites", "‸[[sites]]\nbase = \"ou=a\"", "[[sites]] has no 'name'; add, say: name = \"berlin\""),
    Bad("sites", "‸[[sites]]\nname = \"a\"", "[[sites]] doesn't select its entries"),
    Bad("sites", "‸[[sites]]\nname = \"a\"\nattribute = \"l\"", "there is an 'attribute' without a 'value'"),
    Bad("sites", "‸[[sites]]\nname = \"a\"\nvalue = \"l\"", "there is a 'value' without an 'attribute'"),
    Bad(
      "sites", "‸[[sites]]\nname = \"a\"\nbase = \"ou=a\"\nattribute = \"l\"\nvalue = \"b\"",
      "[[sites]] has a 'base' and an 'attribute'; keep one"),
    Bad("sites", "[[sites]]\nname = \"a\"\nbase = ‸\"a\"", "\"a\" isn't a DN"),
    Bad(
      "sites", "[[sites]]\nname = \"a\"\nattribute = ‸\"l=b\"\nvalue = \"b\"",
      "\"l=b\" isn't an attribute's name"),
    Bad(
      "sites", "[[sites]]\nname = \"a\"\nbase = \"ou=a\"\ncountry = ‸\"Germany\"", "\"Germany\" isn't a country code"),
    Bad(
      "sites", "‸[[sites]]\nname = \"a\"\nbase = \"ou=a\"\n[[sites]]\nname = \"a\"\nbase = \"ou=b\"",
      "there are two [[sites]] with the name \"a\""),
    Bad("numbers", numbers + "protected = [‸\"110-1\"]", "\"110-1\" isn't a range of numbers"),
    Bad("numbers", numbers + "protected = [\"110\", ‸\"110\"]", "\"110\" is in 'protected' twice"),
    Bad("pbx", pbx + "tls_pin = ‸\"sha256//abc=\"", "'tls_pin' isn't the hash of a public key"),
    Bad("pbx", pbx + "tls_pin = ‸\"sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"", "'tls_pin' isn't the hash"),
    Bad(
      "pbx", pbx + "tls_pin = ‸\"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;\"", "'tls_pin' isn't the hash"),
    Bad("pbx", pbx + "max_in_flight = ‸65", "'max_in_flight' is 65; write a number from 1 to 64"),
    Bad("pbx", pbx + "max_query_bytes = ‸255", "'max_query_bytes' is 255; write a number from 256 to 65536"),
    Bad("pbx", pbx + "retries = ‸-1", "'retries' is -1; write a number from 0 to 10"),
    Bad("pbx", pbx + "parameters = ‸\"body\"", "'parameters' can't be \"body\"; write one of: query, form"),
    Bad("pbx", pbx + "protocol.delete_contact_key = ‸7", "'delete_contact_key' must be text"),
    Bad("removal", "[removal]\nmax_percent = ‸101", "'max_percent' is 101; write a number from 0 to 100"),
    Bad("removal", "[removal]\ncomplete_reads = ‸0", "'complete_reads' is 0; write a number from 1 to 1000"),
    Bad("state", "[state]\ndirectory = ‸\"var\"", "\"var\" isn't an absolute path; begin it with /"),
    Bad("metrics", "[metrics]\ntextfile = ‸\"x.prom\"", "\"x.prom\" isn't an absolute path"),
    Bad("metrics", "[metrics]\ntextfile = ‸\"/tmp/x\"", "\"/tmp/x\" doesn't end in .prom"),
    Bad("metrics", "[metrics]\ntextfile = ‸\"/nowhere/x.prom\"", "there is no folder /nowhere"),
  ])
  func `a value out of bounds`(_ bad: Bad) { expect(bad) }

  @Test(arguments: [
    Bad("schedule", "[schedule]\npoll = ‸60", "'poll' has no unit; write, say: poll = \"60s\", with s, m, h or d"),
    Bad("schedule", "[schedule]\npoll = ‸\"60\"", "\"60\" isn't a duration; write a whole number with s, m, h or d"),
    Bad("schedule", "[schedule]\npoll = ‸\"s\"", "\"s\" isn't a duration"),
    Bad("schedule", "[schedule]\npoll = ‸\"-5s\"", "\"-5s\" isn't a duration"),
    Bad("schedule", "[schedule]\npoll = ‸\"1.5h\"", "\"1.5h\" isn't a duration"),
    Bad("schedule", "[schedule]\npoll = ‸\"5 m\"", "\"5 m\" isn't a duration"),
    Bad("schedule", "[schedule]\npoll = ‸\"٣s\"", "\"٣s\" isn't a duration"),
    Bad("schedule", "[schedule]\npoll = ‸5m", "this isn't TOML"),
    Bad("schedule", "[schedule]\npoll = ‸\"9999999999999999999d\"", "\"9999999999999999999d\" is too long a duration"),
    Bad("schedule", "[schedule]\npoll = ‸\"999999999999999999d\"", "\"999999999999999999d\" is too long a duration"),
    Bad("schedule", "[schedule]\npoll = ‸\"0s\"", "'poll' is 0s; write a duration from 1s to 366d"),
    Bad("schedule", "[schedule]\npoll = \"7h\"\nfull = ‸\"360m\"", "'full' (6h) is shorter than 'poll' (7h)"),
    Bad("schedule", "[schedule]\npoll = ‸\"7h\"", "'full' (6h) is shorter than 'poll' (7h)"),
  ])
  func `a bad duration`(_ bad: Bad) {
    // toml++ points into a number, at the first character that doesn't belong to it.
    if bad.finding == "this isn't TOML" {
      #expect(
        complaints(configuration(bad.part, unmarked(bad.text).text)).first?.hasPrefix("2:9: this isn't TOML: ") == true)
    } else {
      expect(bad)
    }
  }

  @Test(arguments: [
    ("after = 24h", "after"), ("country = DE", "country"), ("servers = [ldap://a]", "servers"), ("a = [1,,2]", nil),
    ("a = \"\\q\"", nil), ("a = ", nil), ("a = \"x", nil),
  ])
  func `a value without its quotes, with what to write`(text: String, key: String?) throws {
    let found = try #require(complaints(text).first)
    #expect(found.contains("; put text and durations in quotes: \(key ?? "") = ") == (key != nil), "\(found)")
  }

  @Test(arguments: [
    ("uid=*", "the filter doesn't begin with ("), ("((uid=*)", "the filter's parentheses don't balance"),
    ("(uid=*))", "the filter's parentheses don't balance after \"(uid=*)\""),
    ("(uid=*)(cn=*)", "the filter's parentheses don't balance after \"(uid=*)\""), ("(", "the filter's parentheses"),
  ])
  func `a filter whose parentheses don't balance`(filter: String, finding: String) {
    let text = "[[users]]\nbase = \"dc=a\"\nfilter = ‸\"\(filter)\"\nextension = {number = \"1\", first_name = \"f\"}"
    expect(Bad("users", text, finding))
  }

  @Test(arguments: [
    "a = \"x", "a = 1\na = 2", "[a", "a = \"\\q\"", "[directory]\n[directory]", "a.b = 1\na = 2", "x", "=",
    "a = [1,,2]",
  ])
  func `invalid TOML`(text: String) throws {
    let found = complaints(text)
    #expect(found.count == 1)
    #expect(try #require(found.first).wholeMatch(of: /\d+:\d+: this isn't TOML: [^\n]+/) != nil, "\(found)")
  }

  @Test func `all errors at once, in the order of the file`() {
    let found = complaints(
      """
      [pbx]
      url = "ftp://a"
      [directory]
      page_size = -1
      starttsl = true
      [[users]]
      base = "people"
      """)
    #expect(
      found.map { String($0.prefix { $0 != ";" }) } == [
        "[numbers] has no 'country'".withoutPlace,
        "1:1: [pbx] has no 'security_key_file'",
        "2:7: this isn't a URL that can be used here",
        "3:1: [directory] has no 'servers'",
        "4:13: 'page_size' is -1",
        "5:1: unknown key 'starttsl' in [directory]",
        "6:1: [[users]] has no 'filter'",
        "6:1: [[users]] has no 'extension.number'",
        "6:1: [[users]] has no 'extension.first_name'",
        "7:8: \"people\" isn't a DN",
      ])
  }

  @Test func `a section of the wrong type isn't reported to lack its keys`() {
    #expect(
      complaints(configuration("pbx", "pbx = 3")) == ["1:7: 'pbx' must be a section, not a whole number; write [pbx]"])
  }

  @Test(arguments: ["", "users = []\n", "contacts = []\n"])
  func `a configuration without any source`(_ text: String) {
    #expect(
      complaints(configuration("users", text)).map { $0.prefix { $0 != ";" } } == [
        " there is no [[users]] and no [[contacts]]"
      ])
  }

  private func expect(_ bad: Bad, location: SourceLocation = #_sourceLocation) {
    let (text, place) = unmarked(bad.text)
    let found = complaints(configuration(bad.part, text))
    #expect(
      found.contains { $0.hasPrefix("\(place): \(bad.finding)") }, "at \(place), but: \(found)",
      sourceLocation: location)
  }
}

extension String {
  /// As `complaints` gives a finding about the file as a whole.
  fileprivate var withoutPlace: String { " " + self }
}
