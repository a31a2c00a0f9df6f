public import Foundation

/// A folder of a test's own. It goes when the value goes out of scope, not after its last use.
public struct TemporaryFolder: ~Copyable, Sendable {
  public let path: String

  public init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("pbxsyncd-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, by default for its owner alone, and returns its path.
  @discardableResult
  public func write(_ name: String, _ content: Data, mode: Int = 0o600) throws -> String {
    let file = path + "/" + name
    try content.write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  @discardableResult
  public func write(_ name: String, _ content: String, mode: Int = 0o600) throws -> String {
    try write(name, Data(content.utf8), mode: mode)
  }
}
