/// A POST, the only method of the API.
///
/// The query and the form may contain a key, so a request prints without them.
public struct Request: Sendable {
  /// Percent-encoded, including the query; sent unchanged.
  public var url: String
  /// An urlencoded body; nil sends none, with `Content-Length: 0`.
  public var form: String?

  public init(url: String, form: String? = nil) {
    self.url = url
    self.form = form
  }

  /// The URL's query; nil without one.
  var query: Substring? { url.firstIndex(of: "?").map { url[url.index(after: $0)...] } }
}

extension Request: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// `POST https://192.0.2.4:8000/api.aspx`: without query and form, and without a user and password before the host.
  public var description: String {
    let place = url.prefix { $0 != "?" && $0 != "#" }
    guard let at = place.lastIndex(of: "@") else { return "POST \(place)" }
    return "POST \(place.prefix { $0 != "/" })//\(place[place.index(after: at)...])"
  }

  public var debugDescription: String { description }

  public var customMirror: Mirror { Mirror(self, children: []) }
}
