import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The command line` {
  @Test(arguments: [
    ([], "a security key is needed"), (["--nonsense"], "see --help"), (["--key", "k", "more"], "only options"),
    (["--key", ""], "a security key is needed"), (["--key", "k", "--listen", "8000"], "--listen takes HOST:PORT"),
    (["--key", "k", "--listen", "127.0.0.1:99999"], "--listen takes HOST:PORT"),
    (["--key", "k", "--max-query", "many"], "--max-query takes a number"),
    (["--key-file", "/nonexistent"], "can't read /nonexistent: there is no such file"),
    (["--key", "k", "--tls-key", "/etc/passwd"], "belong together"),
    (["--key", "k", "--listen", "127.0.0.1:0", "--tls-key", "/etc/passwd", "--tls-cert", "/etc/passwd"], "PEM"),
    (["--key", "k", "--listen", "192.0.2.1:0"], "can't listen on 192.0.2.1:0"),
  ])
  func `is refused with 64 and the reason`(arguments: [String], reason: String) async throws {
    let (code, _, errors) = try await run(arguments)
    #expect(code == 64)
    #expect(errors.contains(reason))
  }

  @Test func `explains itself`() async throws {
    let (code, output, _) = try await run(["--help"])
    #expect(code == 0)
    for option in [
      "--listen", "--key-file", "--key", "--tls-cert", "--tls-key", "--access-log", "--port-file", "--max-query",
    ] {
      #expect(output.contains(option))
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `prints its address, and exits with 0 on request`(signal: Int32) async throws {
    let process = try ChildProcess(
      launching: Simulator.binary, arguments: ["--listen", "127.0.0.1:0", "--key", "k"])
    try await process.wait(for: "\n")
    #expect(process.output.wholeMatch(of: /listening on http:\/\/127\.0\.0\.1:[1-9][0-9]*\/\n/) != nil)
    process.send(signal)
    #expect(await process.waitUntilExit() == 0)
  }

  private func run(_ arguments: [String]) async throws -> (code: Int32, output: String, errors: String) {
    let finished = try await ChildProcess.run(Simulator.binary, arguments)
    return (finished.exitStatus, finished.output, finished.errors)
  }
}
