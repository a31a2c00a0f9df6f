import Foundation

/// A headless Chromium of phone width, driven by chromedriver over WebDriver (https://www.w3.org/TR/webdriver2/).
/// Ends with `stop()`, or when it is released.
public final class Browser: Sendable {
  private let driver: ChildProcess
  private let session: String
  private let folder: TemporaryFolder

  /// - Parameter width: the screen's, in CSS pixels.
  public init(width: Int) async throws {
    folder = try TemporaryFolder()
    driver = try await Self.startDriver()
    let port = driver.output.split(separator: Self.started).last?.prefix { $0.isNumber } ?? ""
    let base = "http://127.0.0.1:\(port)/session"
    // The pipe, so that the browser ends with its driver, however that ends.
    let capabilities = """
      {"capabilities": {"alwaysMatch": {
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        "goog:chromeOptions": {
          "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                   "--user-data-dir=\(folder.path)/profile"],
          "mobileEmulation": {"deviceMetrics": {"width": \(width), "height": 740, "pixelRatio": 2, "mobile": true}}
        }}}}
      """
    let made: Answer<Session> = try await Self.ask("POST", base, capabilities)
    session = base + "/" + made.value.sessionId
    // The browser's own first page asks for much that is none of the test's.
    try await open("about:blank")
    _ = try await requests()
  }

  private static let started = "started successfully on port "

  /// It takes a port that is free for IPv6, and ends where another program has the same one for IPv4.
  private static func startDriver() async throws -> ChildProcess {
    var attempt = 0
    while true {
      let driver = try ChildProcess(launching: "/usr/bin/chromedriver", arguments: ["--port=0"])
      do {
        try await driver.wait(for: started)
        return driver
      } catch {
        attempt += 1
        guard attempt < 20, (driver.output + driver.errors).contains("port not available") else { throw error }
      }
    }
  }

  public func stop() async throws {
    let _: Answer<Nothing> = try await Self.ask("DELETE", session)
    driver.send(SIGTERM)
    await driver.waitUntilExit()
  }

  /// Shows a page and waits until it is loaded.
  public func open(_ url: String) async throws {
    let _: Answer<Nothing> = try await Self.ask("POST", session + "/url", try Self.json(["url": url]))
  }

  /// What a script's `return` gives.
  public func evaluate<Value: Decodable>(_ script: String) async throws -> Value {
    let body = #"{"args": [], "script": \#(try Self.json(script))}"#
    let answer: Answer<Value> = try await Self.ask("POST", session + "/execute/sync", body)
    return answer.value
  }

  /// All that the console has shown since the last call.
  public func console() async throws -> [String] { try await log("browser") }

  /// The addresses that pages have asked for since the last call, their own among them.
  public func requests() async throws -> [String] {
    try await log("performance").compactMap { line in
      let event = try JSONDecoder().decode(NetworkEvent.self, from: Data(line.utf8))
      return event.message.method == "Network.requestWillBeSent" ? event.message.params?.request?.url : nil
    }
  }

  /// Takes a picture of what is shown into a PNG file.
  public func screenshot(to file: String) async throws {
    let answer: Answer<String> = try await Self.ask("GET", session + "/screenshot")
    try Data(base64Encoded: answer.value)?.write(to: URL(filePath: file))
  }

  private func log(_ name: String) async throws -> [String] {
    let answer: Answer<[LogEntry]> = try await Self.ask("POST", session + "/se/log", try Self.json(["type": name]))
    return answer.value.map(\.message)
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }

  private static func ask<Value: Decodable>(
    _ method: String, _ url: String, _ body: String = ""
  ) async throws -> Answer<Value> {
    let content = body.isEmpty ? [] : ["--header", "Content-Type: application/json", "--data-binary", "@-"]
    let curl = try await ChildProcess.run(
      "curl", ["--silent", "--show-error", "--request", method, url] + content, input: body)
    do {
      return try JSONDecoder().decode(Answer<Value>.self, from: Data(curl.output.utf8))
    } catch {
      throw ChildProcessError("\(method) \(url): \(curl.output)\(curl.errors)")
    }
  }

  private struct Answer<Value: Decodable>: Decodable { let value: Value }
  private struct Session: Decodable { let sessionId: String }
  private struct Nothing: Decodable {}
  private struct LogEntry: Decodable { let message: String }

  private struct NetworkEvent: Decodable {
    let message: Message
    struct Message: Decodable {
      let method: String
      let params: Parameters?
    }
    struct Parameters: Decodable { let request: Request? }
    struct Request: Decodable { let url: String? }
  }
}
