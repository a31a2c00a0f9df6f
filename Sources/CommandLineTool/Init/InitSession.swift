import Configuration
import Directory
import Domain
import Journal
import LDAP
import Mapping
import Platform
import Sync
import Text

/// One call of `init`, from the first question to the written file.
struct InitSession {
  private let options: InitOptions
  private let address: Address
  private var output: InitOutput
  private var questions: Questions
  private let isJSON: Bool
  private let log: Log

  /// - Throws: if the options contradict each other, or there is nobody to ask.
  init(_ options: InitOptions, file: String, isJSON: Bool, log: Log) throws(RunError) {
    self.options = options
    self.isJSON = isJSON
    self.log = log
    guard let address = Address(options.uri), [.ldap, .ldaps, .ldapi].contains(address.scheme) else {
      throw RunError(
        // It may hold a password, so it isn't quoted.
        refusing: "this isn't the URI of a directory server", .usage,
        remedy: "write it as in ldaps://ldap.example.com or ldap://10.0.0.5:389, without a path or a user")
    }
    self.address = address
    if (!Terminal.canAsk || isJSON) && !options.isConfirmed {
      throw RunError(
        refusing: isJSON ? "--json leaves no room for questions" : "there is no terminal for the questions of init",
        .usage,
        remedy:
          "add --yes to accept every default, and --bind-dn DN --password-file FILE unless anonymous reads are allowed")
    }
    questions = Questions(isAsking: Terminal.canAsk && !options.isConfirmed)
    if options.passwordFile != nil && options.bindDN == nil {
      throw RunError(refusing: "--password-file is without --bind-dn", .usage, remedy: "add --bind-dn DN")
    }
    if options.bindDN != nil && options.passwordFile == nil && !questions.isAsking {
      throw RunError(
        refusing: "--bind-dn is without --password-file", .usage,
        remedy: "write the password into a file with mode 0600 and add --password-file FILE")
    }
    if let country = options.country, !DialPlan.knows(country: country) {
      throw RunError(
        refusing: "\"\(country)\" is no country", .usage,
        remedy: "give its two letters of ISO 3166, such as --country DE")
    }
    if let url = options.pbxURL, let complaint = complaint(aboutPBX: url) {
      throw RunError(refusing: "--pbx-url \(complaint)", .usage, remedy: "")
    }
    if let file = options.caFile { try Self.checkCA(file) }
    output = try InitOutput(file)
  }

  /// Checks that a file has certificates, because the TLS library only says that the server isn't trusted.
  private static func checkCA(_ file: String) throws(RunError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileBytes(of: file, limit: 8 << 20).bytes
    } catch {
      throw RunError(
        refusing: "--ca-file \(file): \(error.reason)", .usage,
        remedy: error.remedy.isEmpty ? "name the file of the CA's certificate, in PEM" : error.remedy)
    }
    if String(decoding: bytes, as: UTF8.self).contains("CERTIFICATE-----") { return }
    throw RunError(
      refusing: "--ca-file \(file) has no certificate in PEM", .usage,
      remedy: "name another file, or convert a certificate: openssl x509 -inform der -in FILE -out FILE.pem")
  }

  /// Asks, looks, writes and shows.
  mutating func run() async throws -> ExitStatus {
    try output.decide(&questions)
    say("Connecting to \(address.text) …")
    var connection = try await InitConnection(address, caFile: options.caFile.map(absolutePath))
    let access = try bind(&connection)
    let survey = try await read(connection)
    var (findings, answers) = try ask(about: survey)
    say("")
    for line in findings.summary { say(line) }
    if let refusal = findings.refusal(access.bindDN) { throw refusal }
    say("")
    try askAboutGroup(&findings, answers)
    let pbx = try askForPBX()
    let draft = ConfigurationDraft(findings: findings, access: access, pbxURL: pbx, now: Clock.system.wall)
    let setup = try output.check(draft.text)
    let session = try await connection.open()
    var preview: InitPreview?
    say("")
    do {
      preview = try await InitPreview(setup, session, connection.settings, log: RunLog(log: log))
      if !isJSON, let preview { Terminal.print(preview.page) }
    } catch let error as LDAPError where error.kind == .limitExceeded {
      say("A run can't read everything, because of the server's limits: \(error.remedy)")
    }
    try output.write(draft.text)
    say("")
    for line in output.report(pbxURL: pbx) { say(line) }
    let status = preview == nil ? ExitStatus.outOfReach : .asWanted
    if isJSON { Terminal.print(json(status, findings, preview).text + "\n") }
    return status
  }

  private func say(_ text: String) {
    if isJSON { return }
    var page = Page()
    // A step goes on behind its number.
    let mark = text.first?.isNumber == true ? text.prefix(3) : ""
    if mark.isEmpty { page.add(text) } else { page.add(String(text.dropFirst(3)), mark: String(mark)) }
    Terminal.print(page)
  }

  private func json(_ status: ExitStatus, _ findings: Findings, _ preview: InitPreview?) -> JSON {
    [
      "status": status.json, "error": .null, "file": .string(output.file),
      "earlier": .optional(output.earlier), "server": .string(findings.survey.product),
      "entries": .number(Int64(findings.survey.count)), "sample": .number(Int64(findings.survey.sample.count)),
      "country": .optional(findings.country.general), "country_certain": .bool(findings.country.isCertain),
      "ddi": .strings(findings.blocks),
      "protected": .strings(findings.protectedRanges),
      "incomplete": .strings(findings.survey.gaps),
      "left_out": .strings(findings.leftOut), "preview": preview?.json ?? .null,
    ]
  }

  // MARK: - The directory

  /// Binds as the account of the options or of the answers, if there is one.
  private mutating func bind(_ connection: inout InitConnection) throws -> DirectoryAccess {
    var access = DirectoryAccess(
      uri: address.text, startTLS: connection.settings.startTLS, caFile: options.caFile.map(absolutePath))
    var dn = options.bindDN ?? ""
    if options.bindDN == nil {
      let anonymous =
        connection.anonymousRefusal == nil ? "an anonymous bind shows people" : "an anonymous bind shows nobody"
      dn = try questions.ask(
        "Bind DN of an account that reads the directory (\(anonymous))", default: "", shown: "anonymous")
    }
    if dn.isEmpty { return access }
    let password: String
    if let file = options.passwordFile {
      password = try readSecret(file: file, credentialsDirectory: nil)
      access.passwordFile = output.reference(to: file)
    } else {
      password = try questions.askSecret("Password of \(dn) (not shown)")
      if password.isEmpty {
        throw RunError(
          refusing: "the password is empty", .notAuthorised, remedy: "start again, or leave the bind DN empty")
      }
      access.passwordFile = output.keep(password)
    }
    access.bindDN = dn
    try connection.bind(as: dn, Secret(password))
    return access
  }

  private func read(_ connection: InitConnection) async throws -> DirectorySample {
    let bindDN = connection.settings.bindDN
    let session = try await connection.open()
    let isShown = Terminal.isInteractive && !isJSON
    let survey: DirectorySample
    do throws(LDAPError) {
      survey = try await DirectorySample(of: session) { count in
        if isShown { Terminal.draw("\r\(count) entries read\u{1B}[K") }
      }
    } catch {
      if isShown { Terminal.draw("\r\u{1B}[K") }
      throw RunError(init: error, as: bindDN)
    }
    if isShown { Terminal.draw("\r\u{1B}[K") }
    if survey.contexts.isEmpty {
      throw RunError(
        refusing: "\(address.text) shows no naming contexts", .outOfReach,
        remedy: bindDN.isEmpty
          ? "name an account that may read the directory: --bind-dn DN --password-file FILE"
          : "give \(bindDN) the right to read the root DSE, or write the configuration by hand: pbxsyncd.toml(5)")
    }
    if survey.count == 0 {
      throw RunError(
        refusing:
          "\(address.text) shows no entries of people or contacts in \(survey.contexts.joined(separator: "; "))",
        bindDN.isEmpty ? .notAuthorised : .refused,
        remedy: bindDN.isEmpty
          ? "name an account that may read the directory: --bind-dn DN --password-file FILE"
          : "give \(bindDN) the right to read and search them, or name another account: --bind-dn")
    }
    return survey
  }

  // MARK: - What it means

  /// Asks what the directory doesn't show.
  private mutating func ask(about survey: DirectorySample) throws(RunError) -> (Findings, Findings.Answers) {
    var answers = Findings.Answers(country: options.country, locale: environment("LC_ALL") ?? environment("LANG"))
    var findings = Findings(survey, answers)
    let reserve = options.pbxURL == nil ? 1 : 0
    // Without an answer the evidence says that it isn't certain.
    if !findings.country.isCertain, questions.canAsk(reserving: reserve) {
      answers.country = try questions.ask(
        "Country of numbers without a country code (two letters of ISO 3166)",
        default: findings.country.general ?? "DE"
      ) { DialPlan.knows(country: $0.uppercased()) ? nil : "\($0) is no country. Examples: DE, AT, CH, GB, US." }
      .uppercased()
      findings = Findings(survey, answers)
    }
    if findings.trunks.evidence == .guess, let trunk = findings.trunks.trunks.first,
      questions.canAsk(reserving: reserve)
    {
      let example = "\(trunk.trunk.stem)\(trunk.suffixes.first ?? "")"
      let digits = try questions.ask(
        "How many digits at the end of \(example) are the extension?", default: String(trunk.trunk.digits)
      ) { (2...6).contains(Int($0) ?? 0) ? nil : "Answer with a number from 2 to 6." }
      answers.digits = Int(digits)
      findings = Findings(survey, answers)
    }
    return (findings, answers)
  }

  private mutating func askAboutGroup(_ findings: inout Findings, _ answers: Findings.Answers) throws(RunError) {
    guard let group = findings.group else { return }
    var answers = answers
    answers.usesGroup = try questions.confirms(
      "Only members of \(group.dn) (\(group.withExtension) of \(findings.users.count) people with an extension)?",
      default: group.isUsed, reserving: options.pbxURL == nil ? 1 : 0)
    if answers.usesGroup != group.isUsed { findings = Findings(findings.survey, answers) }
  }

  private mutating func askForPBX() throws(RunError) -> String? {
    if let url = options.pbxURL { return url }
    let url = try questions.ask(
      "URL of the PBX's API", default: ConfigurationDraft.exampleURL, shown: "not known yet"
    ) { url in complaint(aboutPBX: url).map { "This \($0)." } }
    return url == ConfigurationDraft.exampleURL ? nil : url
  }
}

/// Why a text isn't the address of a PBX, as a sentence; nil if it is one.
private func complaint(aboutPBX url: String) -> String? {
  guard let address = Address(url), [.https, .http].contains(address.scheme) else {
    return "isn't a URL such as https://pbx.example.com:8000/api.aspx"
  }
  return address.scheme == .http && !address.isLoopback
    ? "would send the security key unencrypted: use https://" : nil
}
