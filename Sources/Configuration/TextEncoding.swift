import Platform

/// The text of a configuration file, or an error with its probable encoding and the command to convert it.
func decodeText(_ bytes: [UInt8], of file: String) throws(ConfigurationError) -> String {
  let name = shellQuoted(file)
  if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
    throw refusal("the file is UTF-16, not UTF-8", "convert it: iconv -f UTF-16 -t UTF-8 -o \(name).new \(name)")
  }
  if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
    throw refusal("the file begins with a byte order mark", #"remove it: sed -i '1s/^\xEF\xBB\xBF//' \#(name)"#)
  }
  if let offset = bytes.firstIndex(of: 0) {
    throw refusal("the file has a NUL byte, so it isn't text", "restore it from a copy", at: offset)
  }
  do throws(UTF8.ValidationError) {
    return String(copying: try UTF8Span(validating: bytes.span))
  } catch {
    throw refusal(
      "the file isn't UTF-8", "if it is Latin-1, convert it: iconv -f ISO-8859-1 -t UTF-8 -o \(name).new \(name)",
      at: error.byteOffsets.lowerBound)
  }

  func refusal(_ message: String, _ remedy: String, at offset: Int? = nil) -> ConfigurationError {
    let place = offset.map { placeOfByte($0) }
    return ConfigurationError(
      file: file, findings: [.init(line: place?.line, column: place?.column, message: message, remedy: remedy)])
  }

  /// All before `offset` is UTF-8: each byte that doesn't continue a scalar is a column.
  func placeOfByte(_ offset: Int) -> FilePosition {
    let before = bytes[..<offset]
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return FilePosition(
      line: before.count { $0 == UInt8(ascii: "\n") } + 1,
      column: before[start...].count { $0 & 0xC0 != 0x80 } + 1)
  }
}
