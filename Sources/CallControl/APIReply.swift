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
  /// The statuses with which a web server refuses a request before the API gets it: no authentication, no such resource, a wrong method, or
  /// a request that is too long (RFC 9110, section 15.5; RFC 6585, section 5). Not 403, which a filter may send in place of the API's answer,
  /// nor a redirect, which ASP.NET sends after a failure.
  private static let refusals: Set<Int> = [401, 404, 405, 407, 411, 413, 414, 431]

  /// The result of this request by its response. The body decides: the vendor doesn't specify the HTTP status.
  func result(of response: Response, redactor: SecretRedactor) -> CallResult {
    guard let reply = APIReply(response.body) else {
      let page = String(decoding: response.body, as: UTF8.self)
      let answer = "HTTP \(response.status): \(page.isEmpty ? "empty answer" : page)"
      if Self.refusals.contains(response.status) {
        return CallResult(
          .notSent,
          message: redactor.excerpt("the web server refused it (check [pbx] url and max_query_bytes): \(answer)"))
      }
      return CallResult(
        (500...599).contains(response.status) ? .failed : .notUnderstood, message: redactor.excerpt(answer))
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
