import Foundation
import TestSupport
import Testing

/// What an admin can set, seen at the PBX.
@Suite(.timeLimit(.minutes(15))) struct `A setting` {
  @Test func `of several servers leads past one that is down`() async throws {
    let it = try await Installation(person("a", "1001"))
    let closed = try ScriptedServer(listening: false)
    defer { closed.stop() }
    try it.configure(servers: ["ldap://127.0.0.1:\(closed.port)", it.slapd.ldapURI])
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001"])
  }

  @Test(arguments: [true, false])
  func `of a pinned key trusts that key alone`(isRight: Bool) async throws {
    let it = try await Installation(person("a", "1001"), tls: true)
    let tls = try #require(it.pbx.tls)
    let pin = isRight ? tls.pin : "sha256//" + String(repeating: "A", count: 43) + "="
    let text = try it.configuration().replacing("ca_file = \"\(tls.caFile)\"", with: "tls_pin = \"\(pin)\"")
    try it.write("pbxsyncd.toml", text)
    try await it.sync(expecting: isRight ? 0 : 69)
    #expect(try await it.pbx.state().extensions.count == (isRight ? 1 : 0))
  }

  @Test func `of form keeps the key out of the URL and works as well`() async throws {
    let it = try await Installation(person("a", "1001") + partner("X", "+49 30 227 1"))
    try it.configure(pbx: "parameters = \"form\"")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 1)
    #expect(try await it.pbx.state().contacts.count == 1)
  }

  @Test func `of the sample that is only an example is named by a check, which fails`() async throws {
    let it = try await Installation()
    try it.write("pbxsyncd.toml", try String(contentsOfFile: "etc/pbxsyncd/pbxsyncd.toml", encoding: .utf8))
    let said = try await it.command("--check-config", expecting: 78)
    #expect(!said.contains("configuration OK"))
    for host in [
      "[directory] servers: ldap1.example.com is an example", "[pbx] url: 192.0.2.4 is an example", "Next step:",
    ] {
      #expect(said.contains(host), "\(said)")
    }
  }

  @Test func `with the address of an example is refused by doctor too`() async throws {
    let it = try await Installation(person("a", "1001"))
    let text = try String(contentsOfFile: it.configurationFile, encoding: .utf8)
    try it.write(
      "pbxsyncd.toml",
      text.replacing(it.pbx.url, with: "http://192.0.2.4/api.aspx").replacing(
        "[pbx]", with: "[pbx]\nallow_plaintext = true\nconnect_timeout = \"1s\""))
    let said = try await it.command("doctor", expecting: nil)
    #expect(said.contains("[pbx] url: 192.0.2.4 is an example") && !said.contains("configuration OK"), "\(said)")
  }

  @Test func `that no longer has an effect is named by a check, and a run goes on`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "http_version = \"auto\"")
    try await it.command("--check-config", saying: "note: http_version in [pbx] has no effect")
    try await it.sync()
  }

  @Test func `of the longest query fills each request up to it`() async throws {
    let it = try await Installation(
      (0..<60).map { person("p\($0)", String(1000 + $0)) }.joined(), simulator: ["--max-query", "1024"])
    try it.configure(pbx: "max_query_bytes = 1024")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 60)
  }

  @Test func `of the longest query reports what can't fit alone and sends the rest`() async throws {
    let long = String(repeating: "ü", count: 120)
    let it = try await Installation(person("a", "1001", last: long) + person("b", "1002"))
    try it.configure(pbx: "max_query_bytes = 512")
    let report = try await it.sync(expecting: 3)
    #expect(report.changes.filter { $0.outcome == "failed" }.map(\.number) == ["1001"])
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1002"])
    for command in ["conflicts", "lint"] {
      try await it.command(command, expecting: 1, saying: "bytes, max_query_bytes is 512")
    }
    try it.configure(pbx: "max_query_bytes = 512\nparameters = \"form\"")
    #expect(try await it.calls { try await it.sync() } == ["addExt 1001"], "a form isn't in the query")
  }

  @Test func `of a limit for the run leaves the rest to the next one`() async throws {
    let it = try await Installation((0..<12).map { person("p\($0)", String(1000 + $0)) }.joined())
    try it.configure(pbx: "max_in_flight = 1", schedule: "run_limit = \"3s\"")
    try await it.pbx.setFaults([.init("delay", ms: 2_100)])
    let report = try await it.sync(expecting: 3)
    #expect(report.counts.added < 12)
    try await it.pbx.clearFaults()
    try it.configure()
    try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 12)
  }

  @Test func `of other names for the actions is what the PBX is asked with`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(pbx: "[pbx.protocol]\nadd_extension_action = \"newExt\"")
    #expect(try await it.calls { try await it.sync(expecting: 3) }.allSatisfy { $0 == "newExt 1001" })
  }

  @Test func `of ranges and protected numbers is kept`() async throws {
    let it = try await Installation(
      person("a", "1001") + person("in", "4500") + person("out", "2000") + person("guarded", "1005"))
    try it.configure(numbers: "extension_ranges = [\"1000-1999\", \"4000-4999\"]\nprotected = [\"1005\"]")
    let report = try await it.sync(expecting: 3)
    #expect(report.conflicts.map(\.number) == ["1005", "2000"])
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001", "4500"])
  }

  @Test func `of the identity attribute is used as it is`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(directory: "identity = \"nsUniqueId\"")
    let unknown = try await it.sync(expecting: 78)
    #expect(unknown.error?.message.contains("has no attribute nsUniqueId ([directory] identity)") == true)
    try it.configure(directory: "identity = \"nsUniqueId\"\nschema = \"never\"")
    let report = try await it.sync(expecting: 69)
    #expect(report.problems.map(\.attribute) == ["nsUniqueId"])
    #expect(try await it.pbx.state().requests == 0)
  }

  @Test func `of a plus puts it in front`() async throws {
    let it = try await Installation(person("a", "1001") + partner("X", "030 227 1"))
    try it.configure(numbers: "plus = true")
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map(\.callerID) == ["+493090181001"])
    #expect(try await it.pbx.state().contacts.map(\.number) == ["+49302271"])
  }

  @Test func `of --debug logs the ldapsearch that repeats each search`() async throws {
    let it = try await Installation(person("a", "1001"))
    let finished = try await it.run(["--sync-now", "--dry-run", "--debug"])
    let search = try #require(finished.errors.split(separator: "\n").first { $0.contains("ldapsearch") })
    let command = try #require(search.firstMatch(of: /<7>(ldapsearch .*?) PBX_/)).1
    let repeated = try await ChildProcess.run(
      "/bin/sh", ["-c", String(command).replacing(" -W ", with: " -y \(it.slapd.passwordFile) ")])
    #expect(repeated.exitStatus == 0, "\(repeated.errors)")
    #expect(repeated.output.contains("uid=a,ou=people"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Two people with one number` {
  @Test func `leave it to the one who has it, and the other is named each time`() async throws {
    let it = try await Installation(person("a", "1001") + person("b", "1002"))
    try await it.sync()
    try await it.slapd.modify(replace(uid("a"), "telephoneNumber", "+49 30 9018 1002"))
    for _ in 0..<2 {
      let report = try await it.sync(expecting: 3)
      #expect(report.conflicts.map(\.dn) == [uid("a")])
      #expect(report.conflicts.first?.reason?.contains(uid("b")) == true)
    }
    #expect(try await it.pbx.state().extensions.map(\.firstName) == ["a", "b"])
  }
}
