import Foundation
import TestSupport
import Testing

/// The commands of pbxsyncd, as `pbxsyncd help --json` prints them.
struct CommandTable: Decodable {
  struct Command: Decodable {
    let name, topic, summary, details: String
    let forms: [Form]
    let options: [Option]
    let exit: [Exit]
    let example: [String]
  }
  struct Form: Decodable { let words, summary: String }
  struct Option: Decodable {
    let name, summary: String
    let value: String?
  }
  struct Exit: Decodable {
    let status: Int32
    let meaning: String
  }

  let commands: [Command]
  /// Those of all commands.
  let options: [Option]

  static func read() async throws -> CommandTable {
    let help = try await ChildProcess.run(Installation.binary, ["help", "--json"])
    #expect(help.exitStatus == 0)
    return try JSONDecoder().decode(Self.self, from: Data(help.output.utf8))
  }
}
