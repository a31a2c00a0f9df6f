import Domain
import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `The sample` {
  private let text: String

  init() throws {
    text = try String(contentsOf: package.appending(path: "etc/pbxsyncd/pbxsyncd.toml"), encoding: .utf8)
  }

  @Test func `is valid as it stands`() throws {
    let it = try Configuration.load(
      file: package.appending(path: "etc/pbxsyncd/pbxsyncd.toml").path(), credentialsDirectory: nil, stateDirectory: nil
    )
    #expect(it.directory.servers == ["ldaps://ldap1.example.com", "ldaps://ldap2.example.com"])
    #expect(it.directory.bindDN == "cn=pbxsyncd,ou=services,dc=example,dc=com")
    #expect(it.directory.bindPasswordFile == package.appending(path: "etc/pbxsyncd/ldap-password").path())
    #expect(it.directory.canaries == ["uid=switchboard,ou=people,dc=example,dc=com"])
    #expect(it.directory.identity == nil && it.directory.identitySyntax == nil)
    #expect(it.directory.pageSize == 500)
    #expect(it.directory.connectTimeout == .seconds(10))
    #expect(it.directory.operationTimeout == .seconds(600))
    #expect(it.directory.idleTimeout == .seconds(30))
    #expect(it.users.map(\.name) == ["ou=people,dc=example,dc=com"])
    #expect(it.users.map(\.filter) == ["(&(objectClass=inetOrgPerson)(telephoneNumber=*))"])
    #expect(it.users.map(\.scope) == [.sub])
    #expect(it.users.map(\.disabled) == [.auto])
    #expect(it.users.map(\.number.text) == ["{telephoneNumber | extension}"])
    #expect(it.users.map(\.callerID?.text) == ["{telephoneNumber | extension | e164}"])
    #expect(it.contacts.map { $0.numbers.map(\.text) } == [["{telephoneNumber}", "{mobile}"]])
    #expect(
      it.contacts.map { $0.numbers.map(\.key) } == [
        ["contacts[0].contact.numbers[0]", "contacts[0].contact.numbers[1]"]
      ])
    #expect(it.contacts.map(\.company?.text) == ["{o}"])
    #expect(it.numbers.country == "DE")
    #expect(!it.numbers.plus)
    #expect(it.numbers.policy.extensionRanges.map(\.description) == ["1000-1999", "4000-4999"])
    #expect(it.numbers.policy.protected.map(\.description) == ["1000", "8000-8999"])
    #expect(it.names.transliterate == nil && it.names.firstName.characters == nil && it.names.company.bytes == nil)
    #expect(it.sites.isEmpty && it.numbers.area == nil)
    #expect(it.numbers.ddi.map(\.text) == ["+49 30 9018 0000-4999"])
    #expect(it.pbx.url == "https://192.0.2.4:8000/api.aspx")
    #expect(it.pbx.securityKeyFile == package.appending(path: "etc/pbxsyncd/pbx-key").path())
    #expect(it.pbx.tlsPin == nil && it.pbx.caFile == nil && !it.pbx.allowPlaintext)
    #expect(it.pbx.connectTimeout == .seconds(10) && it.pbx.requestTimeout == .seconds(30))
    #expect(it.pbx.maxInFlight == 4 && it.pbx.maxQueryBytes == 2048 && it.pbx.retries == 3)
    #expect(!it.pbx.hasHTTPVersion)
    #expect(it.pbx.parameters == .query && it.pbx.protocol == .default)
    #expect(it.alerts.isEmpty && it.alerts.smtp.text == "smtp://localhost" && !it.alerts.allowPlaintext)
    #expect(it.schedule.poll == .seconds(60))
    #expect(it.schedule.full == .seconds(21_600))
    #expect(it.schedule.runLimit == .seconds(3_600))
    #expect(it.removal == RemovalPolicy(completeReads: 2, after: 86_400, maxCount: 25, maxPercent: 10))
    #expect(it.state.directory == "/var/lib/pbxsyncd")
  }

  @Test func `shows each default as it is`() throws {
    var plain = try read(text)
    let shown = try read(uncommented { !$0.contains("example") })
    plain.digest = shown.digest
    #expect(shown == plain)
  }

  @Test func `has examples that are valid`() throws {
    let folder = try TemporaryFolder()
    try folder.write("ldap-ca.pem", "")
    try folder.write("pbx-ca.pem", "")
    try folder.write("mail-ca.pem", "")
    try folder.write("ldap-client.pem", "")
    try folder.write("excluded", "")
    let it = try read(uncommented { _ in true }, file: folder.path + "/pbxsyncd.toml")
    #expect(it.directory.caFile == folder.path + "/ldap-ca.pem")
    #expect(it.alerts.mailTo == ["pbx-admins@example.com"] && it.alerts.caFile == folder.path + "/mail-ca.pem")
    #expect(it.alerts.login?.passwordFile == folder.path + "/smtp-password")
    #expect(it.alerts.webhookFile == folder.path + "/alerts-webhook")
    #expect(it.pbx.tlsPin?.hasPrefix("sha256//") == true)
    #expect(it.users.map(\.name) == ["people"])
    #expect(it.sites.map(\.name) == ["hamburg", "vienna"] && it.sites.map(\.country?.text) == [nil, "AT"])
    #expect(it.sites[0].ddi.map(\.text) == ["+49 40 5555 000-999"] && it.numbers.area?.text == "30")
    #expect(it.names.firstName == .init(characters: 32, bytes: 64) && it.names.lastName.bytes == nil)
  }

  @Test func `has every key that there is`() throws {
    let keys = Set(text.matches(of: /(?m)^(?:# )?((?:extension\.|contact\.)?[a-z_]+) *=/).map { String($0.1) })
    let known = try Set(
      knownKeys().flatMap { section, keys in
        let prefix = ["users.extension": "extension.", "contacts.contact": "contact."][section] ?? ""
        return keys.map { prefix + $0 }
      })
    // Sections, text within braces, and keys that no longer have an effect.
    let others: Set = ["extension", "contact", "protocol", "characters", "bytes", "write", "http_version"]
    #expect(keys == known.subtracting(others))
  }

  /// The sample with those commented keys put into force that `isWanted`.
  private func uncommented(_ isWanted: (Substring) -> Bool) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.firstMatch(of: /^# ([a-z_]+ = .|\[)/) != nil && isWanted(line) ? String(line.dropFirst(2)) : String(line)
    }.joined(separator: "\n")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The sample of several PBXs` {
  @Test func `is valid, has one directory, and shares no number and no person`() throws {
    let all = try ["berlin", "hamburg"].map { name in
      try Configuration.load(
        file: package.appending(path: "etc/several-pbxs/\(name)/pbxsyncd.toml").path(), credentialsDirectory: nil,
        stateDirectory: nil)
    }
    #expect(all[0].directory.servers == all[1].directory.servers)
    #expect(Set(all.flatMap(\.users).map(\.filter)).count == 2 && Set(all.map(\.pbx.url)).count == 2)
    let ranges = all.map(\.numbers.policy.extensionRanges)
    for range in ranges[0] {
      #expect(!ranges[1].contains { $0.contains(range.first) || range.contains($0.first) })
    }
  }
}

/// The keys of each section, as the reader itself names them to someone who gets one wrong.
func knownKeys() throws -> [String: [String]] {
  let wrong = "qqqqqqqqqqqqqqqqqqqqqqqq = 1\n"
  let sections = [
    "directory", "directory.write", "users", "users.extension", "contacts", "contacts.contact", "numbers", "sites",
    "names",
    "names.first_name", "pbx", "pbx.protocol",
    "schedule", "removal", "update", "addition", "state", "alerts", "privacy", "metrics",
  ]
  let text = sections.map { section in
    ["users", "contacts", "sites"].contains(section) ? "[[\(section)]]\n\(wrong)" : "[\(section)]\n\(wrong)"
  }.joined()
  var known: [String: [String]] = [:]
  let found = complaints(text).filter { $0.contains("unknown key") }
  for (section, finding) in zip(sections, found) {
    let list = try #require(finding.split(separator: "known here: ").last)
    known[section] = list.split(separator: ", ").map(String.init)
  }
  return known
}
