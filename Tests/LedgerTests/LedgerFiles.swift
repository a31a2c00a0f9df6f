import Foundation
import TestSupport

extension TemporaryFolder {
  /// Where a ledger would be.
  var ledger: String { path + "/ledger.sqlite" }
}

/// The bytes of a file; fails the test where there is none.
func bytes(of path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
