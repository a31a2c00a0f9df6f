import Domain
import Text

/// Objects of one kind in a table exported from the PBX, with the vendor's field names; or all errors of the table.
struct ExportTable: Sendable {
  struct Row: Hashable, Sendable {
    /// Its first line in the file.
    let line: Int
    let key: ObjectKey
    /// The values of the table's columns.
    let fields: [ObjectField: String]

    /// nil if a column is missing: an unknown value can't be equal to a wanted one.
    var item: PBXObject? { key.kind.item(number: key.number, fields: fields) }
  }

  /// nil if no column shows its kind.
  private(set) var kind: ObjectKind?
  private(set) var rows: [Row] = []
  /// Contacts with the same number, which the PBX may have several times, with their lines; they aren't among the rows.
  private(set) var repeated: [(key: ObjectKey, lines: [Int])] = []
  /// One sentence for each error, with its line.
  private(set) var problems: [String] = []
  /// When the file was written, in seconds since 1970; nil if unknown.
  var writtenAt: Timestamp?
  /// Missing columns, by the vendor's names.
  private(set) var missing: [String] = []
  /// Unknown columns, each with a missing column that may be meant.
  private(set) var misspelt: [(written: String, column: String)] = []

  init(_ table: CSV) {
    guard let head = table.rows.first else {
      problems.append("the table is empty; its first line names the columns, such as ExtentionNumber or PhoneNumber")
      return
    }
    let names = head.values.map(columnName)
    kind = names.contains("extensionnumber") ? .extension : names.contains("phonenumber") ? .contact : nil
    guard let kind else {
      problems.append(
        "line \(head.line): no column is called ExtentionNumber (or ExtensionNumber) or PhoneNumber")
      return
    }
    if Set(names).count < names.count {
      problems.append("line \(head.line): two columns have the same name")
      return
    }
    missing = kind.columns.filter { !names.contains($0.name.lowercased()) }.map(\.name)
    let known = Set(kind.columns.map { $0.name.lowercased() } + ["extensionnumber", "phonenumber"])
    for (name, written) in zip(names, head.values) where !known.contains(name) {
      let column = missing.first { nearest(to: name, among: [$0.lowercased()]) != nil }
      if let column { misspelt.append((written, column)) }
    }
    var seen: [String: Int] = [:]
    var again: [String: [Int]] = [:]
    for row in table.rows.dropFirst() {
      guard row.values.count == names.count else {
        problems.append(
          "line \(row.line): it has \(counted(row.values.count, "value")), and the first line has \(names.count)")
        continue
      }
      add(Dictionary(uniqueKeysWithValues: zip(names, row.values)), kind, row.line, &seen, &again)
    }
    repeated = again.map { (ObjectKey(kind, $0), [seen[$0]].compactMap(\.self) + $1) }.sorted { $0.key < $1.key }
    if !again.isEmpty { rows.removeAll { again[$0.key.number] != nil } }
  }

  private mutating func add(
    _ values: [String: String], _ kind: ObjectKind, _ line: Int, _ seen: inout [String: Int],
    _ again: inout [String: [Int]]
  ) {
    let number = values[kind == .extension ? "extensionnumber" : "phonenumber"] ?? ""
    if !isNumber(number) {
      let isPhoneNumber = kind == .contact && number.contains(where: \.isNumber)
      problems.append(
        "line \(line): \"\(number.jsonEscaped)\" isn't a number"
          + (isPhoneNumber
            ? " as the PBX's API knows contacts, only digits with an optional +: remove the contact on the PBX or correct its "
              + "number there, and not in the table" : ""))
    } else if kind == .contact, seen[number] != nil {
      again[number, default: []].append(line)
      return
    } else if let earlier = seen[number] {
      problems.append("line \(line): \(number) is on line \(earlier) already")
    } else {
      var fields: [ObjectField: String] = [:]
      for (column, field) in kind.columns { fields[field] = values[column.lowercased()] }
      if let callerID = fields[.callerID], isRounded(callerID) {
        problems.append(
          "line \(line): a spreadsheet has rounded the OutboundCallerID to \"\(callerID.jsonEscaped)\"; use the PBX's own file, or "
            + "leave out the column")
      }
      rows.append(Row(line: line, key: ObjectKey(kind, number), fields: fields))
    }
    seen[number] = line
  }

  /// `Extension Number` and the vendor's own `ExtentionNumber` are the same.
  private func columnName(_ text: String) -> String {
    let name = String(text.lowercased().filter { $0.isLetter })
    return name == "extentionnumber" ? "extensionnumber" : name
  }
}

/// Whether the PBX may have an object with this number: digits with an optional leading +.
func isNumber(_ text: String) -> Bool {
  let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
  return (1...20).contains(digits.utf8.count)
    && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

/// Whether a spreadsheet has written a long number with an exponent, such as `4,9309E+11`.
private func isRounded(_ text: String) -> Bool {
  let parts = text.lowercased().split(separator: "e", omittingEmptySubsequences: false)
  return parts.count == 2
    && parts.allSatisfy { part in
      part.contains(where: \.isNumber) && part.allSatisfy { $0.isNumber || "+-.,".contains($0) }
    }
}

extension ObjectKind {
  /// The vendor's names of all fields but the number.
  fileprivate var columns: [(name: String, field: ObjectField)] {
    switch self {
    case .extension:
      [
        ("FirstName", .firstName), ("LastName", .lastName), ("EmailAddress", .email), ("OutboundCallerID", .callerID),
      ]
    case .contact: [("FirstName", .firstName), ("LastName", .lastName), ("CompanyName", .company)]
    }
  }
}
