package import Domain

extension Conflict {
  /// Whether no action is needed: an admin protects a leaver's number.
  var isAsAdminWants: Bool { if case .keptProtected = reason { true } else { false } }

  /// Whether the PBX reported it, so that an event has reported it already.
  var isFromPBX: Bool {
    switch reason {
    case .foreign, .refused, .backingOff: true
    case .unproven(let unproven): !unproven.hasKnownValues
    case .duplicate, .occupied, .leaving, .protected, .keptProtected, .outOfRange, .quarantined, .poolExhausted,
      .restored, .numberGone, .numberLost, .recreated, .numbersHidden:
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
      .restored, .numberGone, .numberLost, .recreated, .numbersHidden:
      nil
    }
  }
}
