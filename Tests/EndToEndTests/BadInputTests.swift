import Foundation
import Platform
import TestSupport
import Testing
import Text

@testable import Ledger

/// Whatever is wrong: one clear sentence with a remedy, the right exit status, and a PBX that nobody touched.
@Suite(.timeLimit(.minutes(15))) struct `Bad input` {
  /// For a user who reads it with a tool.
  @Test(arguments: ["a configuration that is wrong", "a key that is missing", "a directory that is away"])
  func `is reported in one shape of JSON`(fault: String) async throws {
    let it = try await Installation(person("ann", "1001"))
    switch fault {
    case "a configuration that is wrong": try it.write("pbxsyncd.toml", try it.configuration() + "\nnonsense = 1\n")
    case "a key that is missing": try FileManager.default.removeItem(atPath: "\(it.folder.path)/pbx-key")
    default: try await it.slapd.stop()
    }
    let finished = try await it.run(["--sync-now", "--json"])
    let json = try #require(try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    #expect(json["status"] as? Int == Int(finished.exitStatus) && finished.exitStatus > 1)
    let error = try #require(json["error"] as? [String: Any], "\(finished.output)")
    #expect((error["message"] as? String)?.isEmpty == false && error["remedy"] is String)
  }

  @Test(arguments: ["[numbers]\nnonsense = 1", "[numbers]\nrest = \"soon\"", "a template"])
  func `in the configuration is reported by status, and then what the ledger knows`(fault: String) async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(removal: "complete_reads = 1\nafter = \"1d\"\nmax_percent = 100")
    try await it.sync()
    try await it.remove("ann")
    try await it.sync()
    let waiting = "Pending removals: 1 extension, the first not before "
    try await it.command("status", saying: waiting)
    let right = try it.configuration()
    try it.write(
      "pbxsyncd.toml",
      fault == "a template"
        ? right.replacing("digits | last 4", with: "digitz | last 4") : right.replacing("[numbers]", with: fault))

    let finished = try await it.run(["status"])
    #expect(finished.exitStatus == 78 && finished.errors.hasPrefix("pbxsyncd: \(it.configurationFile):"), "\(finished)")
    for part in ["Pending removals: 1 extension: 1001 ann Muster\n", "Last run: 2", "Extensions: 2 managed"] {
      #expect(finished.output.contains(part), "\(part) in \(finished.output)")
    }
    let json = try JSONSerialization.jsonObject(with: Data(try await it.run(["status", "--json"]).output.utf8))
    let members = try #require(json as? [String: Any])
    #expect(members["status"] as? Int == 78 && members["error"] != nil && members["removals_waiting"] as? Int == 1)
    #expect(try await it.run(["plan"]).output == "", "what needs the configuration says nothing else")
  }

  /// Runs into `trouble`, and looks at what pbxsyncd says.
  private func expect(
    _ it: Installation, status: Int32, says words: [String], at place: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await it.pbx.state()
    let finished = try await it.run(["--sync-now"])
    #expect(finished.exitStatus == status, "\(finished.output)\(finished.errors)", sourceLocation: place)
    let said = finished.errors.split(separator: "\n").filter { $0.hasPrefix("pbxsyncd: ") }
    #expect(said.count == 1, "\(finished.errors)", sourceLocation: place)
    for word in words {
      #expect(said.first?.contains(word) == true, "\(word) in: \(finished.errors)", sourceLocation: place)
    }
    #expect(!finished.errors.contains(it.slapd.password), sourceLocation: place)
    #expect(!finished.errors.contains(it.pbx.key), sourceLocation: place)
    #expect(try await it.pbx.state() == before, sourceLocation: place)
  }

  @Test func `an unreachable directory`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.slapd.stop()
    try await expect(it, status: 69, says: ["directory", it.slapd.ldapURI, "check [directory] servers"])
  }

  @Test func `a wrong bind password`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.write("ldap-password", "wrong")
    try await expect(it, status: 77, says: ["refused the bind", it.slapd.rootDN, "bind_password_file"])
  }

  @Test func `a wrong base`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(users: Settings.users.replacingOccurrences(of: "ou=people", with: "ou=nowhere"))
    try await expect(it, status: 69, says: ["ou=nowhere", "check the base"])
  }

  @Test func `a filter that isn't one`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(
      users: Settings.users.replacingOccurrences(of: "(objectClass=inetOrgPerson)", with: "(&(uid=*)(=))"))
    try await expect(it, status: 78, says: ["(&(uid=*)(=))", "check the filter"])
  }

  /// Aliases aren't followed, neither as the base nor below it.
  @Test(arguments: ["ou=alias,dc=example,dc=com", "ou=aliases,dc=example,dc=com"])
  func `a base of which an alias hides everybody`(base: String) async throws {
    func alias(_ dn: String, to target: String) -> String {
      let name = dn.split(separator: ",")[0].replacing("=", with: ": ")
      return """
        dn: \(dn)
        objectClass: alias
        objectClass: extensibleObject
        aliasedObjectName: \(target)
        \(name)


        """
    }
    let it = try await Installation(
      person("a", "1001") + alias("ou=alias,dc=example,dc=com", to: Installation.people)
        + "dn: ou=aliases,dc=example,dc=com\nobjectClass: organizationalUnit\nou: aliases\n\n"
        + alias("uid=a,ou=aliases,dc=example,dc=com", to: uid("a")))
    try it.configure(users: Settings.users.replacing(Installation.people, with: base), contacts: "")
    let before = try await it.pbx.state()
    for words in [["--sync-now", "--dry-run"], ["--sync-now"]] {
      let finished = try await it.run(words)
      #expect(finished.exitStatus == 3, "\(finished.output)\(finished.errors)")
      #expect((finished.output + finished.errors).contains("Aliases are never followed"), "\(finished.output)")
    }
    #expect(try await it.pbx.state() == before)
  }

  @Test(arguments: [true, false])
  func `a directory whose certificate isn't trusted`(startTLS: Bool) async throws {
    let it = try await Installation(person("a", "1001"))
    let trust = "ca_file = \"\(it.slapd.wrongCAFile)\""
    if startTLS {
      try it.configure(directory: "starttls = true\n\(trust)")
    } else {
      try it.configure(servers: [it.slapd.ldapsURI], directory: trust)
    }
    try await expect(it, status: 69, says: ["certificate", "ca_file"])
  }

  @Test func `a PBX whose certificate isn't trusted`() async throws {
    let it = try await Installation(person("a", "1001"), tls: true)
    let file = try #require(it.pbx.tls)
    let text = try it.configuration()
    try it.write("pbxsyncd.toml", text.replacingOccurrences(of: file.caFile, with: file.wrongCAFile))
    try await expect(it, status: 69, says: ["the PBX", "certificate"])
  }

  @Test func `a PBX that is down`() async throws {
    let it = try await Installation(person("a", "1001"))
    // It has the port, so that no other server can be there.
    let down = try ScriptedServer(listening: false)
    try it.configure(pbx: "retries = 0")
    try it.write("pbxsyncd.toml", try it.configuration().replacing(it.pbx.url, with: down.url))
    let finished = try await it.run(["--sync-now"])
    #expect(finished.exitStatus == 69)
    #expect(finished.errors.contains("the PBX at \(down.url) can't be reached"))
  }

  @Test func `a filter that matches nobody`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(
      users: Settings.users.replacingOccurrences(of: "(objectClass=inetOrgPerson)", with: "(uid=nobody)"))
    for options in [["--sync-now", "--dry-run"], ["--sync-now"]] {
      let finished = try await it.run(options)
      #expect(finished.exitStatus == 3, "\(finished.output)\(finished.errors)")
      #expect(finished.output.contains("finds no entry by the filter (uid=nobody)"))
      #expect(finished.output.contains("Aliases are never followed"))
    }
  }

  @Test(arguments: ["a filter that matches nobody", "an alias in its base", "an empty branch"])
  func `a source that finds nobody beside one that finds somebody`(why: String) async throws {
    let alias = """
      dn: cn=x,ou=partners,dc=example,dc=com
      objectClass: alias
      objectClass: extensibleObject
      cn: x
      aliasedObjectName: uid=a,ou=people,dc=example,dc=com


      """
    let more = why.hasPrefix("an empty") ? "" : why.hasPrefix("an alias") ? alias : partner("X", "+49 30 227 1")
    let it = try await Installation(person("a", "1001") + more)
    if why.hasPrefix("a filter") {
      try it.configure(contacts: Settings.contacts.replacing("(objectClass=inetOrgPerson)", with: "(cn=nobody)"))
    }
    let isMistake = why != "an empty branch"
    for _ in 0..<2 {
      let finished = try await it.run(["--sync-now"])
      #expect(finished.exitStatus == (isMistake ? 3 : 0), "\(finished.output)\(finished.errors)")
      #expect(finished.output.contains("\"ou=partners,dc=example,dc=com\" finds no entry by the filter") == isMistake)
    }
    let plan = try await it.run(["plan"])
    #expect(plan.exitStatus == (isMistake ? 3 : 0), "\(plan.output)\(plan.errors)")
  }

  /// A name of one's own choice: a line break and a record behind it, which slapd gives as it is.
  @Test func `a DN that would be a record of LDIF`() async throws {
    let it = try await Installation(
      person("a", "1001")
        + """
        dn: cn=x\\0Adn: uid=a\\,ou=people\\,dc=example\\,dc=com\\0Achangetype: delete\\0A\\0A# \\1B[31m,\(Installation.people)
        objectClass: inetOrgPerson
        cn:: eApkbjogdWlkPWEsb3U9cGVvcGxlLGRjPWV4YW1wbGUsZGM9Y29tCmNoYW5nZXR5cGU6IGRlbGV0ZQoKIyAbWzMxbQ==
        sn:: 4oCubW9vQg==
        givenName:: 4oCLSW5hCgc=
        telephoneNumber: 1001


        """)
    for words in [
      ["--sync-now"], ["--sync-now", "--dry-run"], ["conflicts"], ["lint"], ["why", "1001"], ["status"],
      ["history", "1"],
    ] {
      let finished = try await it.run(words)
      let said = finished.output + finished.errors
      #expect(!said.unicodeScalars.contains { $0.isInvisible && $0 != "\n" }, "\(words): \(said)")
      #expect(
        !said.split(separator: "\n").contains { $0.hasPrefix("changetype: delete") || $0.hasPrefix("dn: uid=a,") },
        "\(said)")
    }
  }

  @Test func `too few files that may be open at once`() async throws {
    let it = try await Installation(person("a", "1001"))
    let finished = try await ChildProcess.run(
      "/usr/bin/prlimit", ["--nofile=14:14", Installation.binary, "--config", it.configurationFile, "--sync-now"])
    #expect(finished.exitStatus == 73)
    #expect(finished.errors.contains("limit of open files is 14, and pbxsyncd needs 64"))
    #expect(finished.errors.contains("ulimit -n 64"))
    #expect(try await it.pbx.state().extensions.isEmpty)
  }

  @Test func `an environment that a preloaded library has changed`() async throws {
    let folder = try TemporaryFolder()
    let source = try folder.write(
      "preload.c",
      "#include <stdlib.h>\n__attribute__((constructor)) static void set(void) { setenv(\"ADDED\", \"1\", 1); }\n")
    let library = folder.path + "/preload.so"
    let compiled = try await ChildProcess.run("/usr/bin/cc", ["-shared", "-fPIC", "-o", library, source])
    try #require(compiled.exitStatus == 0, "\(compiled.errors)")
    let finished = try await ChildProcess.run(
      Installation.binary, ["--version"], environment: ["LD_PRELOAD": library])
    #expect(finished.exitStatus == 0)
    #expect(finished.output.hasPrefix("pbxsyncd "))
  }

  @Test func `a link instead of the lock`() async throws {
    let it = try await Installation(person("a", "1001"))
    let victim = try it.folder.write("victim", "precious")
    try FileManager.default.createSymbolicLink(atPath: it.stateFolder + "/lock", withDestinationPath: victim)
    try await expect(it, status: 73, says: [it.stateFolder + "/lock", "see who put it there"])
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
  }

  @Test func `a state folder that isn't there`() async throws {
    let it = try await Installation(person("a", "1001"))
    try FileManager.default.removeItem(atPath: it.stateFolder)
    try await expect(it, status: 73, says: [it.stateFolder, "install -d"])
    try await it.command("doctor", expecting: 1, saying: "install -d -m 0700 \(it.stateFolder)")
  }

  @Test func `a state folder that may not be written`() async throws {
    let it = try await Installation(person("a", "1001"))
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: it.stateFolder)
    try await expect(it, status: 73, says: [it.stateFolder, "Permission denied", "install -d"])
  }

  @Test(.enabled(if: geteuid() == 0, "needs root, to give a folder away"))
  func `a state folder of another user`() async throws {
    let it = try await Installation(person("a", "1001"))
    try FileManager.default.setAttributes(
      [.ownerAccountID: 65_534, .posixPermissions: 0o700], ofItemAtPath: it.stateFolder)
    try await expect(
      it, status: 73, says: ["\(it.stateFolder) belongs to nobody", "runs as root", "chown -R root \(it.stateFolder)"])
  }

  @Test(arguments: ["status", "history", "approve", "plan", "conflicts", "why ann", "ledger verify", "forget ann"])
  func `a state folder that this user may not read`(command: String) async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    func allow(_ permissions: Int) throws {
      try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: it.stateFolder)
    }
    try allow(0)
    let plain = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : []
    let words =
      plain + [Installation.binary, "--config", it.configurationFile] + command.split(separator: " ").map(String.init)
    let run = try await ChildProcess.run(words[0], Array(words.dropFirst()))
    try allow(0o700)
    #expect(run.exitStatus == 73, "\(run.output)\(run.errors)")
    #expect(run.errors.contains("\(it.stateFolder)") && run.errors.contains("Permission denied"))
  }

  @Test func `a ledger that may not be written`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: it.ledgerFile)
    try await it.slapd.modify(person("b", "1002").ldapAdd)
    try await expect(it, status: 73, says: [it.ledgerFile])
  }

  @Test func `a corrupt ledger`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "sn", "New"))
    let ledger = URL(fileURLWithPath: it.ledgerFile)
    var bytes = try Data(contentsOf: ledger)
    for index in 4096..<bytes.count { bytes[index] = 0x5A }
    try bytes.write(to: ledger)
    try await expect(it, status: 65, says: ["is damaged", it.ledgerFile, "ledger restore"])
    #expect(try Data(contentsOf: ledger) == bytes)
  }

  @Test func `a ledger of a newer version`() async throws {
    let it = try await Installation(person("a", "1001"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "sn", "New"))
    try Database(it.ledgerFile, for: .writing).execute(script: "PRAGMA user_version = 999")
    try await expect(it, status: 65, says: ["version 999", "Install the pbxsyncd that wrote"])
  }

  @Test func `two runs at once`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: "run_limit = \"2s\"")
    // This test is the first one: the kernel doesn't care which program has the lock.
    let lock = try LockFile(path: it.stateFolder + "/lock")
    try await expect(it, status: 75, says: ["another pbxsyncd", "process \(processID)"])
    withExtendedLifetime(lock) {}
    #expect(try await it.sync("--dry-run", expecting: 2).changes.count == 1, "a dry run goes on beside it")
  }

  @Test func `a full disk`() async throws {
    let it = try await Installation((0..<200).map { person("p\($0)", String(1000 + $0)) }.joined())
    // No file may grow beyond 64 blocks of 1 KiB: what a write gets is EFBIG where the disk would say ENOSPC.
    let script = "ulimit -f 64; trap '' XFSZ; exec \"$0\" --config \"$1\" --sync-now"
    let finished = try await ChildProcess.run("/bin/bash", ["-c", script, Installation.binary, it.configurationFile])
    #expect(finished.exitStatus == 74, "\(finished.output)\(finished.errors)")
    let requests = try await it.pbx.state().requests

    let report = try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 200, "with room again, the next run ends it")
    #expect(report.counts.failed == 0)
    #expect(requests < 200)
  }

  @Test func `a template that doesn't parse, with the column`() async throws {
    let it = try await Installation()
    try it.configure(users: Settings.users.replacingOccurrences(of: "last 4", with: "lst 4"))
    let finished = try await it.run(["--check-config"])
    #expect(finished.exitStatus == 78)
    let lines = try it.configuration().split(
      separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lines.firstIndex { $0.contains("lst 4") })
    let column = try #require(lines[line].range(of: "lst")).lowerBound.utf16Offset(in: lines[line])
    #expect(finished.errors.contains("pbxsyncd.toml:\(line + 1):\(column + 1): "), "\(finished.errors)")
    #expect(finished.errors.contains("last"), "the nearest filter is named: \(finished.errors)")
  }

  @Test(arguments: [[0xEF, 0xBB, 0xBF], [0xFC]] as [[UInt8]])
  func `a configuration with a byte order mark or in Latin-1`(bytes: [UInt8]) async throws {
    let it = try await Installation(person("a", "1001"))
    var text = Data(bytes)
    if bytes.count == 1 { text = Data("# f".utf8) + text + Data("r die Zentrale\n".utf8) }
    text += try Data(contentsOf: URL(fileURLWithPath: it.configurationFile))
    try text.write(to: URL(fileURLWithPath: it.configurationFile))
    try await expect(it, status: 78, says: [it.configurationFile, bytes.count == 1 ? "iconv" : "byte order mark"])
  }

  @Test(arguments: ["ldap-password", "pbx-key"])
  func `a secret that isn't there`(name: String) async throws {
    let it = try await Installation(person("a", "1001"))
    try FileManager.default.removeItem(atPath: it.folder.path + "/" + name)
    try await expect(it, status: 78, says: [it.folder.path + "/" + name, "there is no such file", "create it"])
  }

  @Test func `a folder for metrics that isn't there`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(state: "[metrics]\ntextfile = \"/nowhere/pbxsyncd.prom\"")
    try await expect(it, status: 78, says: ["there is no folder /nowhere", "docs/monitoring.md"])
  }

  @Test func `a secret that others may read`() async throws {
    let it = try await Installation(person("a", "1001"))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: it.folder.path + "/pbx-key")
    try await expect(it, status: 78, says: ["pbx-key", "chmod"])
  }

  @Test(arguments: [
    ["--nonsense"], ["--sync-now", "extra"], ["--dry-run"], ["--config"], ["--sync-now", "--check-config"],
  ])
  func `a command line that makes no sense`(options: [String]) async throws {
    let finished = try await ChildProcess.run(Installation.binary, options)
    #expect(finished.exitStatus == 64)
    #expect(finished.errors.hasPrefix("pbxsyncd: "))
    #expect(finished.errors.contains("see pbxsyncd help"))
  }
}
