/// All that is wrong with a file, so that an admin mends it in one go.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One thing that is wrong, and the way to mend it.
  public struct Issue: Hashable, Sendable {
    /// Counts from 1; nil where it isn't about one line.
    public var line: Int?
    /// Counts from 1, in Unicode scalars.
    public var column: Int?
    /// What is wrong, as a clause without its end. Holds no secret.
    public var message: String
    /// What an admin does about it; empty where the message says it.
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
  /// Where the ledger is kept, where the file says that without a fault; nil where that isn't known.
  public var stateDirectory: String?

  public init(file: String, findings: [Issue]) {
    self.file = file
    self.findings = findings
  }

  /// `FILE:LINE:COLUMN: MESSAGE; REMEDY`, one line a finding, in the form that editors jump to.
  public var description: String {
    findings.map { finding in
      let place = [finding.line, finding.column].compactMap(\.self).map { ":\($0)" }.joined()
      let remedy = finding.remedy.isEmpty ? "" : "; \(finding.remedy)"
      return "\(file)\(place): \(finding.message)\(remedy)"
    }.joined(separator: "\n")
  }
}
