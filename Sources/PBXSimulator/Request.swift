/// An HTTP request.
package struct Request: Sendable {
  let method: String
  /// Path and query, still percent-encoded.
  let target: String
  /// Whether the body's length was sent, by `Content-Length` or in chunks.
  let hasLength: Bool
  let body: [UInt8]
  let path: Substring
  let query: Substring
  let isForAPI: Bool
  /// The parameters of the query and of an urlencoded form; the query comes first, as in ASP.NET's `Request[name]`.
  let parameters: [String: String]
  /// The parsed call. Parsed here, before the PBX's lock is needed, because it is most of the work.
  let call: Result<Call, Exception>

  package init(
    method: String, target: String, contentType: String = "", hasLength: Bool = true, body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.hasLength = hasLength
    self.body = body
    let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    path = target[..<end]
    query = target[end...].dropFirst()
    isForAPI = path == "/api.aspx"
    var parameters = isForAPI ? decodeForm(query.utf8) : [:]
    if isForAPI && contentType.lowercased().hasPrefix("application/x-www-form-urlencoded") {
      parameters.merge(decodeForm(body)) { first, _ in first }
    }
    self.parameters = parameters
    call = Result { () throws(Exception) in try Call(parameters) }
  }
}

/// Pairs of an urlencoded text (WHATWG URL, section 5.1); the first of a name is used.
private func decodeForm(_ bytes: some Collection<UInt8>) -> [String: String] {
  var result: [String: String] = [:]
  for pair in bytes.split(separator: UInt8(ascii: "&")) {
    let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    let name = decodePercent(parts[0])
    if result[name] == nil { result[name] = parts.count > 1 ? decodePercent(parts[1]) : "" }
  }
  return result
}

/// A malformed escape is unchanged.
private func decodePercent(_ text: some Collection<UInt8>) -> String {
  let bytes = Array(text)
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  var place = 0
  while place < bytes.count {
    let byte = bytes[place]
    place += 1
    switch byte {
    case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      if place + 1 < bytes.count, let high = hexDigit(bytes[place]), let low = hexDigit(bytes[place + 1]) {
        result.append(high * 16 + low)
        place += 2
      } else {
        result.append(byte)
      }
    default: result.append(byte)
    }
  }
  return String(decoding: result, as: UTF8.self)
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
