public import Domain

/// Finds out with one number whether a PBX tells by a probe: which form was refused for its own value while the number was
/// free, and says "taken" once an add was made.
///
/// | before the add | once the number is certainly taken | means |
/// |---|---|---|
/// | taken | | the number is taken, and nothing is learned |
/// | created | | this PBX doesn't check the value; the extension is managed |
/// | free | taken | the form tells |
/// | free | free | the form doesn't tell: the value is checked first |
/// | unknown | | nothing is learned from this form |
public struct PresenceLearning: Sendable {
  public enum Verdict: Hashable, Sendable {
    case tells(ProbeForm)
    case tellsNothing
    /// Another number has to show it.
    case open
  }

  /// The forms that said "free" before the add, and may tell.
  public private(set) var candidates: Set<ProbeForm>
  private var hasUnknown = false

  public init(candidates: Set<ProbeForm> = []) { self.candidates = candidates }

  /// Takes what a form said before the add.
  public mutating func before(_ form: ProbeForm, _ presence: Presence) {
    switch presence {
    case .free: candidates.insert(form)
    case .unknown: hasUnknown = true
    case .taken, .created: break
    }
  }

  /// What the same forms say once the PBX has accepted an add of the number, or has said that it is taken.
  public func after(_ answers: [ProbeForm: Presence]) -> Verdict {
    let form = ProbeForm.allCases.first { candidates.contains($0) && answers[$0] == .taken }
    if let form { return .tells(form) }
    let isSilent = !hasUnknown && candidates.allSatisfy { answers[$0] == .free }
    return isSilent ? .tellsNothing : .open
  }
}
