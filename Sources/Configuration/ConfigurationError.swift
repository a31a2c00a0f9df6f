/// All errors of a file, so that an admin can correct it in one go.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One error with its remedy.
  public struct Issue: Hashable, Sendable {
    /// Counts from 1; nil if it isn't about one line.
    public var line: Int?
    /// Counts from 1, in Unicode scalars.
    public var column: Int?
    /// The error, as a clause without a full stop. Contains no secret.
    public var message: String
    /// The next step for the admin; empty if the message has it.
    public var remedy: String

    public init(line: Int? = nil, column: Int? = nil, message: String, remedy: String = "") {
      self.line = line
      self.column = column
      self.message = message
      self.remedy = remedy
    }
  }

  public var file: String
  /// In the order of the file; those about the file as a whole come first.
  public var findings: [Issue]
  /// The state folder, if the file has it without an error; otherwise nil.
  public var stateDirectory: String?

  public init(file: String, findings: [Issue]) {
    self.file = file
    self.findings = findings
  }

  /// `FILE:LINE:COLUMN: MESSAGE; REMEDY`, one line an error, in the form that editors jump to.
  public var description: String {
    findings.map { finding in
      let place = [finding.line, finding.column].compactMap(\.self).map { ":\($0)" }.joined()
      let remedy = finding.remedy.isEmpty ? "" : "; \(finding.remedy)"
      return "\(file)\(place): \(finding.message)\(remedy)"
    }.joined(separator: "\n")
  }
}
