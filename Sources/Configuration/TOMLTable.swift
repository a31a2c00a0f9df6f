import Text

/// A value with its position.
struct PositionedValue<Value> {
  let value: Value
  let place: FilePosition
}

/// One table while it is read: returns checked values by key, and reports errors to the document.
///
/// A missing or wrong value is reported and replaced with its default, or with an empty one that is never used, because the
/// read as a whole then fails: so one read finds all errors.
final class TOMLTable {
  let document: TOMLDocument
  /// Such as `users[0].extension`; empty for the file itself.
  let path: String
  /// The keys' prefix in messages, such as `extension.`.
  private let prefix: String
  /// The table's header; empty for the file itself.
  private let header: String
  private let place: FilePosition?
  private let members: [String: TOMLNode.Pair]
  private var asked: [String] = []
  /// Set if there is a value instead of the table: its missing keys aren't reported then.
  private let isMuted: Bool
  /// Whether the file has this table.
  let exists: Bool

  /// The file itself.
  init(_ document: TOMLDocument) {
    self.document = document
    (path, prefix, header, place, isMuted, exists) = ("", "", "", nil, false, true)
    members = TOMLTable.byKey(document.root)
  }

  private init(in parent: TOMLTable, _ node: TOMLNode?, path: String, prefix: String, header: String) {
    document = parent.document
    self.path = path
    self.prefix = prefix
    self.header = header
    isMuted = node.map { !$0.isTable } ?? false
    exists = node != nil
    place = node?.place ?? parent.place
    members = node.map(TOMLTable.byKey) ?? [:]
  }

  private static func byKey(_ node: TOMLNode) -> [String: TOMLNode.Pair] {
    guard case .table(let members) = node.value else { return [:] }
    return Dictionary(members.map { ($0.key, $0) }) { first, _ in first }
  }

  /// Reports an error of the value of `key`, which must exist, or of the table.
  func report(_ message: String, _ remedy: String = "", at key: String? = nil) {
    document.report(ValueError(message, remedy), at: key.flatMap { members[$0]?.node.place } ?? place)
  }

  /// The value of `key`. With an example, a missing one is reported.
  func node(_ key: String, example: String? = nil) -> TOMLNode? {
    asked.append(key)
    if let member = members[key] { return member.node }
    if let example, !isMuted { report("\(header) has no '\(prefix)\(key)'", "add, say: \(prefix)\(key) = \(example)") }
    return nil
  }

  /// Whether there is no such key, or an empty list in its place.
  func lacks(_ key: String) -> Bool {
    guard let member = members[key] else { return true }
    if case .array(let elements) = member.node.value { return elements.isEmpty }
    return false
  }

  /// The number of elements in the list of `key`; 0 if there is none.
  func count(of key: String) -> Int {
    guard case .array(let elements) = members[key]?.node.value else { return 0 }
    return elements.count
  }

  func reportType(of key: String, _ node: TOMLNode, wanted: String, _ remedy: String = "") {
    document.report(ValueError("'\(prefix)\(key)' must be \(wanted), not \(node.sort)", remedy), at: node.place)
  }

  // MARK: Nested tables

  /// A section; an empty one if it is missing.
  func section<Value>(_ key: String, _ read: (TOMLTable) -> Value) -> Value {
    let node = node(key)
    // Below a [[list]], messages have the list and the full key.
    let isInList = header.hasPrefix("[[")
    if let node, !node.isTable {
      reportType(of: key, node, wanted: "a section", isInList ? "write \(key).… = …" : "write [\(join(path, key))]")
    }
    let table = TOMLTable(
      in: self, node, path: join(path, key), prefix: isInList ? "\(prefix)\(key)." : "",
      header: isInList ? header : "[\(join(path, key))]")
    defer { table.reportUnknownKeys() }
    return read(table)
  }

  /// A list of sections, each written below its own `[[key]]`.
  func sections<Value>(_ key: String, _ read: (TOMLTable) -> Value) -> [Value] {
    guard let node = node(key) else { return [] }
    guard case .array(let elements) = node.value else {
      reportType(of: key, node, wanted: "a list of sections", "write [[\(key)]]")
      return []
    }
    return elements.enumerated().map { index, element in
      if !element.isTable { reportType(of: key, element, wanted: "a list of sections", "write [[\(key)]]") }
      let table = TOMLTable(in: self, element, path: "\(key)[\(index)]", prefix: "", header: "[[\(key)]]")
      defer { table.reportUnknownKeys() }
      return read(table)
    }
  }

  /// The table's first line; 0 if it is missing.
  var line: Int { place?.line ?? 0 }

  /// Reports unknown keys. Call it when the table is read.
  func reportUnknownKeys() {
    for (key, member) in members where !asked.contains(key) {
      let remedy =
        if let near = nearest(to: key, among: asked) { "did you mean '\(near)'?" } else {
          "known here: \(asked.sorted().joined(separator: ", "))"
        }
      let table = header.isEmpty ? "" : " in \(header)"
      document.report(ValueError("unknown key '\(prefix)\(key)'\(table)", remedy), at: member.place)
    }
  }
}

private func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
