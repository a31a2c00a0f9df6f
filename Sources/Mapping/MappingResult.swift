public import Domain

/// The mapping of an entry.
public enum MappingResult: Sendable, Hashable {
  /// Its wanted objects, at least one. The problems are those of skipped values.
  case wanted([WantedObject], problems: [MappingProblem])
  /// An extension that still needs a number: the directory has none, and its source has a pool. The problems are those of skipped
  /// values.
  case unnumbered(UnnumberedUser, problems: [MappingProblem])
  /// The account is disabled.
  case disabled
  /// It can't be mapped until the listed problems, at least one, are fixed. The object has the values that can be mapped, and no number.
  case unmappable(PBXObject, problems: [MappingProblem])
}
