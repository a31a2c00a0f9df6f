import Foundation
import TestSupport
import Testing

/// pbxsyncd as an admin has it: a real slapd, a simulated PBX, a configuration, secrets and a state folder.
final class Installation: Sendable {
  let slapd: Slapd
  let pbx: Simulator
  let folder: TemporaryFolder

  var configurationFile: String { folder.path + "/pbxsyncd.toml" }
  var stateFolder: String { folder.path + "/state" }
  var ledgerFile: String { stateFolder + "/ledger.sqlite" }

  static let people = "ou=people,dc=example,dc=com"
  static let partners = "ou=partners,dc=example,dc=com"

  /// - Parameters:
  ///   - people: LDIF of the entries to begin with, beside the two organisational units.
  ///   - tls: whether the PBX speaks HTTPS.
  ///   - certificateDays: how long the directory's certificates hold.
  init(
    _ people: String = "", slapd config: String = "", globals: String = "", tls: Bool = false,
    certificateDays: Int = 60,
    simulator: [String] = []
  ) async throws {
    folder = try TemporaryFolder()
    slapd = try await Slapd.start(
      ldif: Self.base + people, config: config, globals: globals, certificateDays: certificateDays)
    pbx = try await Simulator.start(tls: tls, arguments: simulator)
    try FileManager.default.createDirectory(atPath: stateFolder, withIntermediateDirectories: true)
    try write("ldap-password", slapd.password)
    try write("pbx-key", pbx.key)
    try configure()
  }

  /// Writes a file of the configuration, readable by its owner alone.
  func write(_ name: String, _ text: String) throws { try folder.write(name, text) }

  /// Writes the configuration: each section as given, or as it is by default.
  func configure(
    servers: [String]? = nil, directory: String = "", users: String = Settings.users,
    contacts: String = Settings.contacts, numbers: String = "", pbx: String = "", schedule: String = "",
    removal: String = Settings.eager, limits: String = Settings.generous, state: String = ""
  ) throws {
    let list = (servers ?? [slapd.ldapURI]).map { "\"\($0)\"" }.joined(separator: ", ")
    let trust = self.pbx.tls.map { "ca_file = \"\($0.caFile)\"" } ?? ""
    try write(
      "pbxsyncd.toml",
      """
      [directory]
      servers = [\(list)]
      bind_dn = "\(slapd.rootDN)"
      bind_password_file = "ldap-password"
      \(directory)
      \(users)
      \(contacts)
      [numbers]
      country = "DE"
      \(numbers)
      [pbx]
      url = "\(self.pbx.url)"
      security_key_file = "pbx-key"
      \(trust)
      \(pbx.contains("probe") ? "" : "probe = \"never\"")
      \(pbx)
      [schedule]
      \(schedule)
      [removal]
      \(removal)
      \(limits)
      [state]
      directory = "\(stateFolder)"
      \(state)
      """)
  }

  /// Has it read the directory as anybody may: the server's own admin passes every access rule.
  func bindAnonymously() throws {
    try write(
      "pbxsyncd.toml",
      try configuration().replacing("bind_dn = \"\(slapd.rootDN)\"", with: "")
        .replacing("bind_password_file = \"ldap-password\"", with: ""))
  }

  func configuration() throws -> String { try String(contentsOfFile: configurationFile, encoding: .utf8) }

  /// `pbxsyncd --sync-now --json`, and what it printed.
  @discardableResult
  func sync(_ options: String..., expecting status: Int32? = 0, at place: SourceLocation = #_sourceLocation)
    async throws -> Report
  {
    let finished = try await run(["--sync-now", "--json"] + options)
    if let status {
      #expect(finished.exitStatus == status, "\(finished.output)\(finished.errors)", sourceLocation: place)
    }
    return try JSONDecoder().decode(Report.self, from: Data(finished.output.utf8))
  }

  /// A person leaves the directory.
  func remove(_ name: String) async throws {
    try await slapd.modify("dn: \(uid(name))\nchangetype: delete\n\n")
  }

  /// A command of pbxsyncd, and all that it printed, in which `text` must be found.
  @discardableResult
  func command(
    _ words: String..., expecting status: Int32? = 0, saying text: String = "",
    at place: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let finished = try await run(words)
    let said = finished.output + finished.errors
    if let status { #expect(finished.exitStatus == status, "\(said)", sourceLocation: place) }
    if !text.isEmpty { #expect(said.contains(text), sourceLocation: place) }
    return said
  }

  /// pbxsyncd with its configuration and these options.
  ///
  /// - Parameter clock: what it takes for the clocks of the host, as PBXSYNCD_CLOCK says it.
  func run(_ options: [String], clock: String = "") async throws -> ChildProcess.Finished {
    let shifted = clock.isEmpty ? [] : ["/usr/bin/env", "PBXSYNCD_CLOCK=\(clock)"]
    let command = shifted + [Self.binary, "--config", configurationFile] + options
    // The modes of files hold for root too without its right to pass over them (capabilities(7)).
    let plain = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set", "-dac_override"] : []
    let all = plain + command
    return try await ChildProcess.run(all[0], Array(all.dropFirst()))
  }

  /// The calls that `body` leads to, as `updateExt 1001`, in an order that doesn't depend on which came first.
  func calls(_ body: () async throws -> Void) async throws -> [String] {
    try await pbx.resetLog()
    try await body()
    return try await pbx.log().flatMap { call in
      call.items.map { item in
        let number = item["ExtentionNumber"] ?? item["PhoneNumber"] ?? "?"
        let registered = item["RegisteredPhoneNumber"].map { $0 == number ? "" : "\($0) -> " } ?? ""
        return "\(call.action) \(registered)\(number)"
      }
    }
    .sorted()
  }

  /// A table of the PBX's extensions, as its own page exports it. Returns its path.
  ///
  /// - Parameter seconds: how much later than now its file's time is, which counts in whole seconds.
  func export(
    secondsLater seconds: Int = 1, _ edit: (inout [Simulator.Extension]) -> Void = { _ in }
  ) async throws -> String {
    var extensions = try await pbx.state().extensions
    edit(&extensions)
    let rows = extensions.map { "\($0.number);\($0.firstName);\($0.lastName);\($0.email);\($0.callerID)\r\n" }
    try write(
      "export.csv", "\u{FEFF}ExtentionNumber;FirstName;LastName;EmailAddress;OutboundCallerID\r\n" + rows.joined())
    try date(folder.path + "/export.csv", secondsLater: seconds)
    return folder.path + "/export.csv"
  }

  func date(_ file: String, secondsLater seconds: Int) throws {
    let date = Date.now.addingTimeInterval(TimeInterval(seconds))
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file)
  }

  static var binary: String {
    URL(fileURLWithPath: Simulator.binary).deletingLastPathComponent().appendingPathComponent("pbxsyncd").path
  }

  static let base = """
    dn: dc=example,dc=com
    objectClass: dcObject
    objectClass: organization
    dc: example
    o: Example

    dn: ou=people,dc=example,dc=com
    objectClass: organizationalUnit
    ou: people

    dn: ou=moved,ou=people,dc=example,dc=com
    objectClass: organizationalUnit
    ou: moved

    dn: ou=partners,dc=example,dc=com
    objectClass: organizationalUnit
    ou: partners


    """
}

/// The parts of a configuration that tests share.
enum Settings {
  static let users = """
    [[users]]
    base = "ou=people,dc=example,dc=com"
    filter = "(objectClass=inetOrgPerson)"
    extension.number = "{telephoneNumber | digits | last 4}"
    extension.first_name = "{givenName}"
    extension.last_name = "{sn}"
    extension.email = "{mail}"
    extension.caller_id = "{telephoneNumber | e164}"
    """

  static let contacts = """
    [[contacts]]
    base = "ou=partners,dc=example,dc=com"
    filter = "(objectClass=inetOrgPerson)"
    contact.numbers = ["{telephoneNumber}", "{mobile}"]
    contact.first_name = "{givenName}"
    contact.last_name = "{sn}"
    contact.company = "{o}"
    """

  /// One complete read is enough, nothing waits, and no limit holds: each test shows one thing.
  static let eager = """
    complete_reads = 1
    after = "0s"
    max_percent = 100
    """
}

extension Settings {
  /// No limit holds an update or an addition.
  static let generous = """
    [update]
    max_count = 1000000
    max_percent = 100
    [addition]
    max_count = 1000000
    max_percent = 100
    """
}

/// What `--json` prints, as far as tests look at it.
struct Report: Decodable {
  let status: Int32
  let summary: String
  let error: Message?
  let counts: Counts
  let changes: [Change]
  let conflicts: [Object]
  let problems: [Problem]
  let held: [Held]
  let waiting: [Object]
  let complete: Bool
  let mails: Int
  let directoryChanges: [Writing]

  enum CodingKeys: String, CodingKey {
    case status, summary, error, counts, changes, problems, held, waiting, complete, mails
    case conflicts = "in_the_way"
    case directoryChanges = "directory_changes"
  }

  struct Message: Decodable { let message, remedy: String }
  struct Counts: Decodable { let added, updated, deleted, failed, requests: Int }
  struct Change: Decodable {
    let action, kind, number: String
    let outcome: String?
    let fields: [Field]
  }
  struct Field: Decodable { let field, old, new: String }
  struct Object: Decodable {
    let kind, number, dn: String
    let reason: String?
  }
  struct Writing: Decodable {
    let dn, attribute, value: String
    let outcome, message: String?
  }
  struct Problem: Decodable { let dn, attribute, reason, remedy: String }
  struct Held: Decodable {
    let name, kind, action, limit: String
    let mails: Int
    let objects: [Object]
  }
}

/// LDIF of a person with an extension.
func person(_ uid: String, _ number: String, first: String? = nil, last: String = "Muster", extra: String = "")
  -> String
{
  """
  dn: uid=\(uid),ou=people,dc=example,dc=com
  objectClass: inetOrgPerson
  uid: \(uid)
  cn: \(first ?? uid) \(last)
  givenName: \(first ?? uid)
  sn: \(last)
  mail: \(uid)@example.com
  telephoneNumber: +49 30 9018 \(number)
  \(extra)

  """
}

/// LDIF of a person without a number in the directory.
func unnumbered(_ uid: String) -> String {
  person(uid, "").replacing("telephoneNumber: +49 30 9018 \n", with: "")
}

/// LDIF of an external contact.
func partner(_ cn: String, _ number: String, company: String = "Partner", extra: String = "") -> String {
  """
  dn: cn=\(cn),ou=partners,dc=example,dc=com
  objectClass: inetOrgPerson
  cn: \(cn)
  givenName: \(cn)
  sn: Extern
  o: \(company)
  telephoneNumber: \(number)
  \(extra)

  """
}

/// LDIF that changes one attribute of an entry.
func replace(_ dn: String, _ attribute: String, _ value: String) -> String {
  """
  dn: \(dn)
  changetype: modify
  replace: \(attribute)
  \(attribute): \(value)


  """
}

func uid(_ uid: String) -> String { "uid=\(uid),ou=people,dc=example,dc=com" }
func cn(_ cn: String) -> String { "cn=\(cn),ou=partners,dc=example,dc=com" }
