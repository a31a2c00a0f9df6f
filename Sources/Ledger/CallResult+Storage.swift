import Domain

extension CallResult.Status: Storable {
  var stored: SQLiteValue {
    switch self {
    case .accepted: .text("accepted")
    case .absent: .text("absent")
    case .taken: .text("taken")
    case .refused: .text("refused")
    case .badKey: .text("bad key")
    case .failed: .text("failed")
    case .notUnderstood: .text("not understood")
    case .unanswered: .text("unanswered")
    case .notSent: .text("not sent")
    case .tooLong: .text("too long")
    }
  }

  init?(_ stored: SQLiteValue) {
    let all: [CallResult.Status] = [
      .accepted, .absent, .taken, .refused, .badKey, .failed, .notUnderstood, .unanswered, .notSent, .tooLong,
    ]
    guard let verdict = all.first(where: { $0.stored == stored }) else { return nil }
    self = verdict
  }
}
