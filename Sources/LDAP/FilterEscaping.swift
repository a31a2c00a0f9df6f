/// A value as it may stand in a search filter (RFC 4515, section 3).
public func filterText(_ value: String) -> String {
  value.utf8.map { byte in
    let isPlain = byte < 0x80 && byte != 0 && !"*()\\".utf8.contains(byte)
    return isPlain ? String(Unicode.Scalar(byte)) : "\\" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
  .joined()
}
