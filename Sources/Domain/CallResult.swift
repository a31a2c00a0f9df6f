/// The result of a call, as far as it is known.
public struct CallResult: Hashable, Sendable {
  public let status: CallResult.Status
  /// The vendor's `errorCode`, trimmed; empty on success or without one.
  public let errorCode: String
  /// The vendor's `message`, an excerpt of another answer, or the error of the transport. Contains no secret.
  public let message: String

  public init(_ status: CallResult.Status, errorCode: String = "", message: String = "") {
    self.status = status
    self.errorCode = errorCode
    self.message = message
  }
}

extension CallResult {
  /// Whether the PBX may have made the change although no answer of the API confirms it. A code that the API doesn't document is a
  /// refusal; a page that isn't the API's may come from a proxy in between.
  public var mayBeDone: Bool {
    switch status {
    case .unanswered, .failed: true
    case .notUnderstood: errorCode.isEmpty
    case .accepted, .absent, .taken, .refused, .badKey, .notSent, .tooLong: false
    }
  }

  /// The meaning of an answer to the one call that it answers.
  public enum Status: Hashable, Sendable {
    /// The PBX reports success.
    case accepted
    /// The PBX has no such object: done already for a delete, lost for an update.
    case absent
    /// The number is taken (an add).
    case taken
    /// The PBX refuses the value, and will until it changes.
    case refused
    /// The security key is wrong or has expired: nothing more may be sent.
    case badKey
    /// The PBX reports a failure (`500`, `WEBSERVICE_ERROR`). It may have failed half-way.
    case failed
    /// An answer that isn't the API's, or a code that it doesn't document. Never success.
    case notUnderstood
    /// The request may have reached the PBX; no answer came back.
    case unanswered
    /// The request never left: no connection, no name, no trusted certificate.
    case notSent
    /// It can't be sent at all: the object alone is longer than `max_query_bytes`.
    case tooLong
  }
}

/// The outcome of an intent, for the ledger.
public enum Outcome: Hashable, Sendable {
  /// The PBX holds this object now; `replacing` is the number it was known by before, if another.
  case holds(ManagedObject, replacing: ObjectKey?)
  /// The PBX no longer holds such an object.
  case gone(ObjectKey)
  /// The PBX holds an object under the number, and nothing proves that it is managed.
  case unproven(ManagedObject)
  /// The PBX refused the call; nothing changed.
  case refused(Refusal)
  /// Nothing was done, as the PBX's answer proves.
  case undone
  /// The result is unknown. A later run settles it.
  case inDoubt
}
