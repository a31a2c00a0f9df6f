/// Texts one behind the other, each with its length in bytes in front, so that they may hold anything
/// (https://cr.yp.to/proto/netstrings.txt).
public func netstrings(_ texts: [String]) -> String { texts.map { "\($0.utf8.count):\($0)," }.joined() }

/// The texts that `netstrings` put together; nil for what it didn't.
public func texts(ofNetstrings joined: String) -> [String]? {
  var rest = joined.utf8[...]
  var texts: [String] = []
  while !rest.isEmpty {
    guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), let length = Int(Substring(rest[..<colon])), length >= 0,
      let end = rest.index(colon, offsetBy: length + 1, limitedBy: rest.endIndex), end < rest.endIndex,
      rest[end] == UInt8(ascii: ","), let text = String(rest[rest.index(after: colon)..<end])
    else { return nil }
    texts.append(text)
    rest = rest[rest.index(after: end)...]
  }
  return texts
}
