/// A complete answer, whatever its status.
public struct Response: Hashable, Sendable {
  /// The longest body that is accepted, in bytes; a longer one is an error.
  public static let maxBodyBytes = 1 << 20

  public let status: Int
  /// The header as it came; empty without one.
  public let contentType: String
  public let body: [UInt8]

  public init(status: Int, contentType: String = "", body: [UInt8] = []) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}
