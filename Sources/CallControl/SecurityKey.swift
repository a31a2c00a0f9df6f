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
