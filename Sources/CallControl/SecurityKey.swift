/// The secret that each call carries. It can be sent and nothing else: whatever prints it prints `***`.
public struct SecurityKey: Sendable {
  let text: String

  public init(_ text: String) { self.text = text }
}

extension SecurityKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "***" }
  public var debugDescription: String { "***" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
