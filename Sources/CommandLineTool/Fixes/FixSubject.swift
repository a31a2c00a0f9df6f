import Directory
import Domain
import Mapping

/// The subject of a conflict that another value in the directory might solve.
enum FixSubject: Sendable {
  case conflict(Conflict.Reason)
  case problem(MappingProblem)
  case double(LintChecks.Occurrence, LintChecks.Occurrence)
  case ambiguity(LintChecks.AmbiguousNumber)
  case cut(LintChecks.OddCut)
  case unwritten(DirectoryWrite)

  /// nil if the directory can't solve it.
  var key: FindingKey? {
    switch self {
    case .conflict(.duplicate), .conflict(.outOfRange), .conflict(.emergency): .number
    case .conflict: nil
    case .problem(let problem): FindingKey(problem)
    // Of two entries with one number it isn't known which one has it.
    case .double(let claim, let keeper): claim.kind == .contact && claim.dn == keeper.dn ? .double : nil
    case .ambiguity(let ambiguity): .ambiguity(ambiguity.setting)
    case .cut(let cut): .cut(cut.setting)
    case .unwritten: .unwritten
    }
  }

  /// Whether reading the entry again may help.
  ///
  /// - Parameter attributes: those of extensions' numbers and caller IDs, in lower case.
  func isForProposal(_ attributes: Set<String>) -> Bool {
    switch self {
    case .problem(let problem): attributes.contains(problem.attribute.lowercased())
    case .ambiguity(let ambiguity): ambiguity.kind == .extension && [.number, .callerID].contains(ambiguity.field)
    case .conflict, .double, .cut, .unwritten: key != nil
    }
  }
}

extension FixPlanner.Request {
  init(_ subjects: [FixSubject]) {
    for subject in subjects {
      if let key = subject.key { listed.insert(key) }
      switch subject {
      case .conflict: keepsNumber = keepsNumber || subject.key == nil
      case .double(let claim, let keeper): doubles.append((claim.value, keeper.value))
      case .unwritten(let writing): self.writing = writing
      case .problem, .ambiguity, .cut: break
      }
    }
  }
}
