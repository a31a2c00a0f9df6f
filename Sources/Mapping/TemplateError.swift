/// Why a template can't be read, and where.
public struct TemplateError: Error, Hashable, Sendable {
  /// What is wrong, as a sentence without its end.
  public var message: String
  /// Where it begins, in code points from 1, within the template's text.
  public var column: Int
  /// What to write instead, as a sentence.
  public var remedy: String

  public init(message: String, column: Int, remedy: String) {
    self.message = message
    self.column = column
    self.remedy = remedy
  }
}
