import Domain

extension APIRequest {
  /// The error table of the API: the meaning of a code for an operation.
  ///
  /// A code on an operation that it can't concern, or one that isn't documented, is not understood: the call is in
  /// doubt and is reported, and never counts as done.
  func meaning(of errorCode: String, _ message: String) -> CallResult.Status {
    let verdict: CallResult.Status =
      switch (errorCode.uppercased(), verb, kind) {
      case ("INVALID_AUTH_ID", _, _), ("AUTH_ID_EXPIRED", _, _): .badKey
      case ("500", _, _): .failed

      // Any exception within the PBX; only the message has its kind.
      case ("WEBSERVICE_ERROR", .add, _): .failed
      case ("WEBSERVICE_ERROR", _, _): saysThatNothingIsThere(message) ? .absent : .failed

      // Empty, or not a number; for the other actions also "extension not found", and those numbers were valid before.
      case ("INVALID_EXTENSION", .add, .extension): .refused
      case ("INVALID_EXTENSION", _, .extension): .absent
      case ("EXTENSION_EXIST", .add, .extension): .taken

      // Values. The page doesn't print each code for each operation with the value; the meaning is the same.
      case ("INVALID_EMAIL", .add, .extension), ("INVALID_EMAIL", .update, .extension): .refused
      case ("FNAME_INVALID", .add, _), ("FNAME_INVALID", .update, _): .refused
      case ("LNAME_INVALID", .add, _), ("LNAME_INVALID", .update, _): .refused
      // "Empty or illegal value": of an update or a delete the number was accepted before, so there is no such contact.
      case ("PHONE_NUMBER_INVALID", .add, .contact): .refused
      case ("PHONE_NUMBER_INVALID", _, .contact): .absent

      default: .notUnderstood
      }
    // It isn't known which of several extensions is meant, nor how many were created before it.
    return isBatch && verdict == .refused ? .failed : verdict
  }
}

/// Whether an exception's text means that the PBX has no such object: "Extension number does not exit" (sic).
///
/// The object must be named, since "The server was not found or was not accessible" is the message of SQL
/// Server's clients when the database is down, and then no extension is gone.
private func saysThatNothingIsThere(_ message: String) -> Bool {
  let words = message.lowercased().split { !$0.isLetter }.filter { !["is", "was"].contains($0) }
  let text = words.joined(separator: " ")
  return ["does not exit", "does not exist", "not found"].contains { phrase in
    text == phrase
      || ["extension", "contact", "number", "phone", "record"].contains { text.contains("\($0) \(phrase)") }
  }
}
