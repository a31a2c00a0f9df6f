import Foundation

/// A folder of a test's own, removed when the value goes out of scope.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Where a ledger would be.
  var ledger: String { path + "/ledger.sqlite" }
}

/// The bytes of a file; fails the test where there is none.
func bytes(of path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
