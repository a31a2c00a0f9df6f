public import Domain

/// Finds out with one number whether a PBX reveals taken numbers: a form does if its probe is refused for its own value while the
/// number is free, and as "taken" once an add was made.
///
/// | before the add | once the number is certainly taken | means |
/// |---|---|---|
/// | taken | | the number is taken, and nothing is learned |
/// | created | | this PBX doesn't check the value; the extension is managed |
/// | free | taken | the form reveals taken numbers |
/// | free | free | the form reveals nothing: the PBX checks the value first |
/// | unknown | | nothing is learned from this form |
public struct PresenceLearning: Sendable {
  public enum Verdict: Hashable, Sendable {
    case reveals(ProbeForm)
    case revealsNothing
    /// Another number has to show it.
    case unknown
  }

  /// The forms that showed the number as free before the add.
  public private(set) var candidates: Set<ProbeForm>
  private var hasUnknown = false

  public init(candidates: Set<ProbeForm> = []) { self.candidates = candidates }

  /// Records what a form showed before the add.
  public mutating func record(_ presence: Presence, beforeAddBy form: ProbeForm) {
    switch presence {
    case .free: candidates.insert(form)
    case .unknown: hasUnknown = true
    case .taken, .created: break
    }
  }

  /// The conclusion from what the same forms show once the PBX has accepted an add of the number, or has refused it as taken.
  public func verdict(after answers: [ProbeForm: Presence]) -> Verdict {
    let form = ProbeForm.allCases.first { candidates.contains($0) && answers[$0] == .taken }
    if let form { return .reveals(form) }
    let isUnrevealed = !hasUnknown && candidates.allSatisfy { answers[$0] == .free }
    return isUnrevealed ? .revealsNothing : .unknown
  }
}
