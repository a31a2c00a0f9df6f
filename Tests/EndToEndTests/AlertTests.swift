import Foundation
import TestSupport
import Testing

extension Installation {
  /// Adds [alerts] to the configuration: mails with a login to the server, and a webhook.
  fileprivate func alert(by mail: MailServer? = nil, webhook: ScriptedServer? = nil, _ more: String = "") throws {
    var section = "\n[alerts]\n\(more)\n"
    if let mail {
      try write("smtp-password", mail.password)
      section += """
        mail_to = ["admin@example.com"]
        mail_from = "pbxsyncd@pbx.example.com"
        smtp = "smtp://127.0.0.1:\(mail.port)"
        smtp_user = "\(mail.user)"
        smtp_password_file = "smtp-password"
        ca_file = "\(mail.certificates.caFile)"

        """
    }
    if let webhook {
      try write("alerts-webhook", "http://127.0.0.1:\(webhook.port)/hooks/s3cr3t-path?sig=s3cr3t-query")
      section += "webhook_file = \"alerts-webhook\"\n"
    }
    let plain = try configuration().components(separatedBy: "\n[alerts]")[0]
    try write("pbxsyncd.toml", plain + section)
  }

  /// A run so many seconds later, with its events.
  fileprivate func run(after seconds: Int) async throws -> ChildProcess.Finished {
    try await run(["--sync-now", "--debug"], clock: "wall+\(seconds),boottime+\(seconds)")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An alert` {
  private static let strict = "complete_reads = 1\nafter = \"0s\"\nmax_percent = 0"

  /// Nine people, one of them a leaver, whose removal a limit holds; no alert was sent yet.
  private func held() async throws -> Installation {
    let it = try await Installation((0..<9).map { person("p\($0)", "100\($0)", first: "Jürgen") }.joined())
    try await it.sync()
    try it.configure(removal: Self.strict)
    try await it.remove("p1")
    return it
  }

  /// Its URL is a secret.
  @Test func `are checked with the configuration: other users can't read a webhook's file`() async throws {
    let it = try await Installation()
    try it.write("alerts-webhook", "https://hooks.example.com/s3cr3t\n")
    try it.configure(limits: Settings.generous + "\n[alerts]\nwebhook_file = \"alerts-webhook\"")
    let file = it.folder.path + "/alerts-webhook"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
    let said = try await it.command("--check-config", expecting: 78, saying: "other users can read this secret")
    #expect(said.contains("chmod o-rwx \(file)") && !said.contains("s3cr3t"), "\(said)")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    try await it.command("--check-config", saying: "configuration OK")
  }

  @Test func `of a held set at night leads to the decision, and its end is told`() async throws {
    let it = try await held()
    let mail = try await MailServer(requiresLogin: true)
    let webhook = try ScriptedServer { _ in .reply("ok") }
    defer { webhook.stop() }
    try it.alert(by: mail, webhook: webhook)
    for seconds in [0, 60, 3600] { #expect(try await it.run(after: seconds).exitStatus == 4) }
    let first = try #require(try mail.mails().first)
    #expect(try mail.mails().count == 1, "it is told once")
    #expect(first.defects == [] && first.isEncrypted && first.user == mail.user)
    #expect(first.subject.contains("Held: 1 removal of extensions"))
    #expect(first.body.contains("1001, Jürgen Muster, uid=p1,ou=people,dc=example,dc=com"), "who: \(first.body)")
    #expect(first.body.contains("more than max_percent = 0"), "why: \(first.body)")
    #expect(first.body.contains("\n  Until you decide, none of it is sent"), "\(first.body)")
    #expect(first.body.contains("0 of 1 can still be read in the directory"), "\(first.body)")
    let posted = try #require(try webhook.json.first)
    #expect(webhook.received.count == 1 && (posted["text"] as? String)?.contains("Jürgen Muster") == true)
    #expect(webhook.received[0].header("Content-Type") == "application/json")

    // A day later it still is.
    #expect(try await it.run(after: 90_000).exitStatus == 4)
    #expect(try mail.mails().count == 2)
    #expect(try mail.mails()[1].subject.contains("Still: Held"))

    let approval = try #require(first.body.firstMatch(of: /if they are right: (pbxsyncd .*? approve (\S+));/)).output
    try await it.command("status", saying: String(approval.2))
    try await it.command("approve", saying: String(approval.2))
    try await it.command("approve", String(approval.2), saying: "is approved")
    #expect(try await it.run(after: 90_060).exitStatus == 0)
    let last = try mail.mails()[2]
    #expect(
      last.subject.contains("Over: Held: 1 removal of extensions") && last.body.contains("Over:\n  Held: 1 removal"))
    #expect(!last.body.contains("Jürgen") && last.body.contains("; an admin approved it"), "\(last.body)")
    #expect(try await it.run(after: 90_120).exitStatus == 0)
    #expect(try mail.mails().count == 3)
    #expect(try webhook.json.map { ($0["over"] as? [Any])?.count } == [0, 0, 1])
    await mail.stop()
  }

  /// What is wrong, what the event and the report say, and the next step.
  @Test(arguments: [
    ("stopped", "is unreachable", "check [alerts] smtp"),
    ("smtps at STARTTLS", "begins no TLS connection", "use smtp://"),
    ("smtp at TLS", "in time", "use smtps://"),
    ("no TLS", "offers no STARTTLS", "no password is sent in clear text"),
    ("certificate", "isn't trusted", "[alerts] ca_file"),
    ("password", "refuses the user or the password", "smtp-password"),
    ("recipient", "didn't take the mail", "mail_to"), ("silent", "in time", "check the mail server"),
    ("no password", "smtp-password", "smtp-password"),
  ])
  func `that the mail server doesn't take is an event and no failure`(fault: String, said: String, remedy: String)
    async throws
  {
    let it = try await held()
    let tls: MailServer.TLS = fault == "no TLS" ? .none : fault == "smtp at TLS" ? .smtps : .starttls
    let mail = try await MailServer(tls, requiresLogin: true)
    let silent = try ScriptedServer { _ in .silence }
    defer { silent.stop() }
    try it.alert(by: mail)
    var text = try it.configuration()
    switch fault {
    case "stopped": await mail.stop()
    case "certificate": text = text.replacing(mail.certificates.caFile, with: mail.certificates.wrongCAFile)
    case "password": try it.write("smtp-password", "a-wrong-password")
    case "recipient": text = text.replacing("admin@example.com", with: "nobody@example.com")
    case "smtps at STARTTLS": text = text.replacing("smtp://", with: "smtps://")
    case "silent": text = text.replacing(":\(mail.port)\"", with: ":\(silent.port)\"")
    case "no password": try FileManager.default.removeItem(atPath: it.folder.path + "/smtp-password")
    default: break
    }
    try it.write("pbxsyncd.toml", text)
    let run = try await it.run(after: 0)
    #expect(run.exitStatus == 4, "\(run.output)\(run.errors)")
    for text in [run.output, run.errors] {
      #expect(text.contains("couldn't be sent by mail") && text.contains(said) && text.contains(remedy), "\(text)")
      #expect(!text.contains(mail.password) && !text.contains("a-wrong-password"))
    }
    // Not at each run.
    #expect(try await !it.run(after: 60).output.contains("couldn't be sent"))
    try await it.command("status", saying: "couldn't be sent by mail (1 failure in a row); next try ")
    try await it.command("status", "--check", expecting: 2, saying: "; alerts can't be sent by mail |")
    let test = try await it.run(["alert", "--test"])
    #expect(
      test.exitStatus == 1 && test.output.contains("FAIL") && test.output.contains(said), "\(test.output)\(test.errors)"
    )
    #expect(test.output.contains("Next step:") || fault == "no password")
    #expect(try mail.mails().isEmpty)
    await mail.stop()
  }

  @Test func `that a webhook refuses is told by mail, and to the webhook once it works`() async throws {
    let it = try await held()
    let mail = try await MailServer(requiresLogin: true)
    let status = Gate()
    let webhook = try ScriptedServer { _ in status.isOpen ? .reply("ok") : .reply("s3cr3t echo", status: 500) }
    defer { webhook.stop() }
    try it.alert(by: mail, webhook: webhook)
    let run = try await it.run(after: 0)
    #expect(run.exitStatus == 4)
    #expect(
      run.errors.contains("couldn't be sent by webhook: the webhook at http://127.0.0.1 answered 500"), "\(run.errors)")
    #expect(!(run.output + run.errors).contains("s3cr3t"))
    #expect(try mail.mails().count == 1)
    status.open()
    #expect(try await it.run(after: 60).exitStatus == 4)
    #expect(webhook.received.count == 1, "it is tried again after five minutes")
    #expect(try await it.run(after: 360).exitStatus == 4)
    #expect(webhook.received.count == 2)
    #expect(try mail.mails().count == 1, "the mail isn't repeated")
    await mail.stop()
  }

  @Test func `tells a refused key at once, and when it is accepted again`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let mail = try await MailServer(requiresLogin: true)
    try it.alert(by: mail)
    try it.write("pbx-key", "wrong")
    for seconds in [0, 60] { #expect(try await it.run(after: seconds).exitStatus == 77) }
    #expect(try mail.mails().map(\.subject).count == 1)
    #expect(try mail.mails()[0].subject.contains("Runs fail: the PBX refuses the security key"))
    #expect(try mail.mails()[0].body.contains("Next step: ask the PBX for a valid key"))
    try it.write("pbx-key", it.pbx.key)
    #expect(try await it.run(after: 120).exitStatus == 0)
    let last = try mail.mails().last
    #expect(last?.subject.contains("Over: Runs fail") == true && last?.body.contains("; runs work again") == true)
    // A key that comes and goes is told once a day.
    try it.write("pbx-key", "wrong")
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neu"))
    #expect(try await it.run(after: 180).exitStatus == 77)
    #expect(try mail.mails().count == 2)
    #expect(try await it.run(after: 86_500).exitStatus == 77)
    #expect(try mail.mails().last?.subject.contains("Again: Runs fail") == true)
    await mail.stop()
  }

  @Test func `tells a configuration that the service refused, until one is accepted`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let mail = try await MailServer(requiresLogin: true)
    try it.configure(schedule: "poll = \"1h\"")
    try it.alert(by: mail)
    let good = try it.configuration()
    let service = try Service(it)
    try await service.runs(1)
    for text in ["[directory]\n", "[directory]\nservers = 1\n"] {
      try it.write("pbxsyncd.toml", text)
      let before = service.reads
      service.process.send(SIGHUP)
      try await eventually("a run after the reload") { service.reads > before }
    }
    try await eventually("an alert") { try !mail.mails().isEmpty }
    #expect(try mail.mails().map { $0.subject.contains("The configuration was refused") } == [true])
    #expect(try mail.mails()[0].body.contains("--check-config"))
    try it.write("pbxsyncd.toml", good)
    service.process.send(SIGHUP)
    try await eventually("the end") { try mail.mails().count > 1 }
    let end = try mail.mails()[1]
    #expect(end.body.contains("; a configuration was accepted"), "\(end.body)")
    #expect(await service.stop() == 0)
    await mail.stop()
  }

  @Test func `tells what the PBX lost, though it has it again`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bea", "1002"))
    let mail = try await MailServer(requiresLogin: true)
    try it.alert(by: mail)
    try await it.sync()
    try await it.pbx.lose(extensions: ["1001"])
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neu"))
    try await it.sync()
    #expect(try mail.mails().map { $0.subject.contains("The PBX lost 1 object") } == [true])
    await mail.stop()
  }

  @Test func `tells an unreachable directory only after a quarter of an hour`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let mail = try await MailServer(requiresLogin: true)
    try it.alert(by: mail)
    try it.write("pbxsyncd.toml", try it.configuration().replacing(it.slapd.ldapURI, with: "ldap://127.0.0.1:1"))
    for seconds in [0, 600] { #expect(try await it.run(after: seconds).exitStatus == 69) }
    #expect(try mail.mails().isEmpty)
    #expect(try await it.run(after: 960).exitStatus == 69)
    #expect(try mail.mails().map { $0.subject.contains("the directory is unreachable") } == [true])
    await mail.stop()
  }

  @Test func `tells a damaged ledger once, without one, and when it is right again`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let mail = try await MailServer(requiresLogin: true)
    try it.alert(by: mail)
    try await it.sync()
    let backup = try await it.command("ledger", "backup").split(separator: "\n").first.map(String.init) ?? ""
    try Data("no ledger".utf8).write(to: URL(filePath: it.ledgerFile))
    for seconds in [0, 60] { #expect(try await it.run(after: seconds).exitStatus == 65) }
    #expect(try mail.mails().count == 1)
    #expect(try mail.mails()[0].subject.contains("Runs fail: the ledger"))
    try await it.command("ledger", "restore", backup.components(separatedBy: " ").last ?? "", "--yes")
    _ = try await it.run(after: 120)
    let last = try #require(try mail.mails().last)
    #expect(try mail.mails().count == 2 && last.body.contains("Over:\n  Runs fail: the ledger"), "\(last.body)")
    #expect(last.body.contains("unknown whether 1 object"), "\(last.body)")
    #expect(!FileManager.default.fileExists(atPath: it.stateFolder + "/alerts"))
    await mail.stop()
  }

  @Test func `is muted by a freeze, whose end is told with what lasts`() async throws {
    let it = try await held()
    let mail = try await MailServer(requiresLogin: true)
    try it.alert(by: mail)
    try await it.command("freeze", "--until", "+1h")
    #expect(try await it.run(after: 0).exitStatus == 4)
    #expect(try mail.mails().isEmpty)
    #expect(try await it.run(after: 3700).exitStatus == 4)
    let told = try #require(try mail.mails().first)
    #expect(told.body.contains("Over:\n  Frozen since") && told.body.contains("Held: 1 removal"), "\(told.body)")
    #expect(told.body.contains("; its time was over"), "\(told.body)")
    await mail.stop()
  }

  @Test func `holds its peace in dry runs and without anything to tell`() async throws {
    let it = try await held()
    let mail = try await MailServer(requiresLogin: true)
    try it.alert(by: mail)
    for words in [["plan"], ["--sync-now", "--dry-run"], ["status"], ["approve"]] { _ = try await it.run(words) }
    try await it.slapd.modify(person("p1", "1001", first: "Jürgen").ldapAdd)
    #expect(try await it.run(after: 0).exitStatus == 0)
    #expect(try mail.mails().isEmpty)
    await mail.stop()
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A test of alerts` {
  @Test func `goes to each recipient and to the webhook, and says what came of it`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.command("alert", "--test", expecting: 1, saying: "there is nobody to tell")
    try await it.command("alert", expecting: 64, saying: "alert needs --test")
    let mail = try await MailServer(requiresLogin: true)
    let webhook = try ScriptedServer { _ in .reply("", status: 204) }
    defer { webhook.stop() }
    try it.alert(by: mail, webhook: webhook)
    try it.write(
      "pbxsyncd.toml",
      try it.configuration().replacing(
        "[\"admin@example.com\"]", with: "[\"admin@example.com\", \"nobody@example.com\"]"))
    let said = try await it.command("alert", "--test", expecting: 1)
    #expect(
      said.contains("ok    mail to admin@example.com") && said.contains("FAIL  mail to nobody@example.com"), "\(said)")
    #expect(said.contains("550") && said.contains("ok    the webhook of \(it.folder.path)/alerts-webhook"), "\(said)")
    #expect(!said.contains("s3cr3t"))
    #expect(try mail.mails().map(\.subject).map { $0.hasSuffix("Test of alerts") } == [true])
    #expect(try webhook.json[0]["test"] as? Bool == true)
    await mail.stop()
  }
}

extension ScriptedServer {
  /// What was posted, as JSON objects.
  fileprivate var json: [[String: Any]] {
    get throws {
      try received.compactMap { try JSONSerialization.jsonObject(with: Data($0.body.utf8)) as? [String: Any] }
    }
  }
}
