import Synchronization
import TestSupport
import Testing

@testable import LDAP

@Suite(.timeLimit(.minutes(15))) struct `A paged search` {
  /// Returns so many pages of one entry each, and records each request.
  private func directory(
    pages: Int, asked: @escaping @Sendable (Int) -> Void
  ) async throws -> (Connection, ScriptedDirectory) {
    let count = Mutex(0)
    let directory = try ScriptedDirectory { _ in
      let number = count.withLock { count in
        count += 1
        return count
      }
      asked(number)
      return [.entry("cn=\(number)", [:])] + (number < pages ? [.cookie("page \(number)")] : [])
    }
    let server = ConnectionSettings(
      uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60), idleTimeout: .seconds(60))
    return (try await Connection.open(server), directory)
  }

  @Test
  func `requests the next page before the entries of one are handled`() async throws {
    let next = Gate()
    let (connection, directory) = try await directory(pages: 2) { if $0 == 2 { next.open() } }
    let (names, result) = try await connection.search(request(), into: [String]()) { names, entry in
      next.wait()
      names.append(entry.dn)
    }
    #expect(names == ["cn=1", "cn=2"])
    #expect(result.pages == 2 && result.entries == 2)
    withExtendedLifetime(directory) {}
  }

  @Test func `that is ended leaves the connection usable, with a page in flight`() async throws {
    let (connection, directory) = try await directory(pages: 3) { _ in }
    let (count, result) = try await connection.search(
      request(), into: 0,
      choosing: { count, _ in
        count += 1
        return .end
      }, { _, _ in })
    #expect(count == 1 && result == nil)
    #expect(try await connection.read("cn=3", attributes: ["1.1"])?.dn == "cn=3")
    withExtendedLifetime(directory) {}
  }
}
