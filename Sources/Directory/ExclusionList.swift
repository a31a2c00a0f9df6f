package import Configuration
import Domain
import LDAP
import Text

/// Entries that a source never takes, by their names or by their immutable ids.
package struct ExclusionList: Sendable {
  /// As an admin wrote them: those of the configuration, then those of its file.
  package let lines: [String]
  /// The index of each in `lines`, by its folded name or ID.
  private let places: [String: Int]

  /// Reads the file again. Blocks while it reads.
  ///
  /// - Throws: `ConfigurationError` if the file is missing or a line in it is wrong. No entry is selected because of that.
  package init(of selection: Configuration.Selection) throws(ConfigurationError) {
    let file = try selection.excludeFile.map { file throws(ConfigurationError) in
      try readExclusions(file: file, takesAnyID: selection.takesAnyID)
    }
    self.init(selection.excluded + (file ?? []))
  }

  init(_ lines: [String]) {
    self.lines = lines
    places = Dictionary(lines.enumerated().map { (Self.key($1), $0) }) { first, _ in first }
  }

  package var isEmpty: Bool { lines.isEmpty }

  /// Tells one list from another, whatever the order; nil for an empty one.
  var digest: String? { isEmpty ? nil : Text.digest(places.keys.sorted().joined(separator: "\n")) }

  /// Which line names the entry.
  func place(of dn: String, _ id: String?) -> Int? {
    if isEmpty { return nil }
    return places[DN(dn).folded] ?? id.flatMap { places[$0.lowercased()] }
  }

  /// The lines that name none of those that were found; a line that names an entry for the second time is none.
  func unmatched(_ found: Set<Int>) -> [String] {
    places.values.sorted().filter { !found.contains($0) }.map { lines[$0] }
  }

  /// The unmatched lines for a summary, as a further clause: their count, and the first of them; empty without any.
  package func idleText(_ found: Set<Int>) -> String {
    let idle = unmatched(found)
    if idle.isEmpty { return "" }
    let names = idle.listed(to: 3, by: "; ")
    return "; \(counted(idle.count, "exclusion names", "exclusions name")) none of its entries: \(names)"
  }

  private static func key(_ line: String) -> String { line.contains("=") ? DN(line).folded : line.lowercased() }
}
