import Directory
package import Domain
import Journal
package import Mapping
import Text

// What a read of the directory found about the configuration and about entries.

/// A site without entries in a complete read.
package struct VacantSite: Hashable, Sendable {
  package let name: String
  package let membership: Site.Rule

  package init(_ site: Site) { (name, membership) = (site.name, site.membership) }

  /// The report of it, with its rule.
  package var text: String {
    let rule =
      switch membership {
      case .below(let base): "base = \"\(base)\""
      case .valued(let attribute, let value): "attribute = \"\(attribute)\", value = \"\(value)\""
      }
    return "Site \"\(name)\" has no entries (\(rule))"
  }

  package var remedy: String {
    "correct its rule in [[sites]], check whether an earlier site selects its entries, or delete the site"
  }

  var event: Event {
    Event(.siteVacant, "\(text); \(remedy)", [.source: name, .reason: text, .remedy: remedy])
  }
}

extension UnmatchedExclusion {
  var event: Event {
    Event(
      .exclusionUnmatched, "\(text); fix the line, or remove it if that entry is gone",
      [.source: source, .value: line])
  }

  var json: JSON { ["source": .string(source), "line": .string(line)] }
}

extension MappingProblem {
  package var text: String {
    let value = value.isEmpty ? "" : " \"\(value)\""
    let attribute = attribute.isEmpty ? "" : " (\(attribute)\(value))"
    return "\(dn): \(reason)\(attribute)"
  }

  /// What it is about, in a few words.
  package var topic: String {
    let name = attribute.isEmpty ? "entry" : attribute
    return value.isEmpty ? "\(name) missing" : "\(name) unusable"
  }

  var event: Event {
    let isKept = keptField != nil
    return Event(
      .entryUnmappable,
      "\(isKept ? "A field has no usable value" : "Skipped an entry that can't be mapped"): \(text); \(clause(of: remedy))",
      [
        .action: isKept ? "keep" : "skip", .dn: dn, .entry: entry?.text, .outcome: isKept ? "kept" : "skipped",
        .attribute: attribute, .value: value, .reason: reason, .remedy: remedy,
      ])
  }

  var json: JSON {
    [
      "dn": .string(dn), "entry": .optional(entry?.text), "attribute": .string(attribute), "value": .string(value),
      "reason": .string(reason), "remedy": .string(remedy), "kept_field": .optional(keptField?.rawValue),
    ]
  }
}
