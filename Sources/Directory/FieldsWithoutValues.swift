package import Domain
import LDAP
import Mapping

/// Optional fields of a source that have been empty so far although entries have the templates' attributes: probably a pattern accepts
/// none of the values.
package struct FieldsWithoutValues: Sendable {
  private var candidates: [(field: ObjectField, source: SourceField, entries: Int)]

  init(of source: Source) {
    candidates = source.fields.compactMap { source in
      switch source.field {
      case .lastName?, .email?, .callerID?, .company?: source.field.map { ($0, source, 0) }
      default: nil
      }
    }
  }

  /// Records the wanted objects of an entry. An unusable value is a separate problem.
  mutating func record(_ wantedObjects: [WantedObject], of entry: borrowing Entry) {
    if wantedObjects.isEmpty { return }
    candidates.removeAll { candidate in
      wantedObjects.contains { wantedObject in
        wantedObject.open?.kept.contains(candidate.field) == true
          || wantedObject.item.fields.contains { $0.field == candidate.field && !$0.value.isEmpty }
      }
    }
    for index in candidates.indices {
      for name in candidates[index].source.template.attributes where entry.first(name) != nil {
        candidates[index].entries += 1
        break
      }
    }
  }

  /// The problems after all entries of the source.
  package func problems(of source: Source) -> [MappingProblem] {
    candidates.filter { $0.entries > 0 }.map { candidate in
      let attributes = candidate.source.template.attributes.sorted().joined(separator: ", ")
      return MappingProblem(
        dn: source.base, entry: nil, attribute: attributes,
        reason:
          "\(candidate.source.key) of \"\(source.name)\" makes nothing of any of the \(counted(candidate.entries, "entry", "entries")) that have \(attributes)",
        remedy: "Correct the steps of its template, which accept none of the values, or leave the field out.")
    }
  }
}
