import Foundation
import Platform
import Testing

@Suite(.serialized) struct `Resident memory` {
  /// Pages of files in this process (`shared` in proc_pid_statm(5)).
  private var filePages: Int {
    get throws {
      let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
      return Int(fields[2]) ?? 0
    }
  }

  /// Makes use of the libraries' code and of data that the dynamic linker and the program have written.
  private func work() throws -> [String] {
    try (1...50).map { number in
      let text = try JSONEncoder().encode(["number": number])
      return String(decoding: text, as: UTF8.self).uppercased()
    }
  }

  @Test func `gives its code back, and goes on as before`() throws {
    let before = try work()
    let pages = try filePages
    ResidentMemory.trim()
    #expect(try filePages < pages)
    #expect(try work() == before)
  }

  @Test func `gives its code back while others run in it`() async throws {
    try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<4 { group.addTask { try work() } }
      for _ in 0..<20 {
        ResidentMemory.releaseCode()
        await Task.yield()
      }
      for try await result in group { #expect(result.count == 50) }
    }
  }
}
