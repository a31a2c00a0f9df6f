/// An HTTP request as it arrived.
package struct Request: Sendable {
  package var method: String
  /// Path and query, still percent-encoded.
  package var target: String
  package var contentType: String
  /// Whether the length of the body was told, by `Content-Length` or by chunks.
  package var hasLength: Bool
  package var body: [UInt8]

  package init(
    method: String, target: String, contentType: String = "", hasLength: Bool = true, body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.contentType = contentType
    self.hasLength = hasLength
    self.body = body
  }

  var path: Substring { target.prefix { $0 != "?" } }

  var query: Substring { target[path.endIndex...].dropFirst() }

  /// The parameters of the query and of an urlencoded form; the query comes first, as ASP.NET's `Request[name]` looks.
  var parameters: [String: String] {
    let query = decodeForm(query.utf8)
    guard contentType.lowercased().hasPrefix("application/x-www-form-urlencoded") else { return query }
    return query.merging(decodeForm(body)) { first, _ in first }
  }
}

/// Pairs of an urlencoded text (WHATWG URL, section 5.1); the first of a name counts.
private func decodeForm(_ bytes: some Collection<UInt8>) -> [String: String] {
  var result: [String: String] = [:]
  for pair in bytes.split(separator: UInt8(ascii: "&")) {
    let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    let name = decodePercent(parts[0])
    if result[name] == nil { result[name] = parts.count > 1 ? decodePercent(parts[1]) : "" }
  }
  return result
}

/// A malformed escape stays as it is.
private func decodePercent(_ bytes: some Collection<UInt8>) -> String {
  var result: [UInt8] = []
  var rest = bytes[...]
  while let byte = rest.popFirst() {
    switch byte {
    case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      if digits.count == 2 {
        result.append(UInt8(digits[0] * 16 + digits[1]))
        rest = rest.dropFirst(2)
      } else {
        result.append(byte)
      }
    default: result.append(byte)
    }
  }
  return String(decoding: result, as: UTF8.self)
}
