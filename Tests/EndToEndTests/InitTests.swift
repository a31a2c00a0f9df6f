import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The command init` {
  /// A directory, and a folder for what init writes.
  private final class Place: Sendable {
    let slapd: Slapd
    let folder: TemporaryFolder
    var file: String { folder.path + "/new/pbxsyncd.toml" }

    init(_ ldif: String, config: String = "", globals: String = "") async throws {
      slapd = try await Slapd.start(ldif: ldif, config: config, globals: globals)
      folder = try TemporaryFolder()
      try FileManager.default.createDirectory(atPath: folder.path + "/new", withIntermediateDirectories: true)
      try folder.write("password", slapd.password + "\n")
    }

    var binding: [String] { ["--bind-dn", slapd.rootDN, "--password-file", folder.path + "/password"] }

    func run(_ words: [String]) async throws -> ChildProcess.Finished {
      let plain = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set", "-dac_override"] : []
      let all = plain + [Installation.binary] + words
      return try await ChildProcess.run(all[0], Array(all.dropFirst()))
    }

    func initialize(_ words: String...) async throws -> ChildProcess.Finished {
      try await run(["init", slapd.ldapURI, "--out", file, "--yes"] + words)
    }

    func text() throws -> String { try String(contentsOfFile: file, encoding: .utf8) }

    func conflicts() async throws -> String { try await output(of: "conflicts") }

    func free() async throws -> String { try await output(of: "free") }

    private func output(of command: String) async throws -> String {
      try await ChildProcess.run(
        Installation.binary, ["--config", file, command],
        environment: ["STATE_DIRECTORY": folder.path + "/state", "TMPDIR": folder.path, "PATH": "/usr/bin:/bin"]
      ).output
    }

    /// The dry run of the written configuration, unedited but for a state folder that a test may use.
    func dryRun() async throws -> Report {
      let finished = try await ChildProcess.run(
        Installation.binary, ["--config", file, "--sync-now", "--dry-run", "--json"],
        environment: ["STATE_DIRECTORY": folder.path + "/state", "TMPDIR": folder.path, "PATH": "/usr/bin:/bin"])
      return try JSONDecoder().decode(Report.self, from: Data(finished.output.utf8))
    }
  }

  @Test func `writes a configuration for a grown directory that works unedited`() async throws {
    let directory = GrownDirectory(seed: 18)
    let it = try await Place(directory.ldif, config: "limits dn.exact=cn=admin,dc=example,dc=com size=unlimited")
    let said = try await it.run(
      ["init", it.slapd.ldapURI, "--out", it.file, "--yes"] + it.binding)
    #expect(said.exitStatus == 0, "\(said.output)\(said.errors)")
    let text = try it.text()
    #expect(text.contains("people with an extension have telephoneNumber"))
    #expect(!text.contains(it.slapd.password) && !said.output.contains(it.slapd.password))

    let report = try await it.dryRun()
    let added = Dictionary(grouping: report.changes.filter { $0.action == "add" }, by: \.kind)
    let numbers = added["extension"]?.map(\.number) ?? []
    // Nobody gets a number that isn't his, and nearly everybody gets his own.
    #expect(Set(numbers).subtracting(directory.extensions.values) == [])
    #expect(numbers.count == directory.extensions.count)
    #expect(added["contact"]?.count == directory.contacts)
    #expect(report.complete)
    let preview = "\(numbers.count) extensions, \(directory.contacts) contacts"
    #expect(said.output.contains(preview), "the counts of the run that follows: \(said.output)")
  }

  /// The lowest free number of all is another site's.
  @Test func `gives each site its own blocks, so that conflicts proposes its own numbers`() async throws {
    let units = ["berlin", "hamburg"].map {
      "dn: ou=\($0),\(Installation.people)\nobjectClass: organizationalUnit\nou: \($0)\n\n"
    }
    func employee(_ uid: String, _ unit: String, _ number: String) -> String {
      person(uid, "0").replacing("ou=people", with: "ou=\(unit),ou=people").replacing("+49 30 9018 0", with: number)
    }
    let berlin = (1000...1019).map { employee("b\($0)", "berlin", "+49 30 9018 \($0)") }
    let hamburg = (3000...3019).map { employee("h\($0)", "hamburg", "+49 40 5555 \($0)") }
    let twin = employee("twin", "hamburg", "+49 40 5555 3000")
    let it = try await Place(Installation.base + (units + berlin + hamburg + [twin]).joined())
    let said = try await it.run(["init", it.slapd.ldapURI, "--out", it.file, "--yes"] + it.binding)
    #expect(said.exitStatus == 0, "\(said.output)\(said.errors)")
    let text = try it.text()
    #expect(
      text.contains("base = \"ou=hamburg,ou=people,dc=example,dc=com\"\nddi = [\"+49 40 5555 3000-3099\"]"), "\(text)")
    let conflicts = try await it.conflicts()
    #expect(!conflicts.contains("30 9018"), "\(conflicts)")
    try await it.slapd.modify(employee("new", "hamburg", "3000").ldapAdd)
    let later = try await it.conflicts()
    #expect(!later.contains("30 9018") && later.contains("3000"), "\(later)")
  }

  @Test func `protects the numbers of entries that get no extension`() async throws {
    let people = (1000...1029).map { person("p\($0)", String($0)) }.joined()
    let lift = "dn: cn=Zentrale,dc=example,dc=com\nobjectClass: organizationalRole\ncn: Zentrale\n"
    let it = try await Place(Installation.base + people + lift + "telephoneNumber: +49 30 9018 1050\n\n")
    let said = try await it.run(["init", it.slapd.ldapURI, "--out", it.file, "--yes"] + it.binding)
    #expect(said.exitStatus == 0, "\(said.output)\(said.errors)")
    let text = try it.text()
    #expect(
      text.contains("# 1050: telephoneNumber of cn=Zentrale,dc=example,dc=com\nprotected = [\"1050\"]"), "\(text)")
    #expect(text.contains("canaries = [\"cn=Zentrale,dc=example,dc=com\"]"), "\(text)")
    #expect(try await it.dryRun().changes.count == 30)
  }

  /// The entry without a given name may be the room, or somebody who answers the phone there.
  @Test func `protects the number of an excluded entry, also if a person has it too`() async throws {
    func nameless(_ uid: String, _ number: String) -> String {
      person(uid, number).replacing("givenName: \(uid)\n", with: "")
    }
    let people = (1000...1029).map { person("p\($0)", String($0)) }
    let rooms = [nameless("room", "1000"), nameless("lab", "1040")]
    let it = try await Place(Installation.base + (people + rooms).joined())
    let said = try await it.run(["init", it.slapd.ldapURI, "--out", it.file, "--yes"] + it.binding)
    #expect(said.exitStatus == 0, "\(said.output)\(said.errors)")
    let text = try it.text()
    #expect(text.contains("exclude = \"(!(givenName=*))\""), "\(text)")
    #expect(text.contains("protected = [\"1000\", \"1040\"]"), "\(text)")
    #expect(text.contains("1000: telephoneNumber of uid=room,"), "\(text)")
    #expect(
      text.replacing("\n# ", with: " ").contains("uid=p1000,ou=people,dc=example,dc=com has it too, and gets"),
      "\(text)")
    #expect(!text.contains("no usable number"), "\(text)")
    let added = try await it.dryRun().changes.map(\.number)
    #expect(Set(added) == Set((1001...1029).map(String.init)))
    // A room that is furnished later.
    try await it.slapd.modify(nameless("later", "1030").ldapAdd)
    #expect(try await !it.free().contains("1030"))
  }

  @Test func `writes ranges of internal numbers no wider than their smallest group`() async throws {
    let people = (1001...1029).map { person("p\($0)", "").replacing("+49 30 9018 ", with: String($0)) }
    let it = try await Place(Installation.base + people.joined())
    let said = try await it.run(["init", it.slapd.ldapURI, "--out", it.file, "--yes"] + it.binding)
    #expect(said.exitStatus == 0, "\(said.output)\(said.errors)")
    let text = try it.text()
    #expect(text.contains("extension_ranges = [\"1000-1099\"]"), "\(text)")
    #expect(try await it.dryRun().changes.count == 29)
  }

  @Test func `shows two people with one number as the run makes them`() async throws {
    let people = (1000...1029).map { person("p\($0)", String($0)) } + [person("twin", "1000")]
    let it = try await Place(Installation.base + people.joined())
    let said = try await it.run(["init", it.slapd.ldapURI, "--out", it.file, "--yes"] + it.binding)
    #expect(said.output.contains("30 extensions, 0 contacts"), "\(said.output)")
    #expect(said.output.split(separator: "\n").count { $0.hasPrefix("  1000  ") } == 1, "\(said.output)")
    #expect(said.output.contains("give one of the two another number in the directory"), "\(said.output)")
    #expect(try await it.dryRun().changes.count == 30)
  }

  @Test(arguments: [80, 40]) func `asks five questions at most, and never shows the password`(columns: Int) async throws
  {
    let it = try await Place(Installation.base + (1000...1019).map { person("p\($0)", String($0)) }.joined())
    let (status, screen) = try await TerminalSession.run(
      [Installation.binary, "init", it.slapd.ldapURI, "--out", it.file], columns: columns,
      answers: [
        ("Bind DN", it.slapd.rootDN), ("Password", it.slapd.password),
        ("PBX's API", "https://pbx.example.net:8000/api.aspx"),
      ])
    #expect(status == 0, "\(screen)")
    #expect(!screen.contains(it.slapd.password))
    #expect(!screen.contains("not asked"))
    let text = try it.text()
    #expect(text.contains("url = \"https://pbx.example.net:8000/api.aspx\""))
    #expect(text.contains("bind_password_file = \"ldap-password\"") && !text.contains(it.slapd.password))
    let password = it.folder.path + "/new/ldap-password"
    #expect(try String(contentsOfFile: password, encoding: .utf8) == it.slapd.password + "\n")
    #expect(try FileManager.default.attributesOfItem(atPath: password)[.posixPermissions] as? Int == 0o600)
    #expect(try await it.dryRun().changes.count == 20)
  }

  @Test func `keeps what was there: it overwrites a file only after a yes`() async throws {
    let it = try await Place(Installation.base + person("ann", "1001"))
    try it.folder.write("new/pbxsyncd.toml", "mine")
    let refused = try await it.initialize()
    #expect(refused.exitStatus == 1)
    #expect(refused.errors.contains("exists and stays as it is: name another file: --out FILE"))
    #expect(try it.text() == "mine")

    let (status, screen) = try await TerminalSession.run(
      [Installation.binary, "init", it.slapd.ldapURI, "--out", it.file],
      answers: [("Replace it?", "y"), ("Bind DN", ""), ("How many digits", ""), ("PBX's API", "")])
    #expect(status == 0, "\(screen)")
    #expect(try it.text().contains("[[users]]"))
    #expect(try String(contentsOfFile: it.file + ".before-init", encoding: .utf8) == "mine")
  }

  @Test func `replaces the untouched sample of the package`() async throws {
    let it = try await Place(Installation.base + person("ann", "1001"))
    let sample = try String(contentsOfFile: "etc/pbxsyncd/pbxsyncd.toml", encoding: .utf8)
    try it.folder.write("new/pbxsyncd.toml", sample)
    #expect(try await it.initialize().exitStatus == 0)
    #expect(try String(contentsOfFile: it.file + ".before-init", encoding: .utf8) == sample)
  }

  @Test func `names the next step if it can't go on`() async throws {
    let people = Installation.base + person("ann", "1001")
    let closed = try await Place(people, config: "access to * by anonymous auth by * none")
    let locked = try await Place(people, globals: "disallow bind_anon")
    let empty = try await Place(Installation.base)
    let mobile = try await Place(
      Installation.base + person("ann", "").replacing("telephoneNumber: +49 30 9018 ", with: "mobile: +49 171 3920012"))

    let anonymous = try await closed.initialize()
    #expect(anonymous.exitStatus == 77)
    #expect(anonymous.errors.contains("--bind-dn DN --password-file FILE"))

    let hidden = try await Place(people, globals: "access to dn.base=\"\" by * none")
    let blind = try await hidden.initialize()
    #expect(blind.exitStatus != 0 && blind.errors.contains("--bind-dn DN --password-file FILE"), "\(blind.errors)")

    let refused = try await locked.initialize()
    #expect(refused.exitStatus == 77)
    #expect(refused.errors.contains("\(locked.slapd.ldapURI) as anonymous: "), "\(refused.errors)")

    try closed.folder.write("password", "xyzzy")
    let wrong = try await closed.run(["init", closed.slapd.ldapURI, "--out", closed.file, "--yes"] + closed.binding)
    #expect(wrong.exitStatus == 77)
    #expect(wrong.errors.contains("check --bind-dn and the password") && !wrong.errors.contains("xyzzy"))

    let unreadable = try await closed.run(
      ["init", closed.slapd.ldapURI, "--out", closed.file, "--yes", "--bind-dn", "reader", "--password-file"]
        + [closed.folder.path + "/password"])
    #expect(
      unreadable.exitStatus == 77 && unreadable.errors.contains("write --bind-dn as a DN"), "\(unreadable.errors)")

    let nobody = try await empty.run(["init", empty.slapd.ldapURI, "--out", empty.file, "--yes"] + empty.binding)
    #expect(nobody.exitStatus == 1)
    #expect(nobody.errors.contains("shows no entries of people"))

    let numberless = try await mobile.initialize()
    #expect(numberless.exitStatus == 1)
    #expect(numberless.errors.contains("no extension follows from the 1 entry of people"))
    #expect(numberless.errors.contains("extension.pool"))
    for it in [closed, empty, mobile] { #expect(!FileManager.default.fileExists(atPath: it.file)) }
  }

  @Test func `refuses what it can't use before it connects`() async throws {
    let it = try await Place(Installation.base)
    let folder = it.folder.path
    let cases: [([String], Int32, String)] = [
      (["init", "ldap://127.0.0.1:1", "--out", it.file, "--yes"], 69, "check the URI's host and port"),
      (["init", it.slapd.ldapURI, "--out", it.file], 64, "add --yes"),
      (["init", "https://127.0.0.1", "--out", it.file, "--yes"], 64, "isn't the URI of a directory server"),
      (["init", "ldap://u:secret@127.0.0.1", "--out", it.file, "--yes"], 64, "without a path or a user"),
      (["init", it.slapd.ldapURI, "--out", folder + "/none/x.toml", "--yes"], 73, "create it, or name another file"),
      (["init", it.slapd.ldapURI, "--out", "/proc/x.toml", "--yes"], 73, "--out FILE"),
      (["init", it.slapd.ldapURI, "--out", it.file, "--yes", "--bind-dn", "cn=a"], 64, "--password-file"),
      (["init", it.slapd.ldapURI, "--out", it.file, "--yes", "--country", "XX"], 64, "ISO 3166"),
      (["init", it.slapd.ldapURI, "--out", it.file, "--yes", "--pbx-url", "http://192.0.2.1/x"], 64, "https://"),
      (["init", it.slapd.ldapsURI, "--out", it.file, "--yes"], 69, "--ca-file FILE"),
      (
        ["init", it.slapd.ldapsURI, "--out", it.file, "--yes", "--ca-file", "/nowhere/ca.pem"], 64,
        "--ca-file /nowhere/ca.pem: there is no such file"
      ),
      (["init", it.slapd.ldapsURI, "--out", it.file, "--yes", "--ca-file", folder], 64, "directory"),
      (["init", it.slapd.ldapsURI, "--out", it.file, "--yes", "--ca-file", Installation.binary], 64, "PEM"),
    ]
    for (words, status, text) in cases {
      let finished = try await it.run(words)
      #expect(finished.exitStatus == status, "\(words): \(finished.errors)")
      #expect(finished.errors.contains(text), "\(words): \(finished.errors)")
      #expect(!finished.errors.contains("secret"))
    }
  }

  @Test func `encrypts by StartTLS where it can`() async throws {
    let it = try await Place(Installation.base + person("ann", "1001"))
    let finished = try await it.run(
      ["init", it.slapd.ldapURI, "--out", it.file, "--yes", "--ca-file", it.slapd.caFile] + it.binding)
    #expect(finished.exitStatus == 0, "\(finished.errors)")
    #expect(try it.text().contains("starttls = true"))
    #expect(try await it.dryRun().changes.count == 1)
  }

  @Test func `prints one line of JSON`() async throws {
    struct Found: Decodable {
      struct Preview: Decodable { let extensions: Int }
      let status: Int
      let ddi: [String]
      let preview: Preview
    }
    let it = try await Place(Installation.base + (1000...1009).map { person("p\($0)", String($0)) }.joined())
    let finished = try await it.initialize("--json")
    let found = try JSONDecoder().decode(Found.self, from: Data(finished.output.utf8))
    #expect(found.status == 0 && found.ddi == ["+49 30 9018 1000-1009"] && found.preview.extensions == 10)
  }

  @Test func `says what a limit of the server cut off`() async throws {
    let people = (1000...1099).map { person("p\($0)", String($0)) }.joined()
    let it = try await Place(Installation.base + people, config: "limits * size=60")
    let finished = try await it.initialize()
    #expect(finished.output.contains("Incomplete: the server's limits cut dc=example,dc=com short"))
  }
}
