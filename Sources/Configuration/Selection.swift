import Domain
import Platform

extension Configuration {
  /// What narrows a source beside its base and its filter.
  public struct Selection: Sendable, Hashable {
    /// DNs: an entry is in one of them, directly or through others. Empty where no group counts.
    public var groups: [String]
    /// DNs of group members that are neither groups nor anybody.
    public var ignoredMembers: [String]
    /// Entries that match are left out.
    public var exclude: String?
    /// DNs and immutable ids of entries that are left out.
    public var excluded: [String]
    /// A file with more of them (`readExclusions`).
    public var excludeFile: String?
    /// Whether ids may be any text, by an attribute that the configuration names.
    public var takesAnyID: Bool

    public init(
      groups: [String] = [], ignoredMembers: [String] = [], exclude: String? = nil, excluded: [String] = [],
      excludeFile: String? = nil, takesAnyID: Bool = false
    ) {
      self.groups = groups
      self.ignoredMembers = ignoredMembers
      self.exclude = exclude
      self.excluded = excluded
      self.excludeFile = excludeFile
      self.takesAnyID = takesAnyID
    }
  }
}

extension Configuration.Selection {
  /// Whether it leaves out nobody.
  public var isEmpty: Bool { groups.isEmpty && exclude == nil && excluded.isEmpty && excludeFile == nil }

  init(_ table: TOMLTable) {
    let takesAnyID = table.document.hasOwnIdentity
    self.init(
      groups: table.texts("group", checkDN), ignoredMembers: table.list("ignore_members", checkDN).map(\.value),
      exclude: table.text("exclude", checkFilter)?.value,
      excluded: table.list("exclude_list") { text throws(ValueError) in
        try checkExclusion(text, takesAnyID: takesAnyID)
      }.map(\.value),
      excludeFile: table.readableFile("exclude_file"), takesAnyID: takesAnyID)
  }
}

/// Reads a file with a DN or an immutable id on each line; empty lines and those that begin with `#` don't count. Blocks
/// while it reads.
///
/// - Parameter takesAnyID: whether ids may be any text.
public func readExclusions(file: String, takesAnyID: Bool = false) throws(ConfigurationError) -> [String] {
  let content: FileBytes
  do throws(ValueError) {
    content = try FileBytes(readFrom: file, limit: 16_777_216)
  } catch {
    throw ConfigurationError(file: file, findings: [.init(message: error.message, remedy: error.remedy)])
  }
  var exclusions: [String] = []
  var findings: [ConfigurationError.Issue] = []
  let lines = try decodeText(content.bytes, of: file).split(
    omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  for (number, line) in lines.enumerated() {
    let text = String(trimmed(line))
    if text.isEmpty || text.hasPrefix("#") { continue }
    do throws(ValueError) {
      exclusions.append(try checkExclusion(text, takesAnyID: takesAnyID))
    } catch {
      findings.append(.init(line: number + 1, column: 1, message: error.message, remedy: error.remedy))
    }
  }
  if !findings.isEmpty { throw ConfigurationError(file: file, findings: findings) }
  return exclusions
}

/// What somebody wrote behind a name; nil where nothing stands there.
private func remark(in line: String) -> Substring? {
  line.indices.first { line[$0] == "#" && $0 != line.startIndex && line[line.index(before: $0)].isWhitespace }.map {
    line[$0...]
  }
}

/// A DN, or the text of an immutable id: 32 hexadecimal digits with hyphens between them.
private func checkExclusion(_ text: String, takesAnyID: Bool) throws(ValueError) -> String {
  if let remark = remark(in: text) {
    throw ValueError(
      "\"\(remark)\" would be a part of the name, so that it names nobody",
      "write a remark on a line of its own, and a number sign in a name as \\23")
  }
  if text.contains("=") { return try checkDN(text) }
  if takesAnyID { return text }
  guard text.count(where: \.isHexDigit) == 32, text.allSatisfy({ $0.isHexDigit || $0 == "-" }) else {
    throw ValueError(
      "\"\(text)\" is neither a DN nor an immutable id",
      "write a DN, or the id that \(pbxsyncd) why shows for the entry")
  }
  return text
}

private func trimmed(_ line: Substring) -> Substring {
  var line = line.drop(while: \.isWhitespace)
  while line.last?.isWhitespace == true { line.removeLast() }
  return line
}
