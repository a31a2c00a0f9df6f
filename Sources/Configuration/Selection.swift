import Domain
import Platform
import Text

extension Configuration {
  /// The selection of a source besides base and filter.
  public struct Selection: Sendable, Hashable {
    /// DNs: an entry is a member of one of them, directly or through others. Empty for no groups.
    public var groups: [String]
    /// DNs of group members that are neither groups nor persons.
    public var ignoredMembers: [String]
    /// Entries that match are excluded.
    public var exclude: String?
    /// DNs and immutable IDs of excluded entries.
    public var excluded: [String]
    /// A file with more of them (`readExclusions`).
    public var excludeFile: String?
    /// Whether IDs may be any text, because the configuration names the attribute.
    public var allowsAnyID: Bool

    public init(
      groups: [String] = [], ignoredMembers: [String] = [], exclude: String? = nil, excluded: [String] = [],
      excludeFile: String? = nil, allowsAnyID: Bool = false
    ) {
      self.groups = groups
      self.ignoredMembers = ignoredMembers
      self.exclude = exclude
      self.excluded = excluded
      self.excludeFile = excludeFile
      self.allowsAnyID = allowsAnyID
    }
  }
}

extension Configuration.Selection {
  /// Whether it excludes no entry.
  public var isEmpty: Bool { groups.isEmpty && exclude == nil && excluded.isEmpty && excludeFile == nil }

  init(_ table: TOMLTable) {
    let allowsAnyID = table.document.hasOwnIdentity
    self.init(
      groups: table.texts("group", checkDN), ignoredMembers: table.list("ignore_members", checkDN).map(\.value),
      exclude: table.text("exclude", checkFilter)?.value,
      excluded: table.list("exclude_list") { text throws(ValueError) in
        try checkExclusion(text, allowsAnyID: allowsAnyID)
      }.map(\.value),
      excludeFile: table.readableFile("exclude_file"), allowsAnyID: allowsAnyID)
  }
}

/// Reads a file with a DN or an immutable ID on each line; empty lines and those that begin with `#` are ignored. Blocks
/// while it reads.
///
/// - Parameter allowsAnyID: whether IDs may be any text.
public func readExclusions(file: String, allowsAnyID: Bool = false) throws(ConfigurationError) -> [String] {
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
    let text = trimmed(String(line))
    if text.isEmpty || text.hasPrefix("#") { continue }
    do throws(ValueError) {
      exclusions.append(try checkExclusion(text, allowsAnyID: allowsAnyID))
    } catch {
      findings.append(.init(line: number + 1, column: 1, message: error.message, remedy: error.remedy))
    }
  }
  if !findings.isEmpty { throw ConfigurationError(file: file, findings: findings) }
  return exclusions
}

/// The comment behind a DN; nil if there is none.
private func remark(in line: String) -> Substring? {
  line.indices.first { line[$0] == "#" && $0 != line.startIndex && line[line.index(before: $0)].isWhitespace }.map {
    line[$0...]
  }
}

/// A DN, or the text of an immutable ID: 32 hexadecimal digits with hyphens between them.
private func checkExclusion(_ text: String, allowsAnyID: Bool) throws(ValueError) -> String {
  if let remark = remark(in: text) {
    throw ValueError(
      "\"\(remark)\" would be part of the DN, so that it matches nobody",
      "write a comment on a line of its own, and a number sign in a DN as \\23")
  }
  if text.contains("=") { return try checkDN(text) }
  if allowsAnyID { return text }
  guard text.count(where: \.isHexDigit) == 32, text.allSatisfy({ $0.isHexDigit || $0 == "-" }) else {
    throw ValueError(
      "\"\(text)\" is neither a DN nor an immutable ID",
      "write a DN, or the ID that \(pbxsyncd) why shows for the entry")
  }
  return text
}
