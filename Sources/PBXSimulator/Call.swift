import FoundationEssentials

/// A request whose parameters could be read.
struct Call {
  let action: APIAction
  let envelope: String
  let items: [Fields]

  /// Parses `action`, `qstype` and `qsValue`, not the key.
  init(_ parameters: [String: String]) throws(Exception) {
    guard parameters["qstype"] == "1" else { throw Exception("qstype must be 1") }
    guard let action = APIAction(rawValue: parameters["action"] ?? "") else { throw Exception("Unknown action") }
    let expected = action.envelopes.joined(separator: " or ")
    // Every documented value is a string in an object in an array; .NET would throw on anything else.
    guard let value = parameters["qsValue"],
      let envelopes = try? JSONDecoder().decode([String: [Fields]].self, from: Data(value.utf8))
    else {
      let code = action.exceptionCode(in: action.envelopes[0])
      throw Exception("qsValue must be a JSON object: \(expected) with an array of objects of strings", code)
    }
    guard let (envelope, items) = envelopes.first, envelopes.count == 1, action.envelopes.contains(envelope) else {
      throw Exception("qsValue must hold \(expected)", action.exceptionCode(in: action.envelopes[0]))
    }
    guard items.count == 1 || envelope == APIAction.batch && !items.isEmpty else {
      throw Exception("\(envelope) can't hold \(items.count) objects", action.exceptionCode(in: envelope))
    }
    self.action = action
    self.envelope = envelope
    self.items = items
  }
}

/// An exception of the vendor's page: the answer is `WEBSERVICE_ERROR` with the detail as its message.
struct Exception: Error {
  let answer: APIReply

  init(_ detail: String, _ code: String = "WEBSERVICE_ERROR") { answer = .failure(message: detail, code: code) }
}

extension Fields {
  /// The object's present and previous numbers.
  var numbers: [String] {
    ["ExtentionNumber", "PhoneNumber", "RegisteredPhoneNumber"].compactMap { self[$0] }
  }
}
