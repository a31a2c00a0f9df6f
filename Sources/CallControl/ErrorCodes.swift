import Domain

extension APIRequest {
  /// The error table of the API: the meaning of a code for this request.
  ///
  /// An undocumented code, or one that can't concern the request, is not understood: the call is in doubt and is reported, and
  /// never counts as done.
  func meaning(of errorCode: String, _ message: String) -> CallResult.Status {
    let status: CallResult.Status =
      switch (errorCode.uppercased(), action, kind) {
      case ("INVALID_AUTH_ID", _, _), ("AUTH_ID_EXPIRED", _, _): .badKey
      case ("500", _, _): .failed

      // Any exception within the PBX; only the message shows its kind.
      case ("WEBSERVICE_ERROR", .add, _): .failed
      case ("WEBSERVICE_ERROR", _, _): reportsMissingObject(message) ? .absent : .failed

      // Empty, or not a number; for the other actions also "extension not found", and those numbers were valid before.
      case ("INVALID_EXTENSION", .add, .extension): .refused
      case ("INVALID_EXTENSION", _, .extension): .absent
      case ("EXTENSION_EXIST", .add, .extension): .taken

      // Values. The vendor's page doesn't print each code for each action with the value; the meaning is the same.
      case ("INVALID_EMAIL", .add, .extension), ("INVALID_EMAIL", .update, .extension): .refused
      case ("FNAME_INVALID", .add, _), ("FNAME_INVALID", .update, _): .refused
      case ("LNAME_INVALID", .add, _), ("LNAME_INVALID", .update, _): .refused
      // "Empty or illegal value": of an update or a delete the number was accepted before, so there is no such contact.
      case ("PHONE_NUMBER_INVALID", .add, .contact): .refused
      case ("PHONE_NUMBER_INVALID", _, .contact): .absent

      default: .notUnderstood
      }
    // It isn't known which of several extensions is meant, nor how many were created before it.
    return isBatch && status == .refused ? .failed : status
  }
}

/// Whether an exception's text means that the PBX has no such object: "Extension number does not exit" (sic).
///
/// The object must be named, since "The server was not found or was not accessible" is the message of SQL
/// Server's clients when the database is down, and then no extension is gone.
private func reportsMissingObject(_ message: String) -> Bool {
  let words = message.lowercased().split { !$0.isLetter }.filter { !["is", "was"].contains($0) }
  let text = words.joined(separator: " ")
  return ["does not exit", "does not exist", "not found"].contains { phrase in
    text == phrase
      || ["extension", "contact", "number", "phone", "record"].contains { text.contains("\($0) \(phrase)") }
  }
}
