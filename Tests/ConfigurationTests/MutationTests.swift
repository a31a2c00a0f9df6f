import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `Damaged files` {
  @Test(arguments: 0..<8)
  func `are accepted or refused at a position in them`(seed: UInt64) throws {
    let sample = try Array(Data(contentsOf: package.appending(path: "etc/pbxsyncd/pbxsyncd.toml")))
    var random = SplitMix64(state: seed)
    for round in 0..<150 {
      var bytes = sample
      for _ in 0...Int.random(in: 0..<4, using: &random) { damage(&bytes, &random) }
      do throws(ConfigurationError) {
        _ = try Configuration(bytes, file: "F", credentialsDirectory: nil, stateDirectory: nil)
      } catch {
        let lines = bytes.count { $0 == 0x0A } + 1
        #expect(!error.findings.isEmpty, "round \(round)")
        #expect(
          error.findings.allSatisfy { !$0.message.isEmpty && (1...lines).contains($0.line ?? 1) },
          "round \(round): \(error)")
        #expect(error.description.split(separator: "\n").count == error.findings.count, "round \(round): \(error)")
      }
    }
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    let tokens = [
      "\"", "[", "]", "{", "}", "=", ".", ",", "\n", "#", "'''", "\"\"\"", "\\", "\0", "\u{FEFF}", "[[", "é", "\r",
      "1e9",
    ]
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1..<60, using: &random))
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
    case 3: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
    default: bytes.removeLast(bytes.count - max(1, place))
    }
  }

  @Test(arguments: [
    "[" + String(repeating: "a.", count: 200_000) + "a]", "a = " + String(repeating: "[", count: 200_000),
    "a = " + String(repeating: "{a=", count: 200_000), String(repeating: "a.", count: 900) + "a = 1",
    "a = \"" + String(repeating: "x", count: 500_000), String(repeating: "k", count: 500_000) + " = 1",
    String(repeating: "[[users]]\n", count: 5_000),
  ])
  func `of absurd size or depth are refused`(text: String) {
    #expect(throws: ConfigurationError.self) { try read(text) }
  }
}
