public import Domain

/// The API's URL and variants.
public struct CallControlSettings: Sendable {
  /// The place of a call's parameters.
  public enum Parameters: String, Hashable, Sendable {
    /// In the URL, as the vendor's page prints it. Web servers write URLs to their access logs, the key included.
    case query
    /// In an urlencoded body, for installations that accept it.
    case form
  }

  /// `https://192.0.2.4:8000/api.aspx`, without a query.
  public var url: String
  public var key: SecurityKey
  public var `protocol`: CallProtocol
  /// The longest query or form of a call, percent-encoded. ASP.NET on IIS refuses queries above 2,048 bytes.
  public var maxQueryBytes: Int
  public var parameters: Parameters

  public init(
    url: String, key: SecurityKey, protocol: CallProtocol = .default, maxQueryBytes: Int = 2048,
    parameters: Parameters = .query
  ) {
    self.url = url
    self.key = key
    self.protocol = `protocol`
    self.maxQueryBytes = maxQueryBytes
    self.parameters = parameters
  }
}

/// The secret in each call. It can only be sent: it prints as `***`.
public struct SecurityKey: Sendable {
  let text: String

  public init(_ text: String) { self.text = text }
}

extension SecurityKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "***" }
  public var debugDescription: String { "***" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
