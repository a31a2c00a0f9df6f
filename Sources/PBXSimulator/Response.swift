/// An HTTP response.
package struct Response: Hashable, Sendable {
  package enum Extent: Sendable { case whole, half, nothing }

  package var status: Int
  package var contentType: String
  package var body: [UInt8]
  /// The part that is sent before the connection is closed.
  package var extent = Extent.whole
  /// Milliseconds to wait before any of it is sent.
  package var delay = 0
  /// The `Server` header; nil for none.
  package var server: String?
  /// The line for the access log, without the time; nil for anything but a call.
  package var record: String?

  init(_ status: Int, _ contentType: String, _ body: String) {
    self.status = status
    self.contentType = contentType + "; charset=utf-8"
    self.body = Array(body.utf8)
  }

  static func json(_ text: String) -> Response { Response(200, "application/json", text) }

  static func text(_ status: Int, _ text: String) -> Response { Response(status, "text/plain", text + "\n") }

  static func html(_ status: Int = 200, title: String, _ text: String) -> Response {
    let page = "<!DOCTYPE html>\n<html><head><title>\(title)</title></head><body>\(text)</body></html>\n"
    return Response(status, "text/html", page)
  }

  /// The API's reply, changed by `fault`.
  init(_ answer: APIReply, through fault: Fault?) {
    self = .json(answer.json)
    switch fault?.shown {
    case .cutBefore, .cutAfter: extent = .nothing
    case .cutReply: extent = .half
    case .http500:
      self = .html(500, title: "Runtime Error", "<h1>Server Error in '/' Application.</h1>")
    case .html:
      self = .html(title: "Sign in", "<h1>Sign in</h1><form><input name=\"user\"><input type=\"password\"></form>")
    case .empty: body = []
    case .wrongJSON: self = .json(#"[{"d":null}]"#)
    case .bom: body.insert(contentsOf: [0xEF, 0xBB, 0xBF], at: 0)
    case .httpStatus where answer.isFailure: status = fault?.status ?? 400
    default: break
    }
  }
}

extension Fault {
  /// Whether the caller can read the API's answer.
  var showsAnswer: Bool {
    switch shown {
    case .cutBefore, .cutAfter, .cutReply, .http500, .html, .empty, .wrongJSON: false
    default: true
    }
  }
}
