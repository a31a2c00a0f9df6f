/// An error of a template, with its position.
public struct TemplateError: Error, Hashable, Sendable {
  /// The error, as a sentence without a full stop.
  public var message: String
  /// Its first position in the template's text, in code points from 1.
  public var column: Int
  /// What to write instead, as a sentence.
  public var remedy: String

  public init(message: String, column: Int, remedy: String) {
    self.message = message
    self.column = column
    self.remedy = remedy
  }
}
