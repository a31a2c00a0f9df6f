import Domain
import HTTP
import Text

/// A reply in the API's JSON format, with its texts trimmed.
struct APIReply {
  let status: String
  let errorCode: String
  let message: String

  /// nil for anything else, such as a web server's error page. Accepts a byte order mark, names in any case, and unknown
  /// members.
  init?(_ body: [UInt8]) {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    guard let members = JSONReader.members(of: body.starts(with: mark) ? body[mark.count...] : body[...]),
      members["status"] != nil || members["errorcode"] != nil
    else { return nil }
    status = trimmed(members["status", default: ""])
    errorCode = trimmed(members["errorcode", default: ""])
    message = trimmed(members["message"] ?? members["errormessage"] ?? "")
  }
}

extension APIRequest {
  /// The result of this request by its response. The body decides: the vendor doesn't specify the HTTP status.
  func result(of response: Response, redactor: SecretRedactor) -> CallResult {
    guard let reply = APIReply(response.body) else {
      let page = String(decoding: response.body, as: UTF8.self)
      return CallResult(
        (500...599).contains(response.status) ? .failed : .notUnderstood,
        message: redactor.excerpt("HTTP \(response.status): \(page.isEmpty ? "empty answer" : page)"))
    }
    if reply.errorCode.isEmpty {
      if reply.status == success || reply.status.lowercased() == success.lowercased() { return CallResult(.accepted) }
      return CallResult(.notUnderstood, message: redactor.excerpt("status \"\(reply.status)\" \(reply.message)"))
    }
    return CallResult(
      meaning(of: reply.errorCode, reply.message), errorCode: redactor.excerpt(reply.errorCode),
      message: redactor.excerpt(reply.message))
  }
}
