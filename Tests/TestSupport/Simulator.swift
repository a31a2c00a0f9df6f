import Foundation

/// A running pbx-simulator on a free port of the loopback, with a client for its routes. Ends with `stop()`, or when
/// it is released.
public final class Simulator: Sendable {
  /// The API's address, `/api.aspx` included.
  public let url: String
  /// The security key that the API takes.
  public let key: String
  /// The address of the page and the control routes, without a slash at its end.
  public let base: String
  /// The path of the file that the simulator writes with `--access-log`.
  public let accessLog: String
  /// Present when it speaks TLS.
  public let tls: Certificates?

  private let port: UInt16
  private let process: ChildProcess
  private let folder: TemporaryFolder

  /// Starts the simulator that was built beside this test and waits until it listens.
  public static func start(
    tls: Bool = false, key: String = "test-key", host: String = "127.0.0.1", arguments: [String] = []
  ) async throws -> Simulator {
    try await Simulator(tls: tls, key: key, host: host, arguments: arguments)
  }

  private init(tls: Bool, key: String, host: String, arguments: [String]) async throws {
    folder = try TemporaryFolder()
    let portFile = folder.path + "/port"
    accessLog = folder.path + "/access.log"
    let keyFile = try folder.write("key", key + "\n")
    var all = ["--listen", "\(host):0", "--key-file", keyFile, "--port-file", portFile]
    all += ["--access-log", accessLog]
    let certificates = tls ? try await Certificates(in: folder) : nil
    if let certificates { all += ["--tls-cert", certificates.file, "--tls-key", certificates.keyFile] }

    process = try ChildProcess(launching: Simulator.binary, arguments: all + arguments)
    try await eventually("pbx-simulator: \(process.errors)") { [process] in
      guard process.isRunning else { throw SimulatorError("didn't start: \(process.errors)") }
      return FileManager.default.fileExists(atPath: portFile)
    }
    guard let port = UInt16(text(of: portFile).trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw SimulatorError("wrote no port to \(portFile)")
    }
    self.port = port
    self.key = key
    self.tls = certificates
    base = "\(tls ? "https" : "http")://127.0.0.1:\(port)"
    url = base + "/api.aspx"
  }

  /// Ends the simulator and returns its exit code. A second call only returns the code.
  @discardableResult
  public func stop() async throws -> Int32 {
    process.send(SIGTERM)
    return await process.waitUntilExit()
  }

  /// The path of the program: those of a build lie beside the bundle of its tests.
  public static var binary: String {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("pbx-simulator").path
  }
}

/// Why the simulator couldn't be started or asked.
public struct SimulatorError: Error, CustomStringConvertible {
  public let description: String

  init(_ reason: String) { description = "pbx-simulator: \(reason)" }
}

// MARK: - What it holds and what it was asked

extension Simulator {
  public struct State: Decodable, Hashable, Sendable {
    public let extensions: [Extension]
    public let contacts: [Contact]
    /// The recipients of the mails that it would have sent, in order.
    public let mails: [String]
    /// The numbers of the extensions that it would have backed up, in order.
    public let backups: [String]
    /// All requests to the API, those that its web server refused among them.
    public let requests: Int
    /// Calls by action.
    public let calls: [String: Int]
  }

  public struct Extension: Codable, Hashable, Sendable {
    public var number, firstName, lastName, email, callerID: String

    public init(
      _ number: String, _ firstName: String, _ lastName: String = "", email: String = "", callerID: String = ""
    ) {
      self.number = number
      self.firstName = firstName
      self.lastName = lastName
      self.email = email
      self.callerID = callerID
    }

    enum CodingKeys: String, CodingKey {
      case number = "ExtentionNumber"
      case firstName = "FirstName"
      case lastName = "LastName"
      case email = "EmailAddress"
      case callerID = "OutboundCallerID"
    }
  }

  public struct Contact: Codable, Hashable, Sendable {
    public var number, firstName, lastName, company: String

    public init(_ number: String, _ firstName: String, _ lastName: String, company: String = "") {
      self.number = number
      self.firstName = firstName
      self.lastName = lastName
      self.company = company
    }

    enum CodingKeys: String, CodingKey {
      case number = "PhoneNumber"
      case firstName = "FirstName"
      case lastName = "LastName"
      case company = "CompanyName"
    }
  }

  /// A call as the simulator understood it.
  public struct Call: Decodable, Hashable, Sendable {
    /// Its place among the requests, from 1.
    public let n: Int
    public let action: String
    /// Nil where `qsValue` couldn't be read.
    public let envelope: String?
    public let items: [[String: String]]
    /// What the caller was told; nil where a fault kept it back.
    public let answer: [String: String]?
    public let fault: String?
  }

  public func state() async throws -> State { try await read("/state.json") }

  /// The calls since the start or the last `resetLog()`, oldest first.
  public func log() async throws -> [Call] { try await read("/log.json") }

  private func read<Value: Decodable>(_ path: String) async throws -> Value {
    try JSONDecoder().decode(Value.self, from: try await control("GET", path))
  }
}

// MARK: - What a test does to it

extension Simulator {
  /// A fault to play; see the simulator's `Fault.Kind` for what each kind does.
  public struct Fault: Encodable, Sendable {
    public var kind: String
    public var action, number: String?
    /// How many matching calls to let pass first.
    public var after: Int?
    /// How many calls to play it on; nil for all until the faults are cleared.
    public var times: Int?
    /// Whether the call is executed before a fault that otherwise leaves it undone.
    public var processed: Bool?
    public var ms: Int?
    public var message, code: String?
    public var status: Int?
    public var then: String?

    public init(
      _ kind: String, action: String? = nil, number: String? = nil, after: Int? = nil, times: Int? = nil,
      processed: Bool? = nil, ms: Int? = nil, message: String? = nil, code: String? = nil, status: Int? = nil,
      then: String? = nil
    ) {
      self.kind = kind
      self.action = action
      self.number = number
      self.after = after
      self.times = times
      self.processed = processed
      self.ms = ms
      self.message = message
      self.code = code
      self.status = status
      self.then = then
    }
  }

  /// Empties the log and sets the counts of requests, calls, mails and backups to nothing.
  public func resetLog() async throws { try await control("POST", "/control/reset-log") }

  /// Lays objects in that are nobody's, without a mail; an extension replaces one of the same number.
  public func add(_ extensions: [Extension]) async throws {
    try await control("POST", "/control/extensions", extensions)
  }

  public func add(_ contacts: [Contact]) async throws { try await control("POST", "/control/contacts", contacts) }

  /// Takes objects away behind everybody's back, without a backup.
  public func lose(extensions numbers: [String]) async throws {
    try await control("DELETE", "/control/extensions", numbers)
  }

  public func lose(contacts numbers: [String]) async throws {
    try await control("DELETE", "/control/contacts", numbers)
  }

  /// Replaces all faults by these.
  public func setFaults(_ faults: [Fault]) async throws { try await control("POST", "/control/faults", faults) }

  public func clearFaults() async throws { try await control("DELETE", "/control/faults") }

  /// `batch`: "in-order" or "atomic"; `deleteMissing`: "INVALID_EXTENSION" or "WEBSERVICE_ERROR".
  public func set(_ settings: [String: String]) async throws {
    try await control("POST", "/control/settings", settings)
  }

  @discardableResult
  private func control(_ method: String, _ path: String, _ body: (any Encodable)? = nil) async throws -> Data {
    let body = try body.map { try Array(JSONEncoder().encode($0)) } ?? []
    // Tests ask so often that a program for each would take more time than the simulator does.
    if tls == nil {
      let (status, answer) = try await httpAnswer(of: port, method, path, body)
      if status == 200 { return Data(answer) }
      throw SimulatorError("\(method) \(path): status \(status), \(String(decoding: answer, as: UTF8.self))")
    }
    let reply = try await send(method, base + path, body: body)
    guard reply.exitCode == 0, reply.status == 200 else {
      throw SimulatorError("\(method) \(path): curl \(reply.exitCode), status \(reply.status), \(reply.text)")
    }
    return Data(reply.body)
  }
}

// MARK: - Plain HTTP

extension Simulator {
  public struct Reply: Sendable {
    /// curl's: 0 for a complete answer, 52 for none at all, 18 for half of one.
    public let exitCode: Int32
    public let status: Int
    public let body: [UInt8]

    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// Sends any request with curl(1), which, unlike URLSession on Linux, has options for trust; `trust` replaces those that trust
  /// the simulator's own CA.
  public func send(
    _ method: String, _ url: String, headers: [String] = [], body: [UInt8] = [], trust: [String]? = nil
  ) async throws -> Reply {
    let name = UUID().uuidString
    let input = try folder.write("\(name).in", Data(body))
    let output = folder.path + "/\(name).out"
    defer { for file in [input, output] { try? FileManager.default.removeItem(atPath: file) } }
    var arguments = ["--silent", "--request", method, url, "--output", output, "--write-out", "%{http_code}"]
    if method != "GET" { arguments += ["--data-binary", "@" + input, "--header", "Expect:"] }
    for header in headers { arguments += ["--header", header] }
    arguments += trust ?? tls.map { ["--cacert", $0.caFile] } ?? []
    let curl = try await ChildProcess.run("curl", arguments)
    let received = FileManager.default.contents(atPath: output) ?? Data()
    return Reply(exitCode: curl.exitStatus, status: Int(curl.output) ?? 0, body: Array(received))
  }
}

// MARK: - TLS

extension Simulator {
  public var caFile: String? { tls?.caFile }
  public var wrongCAFile: String? { tls?.wrongCAFile }
  public var publicKeyPin: String? { tls?.pin }
}

private func text(of file: String) -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
