/// A call that must be refused, with which a PBX may reveal whether an extension number is taken.
public enum ProbeForm: String, Hashable, Sendable, CaseIterable {
  /// An add with an empty first name.
  case name
  /// An add with an e-mail address that can't be one.
  case email

  /// The extension of the call. No PBX can mail to it.
  public func item(_ number: String) -> Extension {
    switch self {
    case .name: Extension(number: number, firstName: "")
    case .email: Extension(number: number, firstName: "Probe", email: "no-address")
    }
  }

  /// What an answer to the call shows, if the PBX reveals taken numbers by this form.
  public func presence(by answer: CallResult) -> Presence {
    switch answer.status {
    case .taken: .taken
    case .accepted: .created
    case .refused where answer.errorCode.uppercased() == errorCode: .free
    default: .unknown
    }
  }

  private var errorCode: String {
    switch self {
    case .name: "FNAME_INVALID"
    case .email: "INVALID_EMAIL"
    }
  }
}

/// The result of one probe of a number.
public enum Presence: Hashable, Sendable {
  case taken
  /// The PBX refused the invalid value: the number is free, provided that the form proves it.
  case free
  /// This PBX doesn't check the value: the probe created an extension, which is managed.
  case created
  /// The answer proves nothing.
  case unknown
}

/// Whether a PBX reveals taken numbers by a probe, as learned with one of its numbers.
public struct PresenceKnowledge: Hashable, Sendable {
  /// For how long it holds, in seconds: a PBX may be updated.
  public static let lifetime: Timestamp = 86_400

  public let url: String
  /// The PBX's `Server` header; empty without one.
  public let server: String
  /// The form that reveals taken numbers; nil if none does.
  public let form: ProbeForm?
  public let learnedAt: Timestamp

  public init(url: String, server: String, form: ProbeForm?, learnedAt: Timestamp) {
    self.url = url
    self.server = server
    self.form = form
    self.learnedAt = learnedAt
  }

  /// Whether it still holds for a PBX at `now`.
  public func holds(for url: String, at now: Timestamp) -> Bool {
    self.url == url && (0..<Self.lifetime).contains(now - learnedAt)
  }
}
