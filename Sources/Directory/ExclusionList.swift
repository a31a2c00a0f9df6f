package import Configuration
import Domain
import LDAP
import Text

/// Entries that a source never selects, by their DNs or immutable IDs.
package struct ExclusionList: Sendable {
  /// The lines as an admin wrote them: first those of the configuration, then those of its file.
  package let lines: [String]
  /// The index in `lines` by the folded DN or ID.
  private let indices: [String: Int]

  /// Reads the file again. Blocks while it reads.
  ///
  /// - Throws: `ConfigurationError` if the file is missing or a line in it is wrong. No entry is selected because of that.
  package init(of selection: Configuration.Selection) throws(ConfigurationError) {
    let file = try selection.excludeFile.map { file throws(ConfigurationError) in
      try readExclusions(file: file, allowsAnyID: selection.allowsAnyID)
    }
    self.init(selection.excluded + (file ?? []))
  }

  init(_ lines: [String]) {
    self.lines = lines
    indices = Dictionary(lines.enumerated().map { (Self.key($1), $0) }) { first, _ in first }
  }

  package var isEmpty: Bool { lines.isEmpty }

  /// A digest of the list, independent of its order; nil for an empty list.
  var digest: String? { isEmpty ? nil : Text.digest(indices.keys.sorted().joined(separator: "\n")) }

  /// The index of the line that matches the entry; nil if none does.
  func line(of dn: String, _ id: String?) -> Int? {
    if isEmpty { return nil }
    return indices[DN(dn).folded] ?? id.flatMap { indices[$0.lowercased()] }
  }

  /// The lines that match no entry; duplicate lines aren't included.
  func unmatched(_ found: Set<Int>) -> [String] {
    indices.values.sorted().filter { !found.contains($0) }.map { lines[$0] }
  }

  /// The unmatched lines for a summary, as a further clause: their count, and the first of them; empty without any.
  package func unmatchedText(_ found: Set<Int>) -> String {
    let idle = unmatched(found)
    if idle.isEmpty { return "" }
    let names = idle.listed(to: 3, by: "; ")
    return "; \(counted(idle.count, "exclusion names", "exclusions name")) none of its entries: \(names)"
  }

  private static func key(_ line: String) -> String { line.contains("=") ? DN(line).folded : line.lowercased() }
}
