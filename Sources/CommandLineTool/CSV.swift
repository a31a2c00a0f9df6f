import Domain

struct CSVError: Error, Hashable {
  let reason: String
}

/// A table in comma-separated values (RFC 4180), also in the variants of spreadsheets: with a byte order mark, in UTF-16, with
/// `;` or a tab between the values, with any line end.
struct CSV: Hashable, Sendable {
  struct Row: Hashable, Sendable {
    /// Its first line in the file, from 1.
    let line: Int
    let values: [String]
  }

  let rows: [Row]

  /// - Throws: the error, with its line.
  init(_ bytes: [UInt8]) throws(CSVError) {
    guard let text = Self.text(bytes) else { throw CSVError(reason: Self.encodingFault(bytes)) }
    var reader = Reader(text)
    rows = try reader.rows()
  }

  private static func text(_ bytes: [UInt8]) -> String? {
    let isBig = bytes.starts(with: [0xFE, 0xFF])
    guard isBig || bytes.starts(with: [0xFF, 0xFE]) else {
      // A table has no NUL; UTF-16 without a byte order mark has many.
      return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
    if !bytes.count.isMultiple(of: 2) { return nil }
    let units = stride(from: 2, to: bytes.count, by: 2).map { index -> UInt16 in
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      return isBig ? first << 8 | second : second << 8 | first
    }
    return String(validating: units, as: UTF16.self)
  }

  /// Names the first line that isn't UTF-8, if known.
  private static func encodingFault(_ bytes: [UInt8]) -> String {
    if bytes.contains(0) { return "it is neither UTF-8 nor UTF-16 with a byte order mark" }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    return "it isn't UTF-8" + (line.map { ": check line \($0 + 1)" } ?? "")
  }

  private struct Reader {
    private let scalars: [Unicode.Scalar]
    private let separator: Unicode.Scalar
    private var position = 0
    private var line = 1

    init(_ text: String) {
      var scalars = Array(text.unicodeScalars)
      if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
      self.scalars = scalars
      let head = scalars.prefix { $0 != "\n" && $0 != "\r" }
      separator = head.contains(",") ? "," : head.contains(";") ? ";" : head.contains("\t") ? "\t" : ","
    }

    mutating func rows() throws(CSVError) -> [Row] {
      var rows: [Row] = []
      while position < scalars.count {
        let begin = line
        let values = try row()
        // A blank line isn't a row.
        if values != [""] { rows.append(Row(line: begin, values: values)) }
      }
      return rows
    }

    private mutating func row() throws(CSVError) -> [String] {
      var values: [String] = []
      while true {
        values.append(try value())
        guard position < scalars.count else { return values }
        let end = scalars[position]
        position += 1
        if end == separator { continue }
        if end == "\r", position < scalars.count, scalars[position] == "\n" { position += 1 }
        line += 1
        return values
      }
    }

    /// Stops before a separator or a line's end.
    private mutating func value() throws(CSVError) -> String {
      var value = String.UnicodeScalarView()
      guard position < scalars.count, scalars[position] == "\"" else {
        while position < scalars.count, ![separator, "\r", "\n"].contains(scalars[position]) {
          value.append(scalars[position])
          position += 1
        }
        return String(value)
      }
      let begin = line
      position += 1
      while position < scalars.count {
        let scalar = scalars[position]
        position += 1
        if scalar == "\"" {
          guard position < scalars.count, scalars[position] == "\"" else { return try ended(value) }
          position += 1
        }
        if scalar == "\n" { line += 1 }
        value.append(scalar)
      }
      throw CSVError(reason: "line \(begin): a quotation mark isn't closed")
    }

    private func ended(_ value: String.UnicodeScalarView) throws(CSVError) -> String {
      if position == scalars.count || [separator, "\r", "\n"].contains(scalars[position]) { return String(value) }
      throw CSVError(reason: "line \(line): there is text after a closing quotation mark")
    }
  }
}
