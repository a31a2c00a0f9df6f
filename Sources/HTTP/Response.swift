/// A complete answer, whatever its status.
public struct Response: Hashable, Sendable {
  /// The longest body that is accepted, in bytes; a longer one is an error.
  public static let maxBodyBytes = 1 << 20

  public let status: Int
  /// The unchanged `Content-Type` header; empty without one.
  public let contentType: String
  public let body: [UInt8]
  /// The time of the answer by the server's clock, in seconds since 1970 (RFC 9110, section 6.6.1); nil without a `Date` header.
  public let date: Int64?
  /// The `Server` header (RFC 9110, section 10.2.4); empty without one.
  public let server: String

  public init(status: Int, contentType: String = "", body: [UInt8] = [], date: Int64? = nil, server: String = "") {
    self.server = server
    self.status = status
    self.contentType = contentType
    self.body = body
    self.date = date
  }
}
