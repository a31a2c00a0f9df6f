package import Domain

extension Conflict {
  /// Whether nobody has to act: an admin protects the number of somebody who has left.
  var isAsAdminWants: Bool { if case .keptProtected = reason { true } else { false } }

  /// Whether the PBX said it, and an event told of it then.
  var isFromPBX: Bool {
    switch reason {
    case .foreign, .refused, .backingOff: true
    case .unproven(let unproven): !unproven.hasKnownValues
    case .duplicate, .occupied, .leaving, .protected, .keptProtected, .outOfRange, .quarantined, .poolExhausted,
      .restored, .numberGone, .numberLost, .madeAnew, .numbersHidden:
      false
    }
  }

  /// When time alone lets it be tried again, in seconds since 1970; nil where something must change first.
  package var dueAt: Timestamp? {
    switch reason {
    case .quarantined(let until, _, _): until
    case .backingOff(let backoff): backoff.nextAt
    case .foreign(_, let nextAt, _): nextAt
    case .duplicate, .occupied, .leaving, .protected, .keptProtected, .outOfRange, .unproven, .refused, .poolExhausted,
      .restored, .numberGone, .numberLost, .madeAnew, .numbersHidden:
      nil
    }
  }
}
