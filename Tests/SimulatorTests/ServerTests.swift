import Foundation
import TestSupport
import Testing

/// The program itself, over a socket.
@Suite(.timeLimit(.minutes(15))) struct `The simulator` {
  private static let ada =
    #"{"sExtension":[{"ExtentionNumber":"1001","FirstName":"Ada","EmailAddress":"ada@example.com"}]}"#

  private func query(_ key: String, _ value: String = ada, action: String = "addExt") -> String {
    form(["action": action, "qstype": "1", "qsSecuritykey": key, "qsValue": value])
  }

  @Test(arguments: [false, true])
  func `accepts the parameters in the query, over HTTP and HTTPS`(tls: Bool) async throws {
    let simulator = try await Simulator.start(tls: tls, key: "a key & +more")
    let reply = try await simulator.send("POST", simulator.url + "?" + query(simulator.key))
    #expect(reply.status == 200)
    #expect(reply.text == Vendor.success("Extension Created"))
    let state = try await simulator.state()
    #expect(state.extensions == [.init("1001", "Ada", email: "ada@example.com")])
    #expect(state.mails == ["ada@example.com"] && state.requests == 1 && state.calls == ["addExt": 1])
    let call = try #require(try await simulator.log().first)
    #expect(call.n == 1 && call.envelope == "sExtension" && call.items.count == 1 && call.fault == nil)
    #expect(call.answer == ["status": "Extension Created", "errorMessage": "", "errorCode": ""])
    #expect(try await simulator.stop() == 0)
  }

  @Test func `accepts the parameters as a form`() async throws {
    let simulator = try await Simulator.start()
    let body = Array(query(simulator.key).utf8)
    let type = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
    let reply = try await simulator.send("POST", simulator.url, headers: [type], body: body)
    #expect(reply.text == Vendor.success("Extension Created"))
    let other = try await simulator.send("POST", simulator.url, headers: ["Content-Type: text/plain"], body: body)
    #expect(other.text == Vendor.invalidKey)
  }

  @Test func `is trusted by a client that knows its CA or its key, and by no other`() async throws {
    let simulator = try await Simulator.start(tls: true)
    let tls = try #require(simulator.tls)
    let wrongPin = "sha256//" + String(repeating: "A", count: 43) + "="
    // The exit codes of curl(1): 60 for a certificate that isn't trusted, 90 for a key that isn't the pinned one.
    let cases: [([String], Int32)] = [
      (["--cacert", tls.caFile, "--pinnedpubkey", tls.pin], 0), (["--cacert", tls.wrongCAFile], 60),
      (["--insecure", "--pinnedpubkey", tls.pin], 0), (["--insecure", "--pinnedpubkey", wrongPin], 90),
    ]
    for (trust, code) in cases {
      #expect(try await simulator.send("GET", simulator.base, trust: trust).exitCode == code, "\(trust)")
    }
  }

  @Test func `refuses a query that is too long as IIS does`() async throws {
    let simulator = try await Simulator.start(arguments: ["--max-query", "300"])
    let fitting = query(simulator.key)
    let padding = String(repeating: "x", count: 300 - fitting.utf8.count - 3)
    let longest = try await simulator.send("POST", "\(simulator.url)?\(fitting)&p=\(padding)")
    #expect(longest.text == Vendor.success("Extension Created"))
    let longer = try await simulator.send("POST", "\(simulator.url)?\(fitting)&p=\(padding)x")
    #expect(longer.status == 404)
    let state = try await simulator.state()
    #expect(state.requests == 2 && state.calls == ["addExt": 1])
    let far = try await simulator.send("POST", "\(simulator.url)?p=\(String(repeating: "x", count: 60_000))")
    #expect(far.status == 404)
  }

  @Test func `allows a query of 2048 bytes by default`() async throws {
    let simulator = try await Simulator.start()
    for (count, status) in [(2046, 200), (2047, 404)] {
      let query = "p=" + String(repeating: "x", count: count)
      #expect(try await simulator.send("POST", "\(simulator.url)?\(query)").status == status)
    }
  }

  @Test func `requires a POST with a length`() async throws {
    let simulator = try await Simulator.start()
    let target = simulator.url + "?" + query(simulator.key)
    #expect(try await simulator.send("POST", target, headers: ["Content-Length:"]).status == 411)
    #expect(try await simulator.send("GET", target).status == 405)
    let state = try await simulator.state()
    #expect(state.extensions.isEmpty && state.requests == 2 && state.calls.isEmpty)
  }

  @Test(arguments: [("cut-before", 52, false), ("cut-after", 52, true), ("cut-reply", 18, true)], [false, true])
  func `cuts the connection`(fault: (kind: String, code: Int32, done: Bool), tls: Bool) async throws {
    let simulator = try await Simulator.start(tls: tls)
    try await simulator.setFaults([.init(fault.kind, times: 1)])
    let reply = try await simulator.send("POST", simulator.url + "?" + query(simulator.key))
    // Over TLS an abrupt end may also show as a failed read (56).
    #expect(reply.exitCode == fault.code || tls && reply.exitCode == 56)
    if fault.kind == "cut-reply" {
      #expect(Vendor.success("Extension Created").hasPrefix(reply.text) && !reply.text.isEmpty)
    }
    #expect(try await simulator.state().extensions.count == (fault.done ? 1 : 0))
    let again = try await simulator.send("POST", simulator.url + "?" + query(simulator.key))
    #expect(again.text == (fault.done ? Vendor.extensionExists : Vendor.success("Extension Created")))
  }

  @Test func `delays only a delayed answer, and exits all the same`() async throws {
    let simulator = try await Simulator.start()
    // Far longer than any test: only the end of the process can end this call.
    try await simulator.setFaults([.init("delay", ms: 3_600_000)])
    async let late = simulator.send("POST", simulator.url + "?" + query(simulator.key))
    while try await simulator.state().extensions.isEmpty {}
    #expect(try await simulator.stop() == 0)
    #expect(try await late.exitCode != 0)
  }

  @Test func `answers many clients at once and loses nothing`() async throws {
    let simulator = try await Simulator.start()
    try await withThrowingTaskGroup(of: String.self) { group in
      for number in 2001...2040 {
        let value = #"{"sExtension":[{"ExtentionNumber":"\#(number)","FirstName":"A"}]}"#
        let target = simulator.url + "?" + query(simulator.key, value)
        group.addTask { try await simulator.send("POST", target).text }
      }
      for try await answer in group { #expect(answer == Vendor.success("Extension Created")) }
    }
    let state = try await simulator.state()
    let numbers = (2001...2040).map { String($0) }
    #expect(state.extensions.map(\.number) == numbers)
    #expect(try await simulator.log().map(\.n) == Array(1...40))
  }

  @Test func `logs a line for each call, never with the key`() async throws {
    let simulator = try await Simulator.start(key: "s3cret")
    for action in ["addExt", "s3cret", "a\nb"] {
      _ = try await simulator.send("POST", simulator.url + "?" + query(simulator.key, action: action))
    }
    let lines = try String(contentsOfFile: simulator.accessLog, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasSuffix("Z 1 addExt sExtension 1001 200 Extension Created"))
    #expect(lines[1].contains(" 2 [key] - - 200 WEBSERVICE_ERROR"))
    #expect(lines[2].contains(" 3 ab - - 200 WEBSERVICE_ERROR"))
    #expect(!lines.joined().contains("s3cret"))
  }

  @Test func `shows the objects on a page`() async throws {
    let simulator = try await Simulator.start()
    try await simulator.add([Simulator.Extension("1001", "Jürgen <b>")])
    try await simulator.add([Simulator.Contact("4930", "Max", "Muster", company: "M & Co")])
    let page = try await simulator.send("GET", simulator.base + "/")
    #expect(page.status == 200)
    #expect(page.text.contains("<td>Jürgen &lt;b&gt;</td>") && page.text.contains("<td>M &amp; Co</td>"))
    try await simulator.lose(extensions: ["1001"])
    try await simulator.lose(contacts: ["4930"])
    let state = try await simulator.state()
    #expect(state.extensions.isEmpty && state.contacts.isEmpty && state.requests == 0)
  }
}
