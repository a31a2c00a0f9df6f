public import Domain

/// What became of an entry.
public enum MappingResult: Sendable, Hashable {
  /// The objects that it asks for, at least one. The problems are those of values that had to be left out.
  case wanted([WantedObject], problems: [MappingProblem])
  /// It becomes an extension as soon as it has a number: the directory gives none, and its source has a pool. The problems are
  /// those of values that had to be left out.
  case unnumbered(UnnumberedUser, problems: [MappingProblem])
  /// The account is switched off.
  case disabled
  /// It can't become an object until what is listed, at least one problem, is mended.
  case unmappable([MappingProblem])
}
