import Foundation
import TestSupport

/// The daemon at work on an installation, started as systemd does it, with a notify socket where one is given.
struct Service {
  let it: Installation
  let process: ChildProcess

  init(_ it: Installation, environment: [String: String] = [:]) throws {
    self.it = it
    // With --debug its events are on standard error, also where a journal listens.
    process = try ChildProcess(
      launching: Installation.binary, arguments: ["--debug", "--config", it.configurationFile],
      environment: environment)
  }

  /// Waits until the PBX satisfies `condition`.
  func pbx(_ what: String, _ condition: (Simulator.State) -> Bool) async throws {
    try await eventually(what) { condition(try await it.pbx.state()) }
  }

  /// Waits until as many more runs have come to their end.
  func runs(_ count: Int) async throws {
    let before = reads
    try await eventually("\(count) more runs: \(process.errors)") { reads >= before + count }
  }

  /// How many runs with a read have come to their end.
  var reads: Int { said("entries read") + said("entry read") }

  /// How often it said so, in an event on standard error.
  func said(_ text: String) -> Int { process.errors.components(separatedBy: text).count - 1 }

  /// Tells it to stop, and returns its exit status.
  func stop() async -> Int32 {
    process.send(SIGTERM)
    return await process.waitUntilExit()
  }
}

extension ServiceManager {
  /// Waits for a message that says so; those before it are gone.
  func says(_ text: String) async throws {
    while try await !next().contains(where: { $0.contains(text) }) {}
  }
}
