import Foundation

/// A real slapd with a throw-away directory for `dc=example,dc=com`, on ports of the loopback that are its own. It ends with
/// `stop()`, or when it is released.
public final class Slapd: Sendable {
  public static let suffix = "dc=example,dc=com"

  public let ldapURI: String
  public let ldapsURI: String
  public let rootDN = "cn=admin,dc=example,dc=com"
  public let password: String
  public var caFile: String { certificates.caFile }
  public var wrongCAFile: String { certificates.wrongCAFile }
  /// A file that holds the password alone, for `-y`.
  public var passwordFile: String { folder.path + "/password" }

  /// Its own as long as it lives, so that it finds them free when it is started again.
  private let ports: (plain: ReservedPort, tls: ReservedPort)
  private let folder: TemporaryFolder
  private let certificates: Certificates
  private let daemon: Daemon

  /// - Parameters:
  ///   - ldif: the entries to begin with, as slapadd takes them.
  ///   - config: lines of slapd.conf(5) for the database, such as limits or access.
  ///   - globals: lines for the whole server.
  public static func start(
    ldif: String = "", config: String = "", globals: String = "", certificateDays: Int = 60, password: String? = nil
  ) async throws -> Slapd {
    let slapd = try await Slapd(
      ldif, config, globals, certificateDays, password ?? "root-\(UInt64.random(in: 0 ... .max))")
    try await slapd.restart()
    return slapd
  }

  private init(
    _ ldif: String, _ config: String, _ globals: String, _ certificateDays: Int, _ password: String
  ) async throws {
    self.password = password
    folder = try TemporaryFolder()
    certificates = try await Certificates(in: folder, days: certificateDays)
    ports = try (ReservedPort(), ReservedPort())
    ldapURI = "ldap://127.0.0.1:\(ports.plain.number)"
    ldapsURI = "ldaps://127.0.0.1:\(ports.tls.number)"
    daemon = Daemon(arguments: ["-f", folder.path + "/slapd.conf", "-h", "\(ldapURI)/ \(ldapsURI)/", "-d", "0"])
    try FileManager.default.createDirectory(atPath: folder.path + "/db", withIntermediateDirectories: true)
    try folder.write("password", password)
    try folder.write("slapd.conf", configuration(config, globals))
    try folder.write("base.ldif", ldif)
    if !ldif.isEmpty {
      try await run("/usr/sbin/slapadd", ["-q", "-f", folder.path + "/slapd.conf", "-l", folder.path + "/base.ldif"])
    }
  }

  private func configuration(_ database: String, _ globals: String) -> String {
    """
    include /etc/ldap/schema/core.schema
    include /etc/ldap/schema/cosine.schema
    include /etc/ldap/schema/nis.schema
    include /etc/ldap/schema/inetorgperson.schema
    modulepath /usr/lib/ldap
    moduleload back_mdb
    moduleload syncprov
    TLSCACertificateFile \(certificates.caFile)
    TLSCertificateFile \(certificates.file)
    TLSCertificateKeyFile \(certificates.keyFile)
    \(globals)
    database mdb
    maxsize 268435456
    directory \(folder.path)/db
    suffix \(Slapd.suffix)
    rootdn \(rootDN)
    rootpw \(password)
    \(database)
    """
  }

  /// Changes the directory by ldapmodify(1), as an admin does.
  public func modify(_ ldif: String) async throws {
    try await run("/usr/bin/ldapmodify", ["-x", "-H", ldapURI, "-D", rootDN, "-y", passwordFile], input: ldif)
  }

  /// The one value of an entry's attribute; nil where there is none.
  public func value(_ attribute: String, of dn: String) async throws -> String? {
    let found = try await ChildProcess.run(
      "/usr/bin/ldapsearch",
      [
        "-x", "-LLL", "-H", ldapURI, "-D", rootDN, "-y", passwordFile, "-b", dn, "-s", "base", "(objectClass=*)",
        attribute,
      ])
    return found.output.split(separator: "\n").first { $0.hasPrefix("\(attribute): ") }
      .map { String($0.dropFirst(attribute.count + 2)) }
  }

  public func stop() async throws { await daemon.stop() }

  /// Has it say nothing more, though the kernel takes connections in its name, until `resume`.
  public func pause() async { await daemon.pause() }

  public func resume() async { await daemon.resume() }

  /// Another server with what this one holds, ids and change numbers too, and with the same password.
  ///
  /// - Parameter config: as `start` has it.
  public func copy(config: String = "") async throws -> Slapd {
    let dump = try await ChildProcess.run("/usr/sbin/slapcat", ["-f", folder.path + "/slapd.conf"])
    return try await Slapd.start(ldif: dump.output, config: config, password: password)
  }

  /// Copies what it holds; `restore` brings it back, as from a backup. Both end the server for a moment.
  public func backUp() async throws { try await replace("backup", by: "db") }

  public func restore() async throws { try await replace("db", by: "backup") }

  private func replace(_ place: String, by other: String) async throws {
    await daemon.stop()
    try? FileManager.default.removeItem(atPath: "\(folder.path)/\(place)")
    try FileManager.default.copyItem(atPath: "\(folder.path)/\(other)", toPath: "\(folder.path)/\(place)")
    try await restart()
  }

  /// Starts it again, with what it holds, and waits until it answers. That it knows its password tells that it is this one.
  public func restart() async throws {
    let process = try await daemon.start()
    let probe = ["-x", "-H", ldapURI, "-D", rootDN, "-y", passwordFile]
    try await eventually("slapd: \(process.errors)") {
      guard process.isRunning else { throw ChildProcessError("slapd doesn't start: \(process.errors)") }
      // A program is started only where somebody listens.
      guard let socket = connection(to: ports.plain.number) else { return false }
      close(socket)
      return try await ChildProcess.run("/usr/bin/ldapwhoami", probe).exitStatus == 0
    }
  }

  private func run(_ program: String, _ arguments: [String], input: String = "") async throws {
    let finished = try await ChildProcess.run(program, arguments, input: input)
    if finished.exitStatus != 0 {
      throw ChildProcessError("\(program) ended with \(finished.exitStatus): \(finished.errors)\n\(input)")
    }
  }
}

/// The server's process, which may be ended and started again.
private actor Daemon {
  private let arguments: [String]
  private var process: ChildProcess?

  init(arguments: [String]) { self.arguments = arguments }

  func start() async throws -> ChildProcess {
    await stop()
    let process = try ChildProcess(launching: "/usr/sbin/slapd", arguments: arguments)
    self.process = process
    return process
  }

  func pause() { process?.pause() }

  func resume() { process?.send(SIGCONT) }

  func stop() async {
    // SIGKILL: a test has nothing to lose.
    process?.send(SIGKILL)
    await process?.waitUntilExit()
    process = nil
  }
}
