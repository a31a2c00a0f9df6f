import Domain

/// A value that was read, and where it stands.
struct PositionedValue<Value> {
  let value: Value
  let place: FilePosition
}

/// One table while it is read: hands out checked values by key, and notes whatever is wrong in the document.
///
/// A value that is missing or wrong is noted and replaced by its default, or by something empty that nobody sees,
/// because the reading as a whole then fails: so one pass finds all that is wrong.
final class TOMLTable {
  let document: TOMLDocument
  /// Such as `users[0].extension`; empty for the file itself.
  let path: String
  /// The keys as messages name them: with `extension.` before them, say.
  private let prefix: String
  /// How the header is written; empty for the file itself.
  private let header: String
  private let place: FilePosition?
  private let members: [String: TOMLNode.Pair]
  private var asked: [String] = []
  /// Set where there is a value in the place of the table: what it lacks is no news then.
  private let isMuted: Bool
  /// Whether the file has it.
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

  /// Notes what is wrong with the value of `key`, which must be there, or with the table.
  func report(_ message: String, _ remedy: String = "", at key: String? = nil) {
    document.report(ValueError(message, remedy), at: key.flatMap { members[$0]?.node.place } ?? place)
  }

  /// The value of `key`. Where there is none and it has an example, that is noted.
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

  /// How many elements the list of `key` has; 0 where there is none.
  func count(of key: String) -> Int {
    guard case .array(let elements) = members[key]?.node.value else { return 0 }
    return elements.count
  }

  func noteType(of key: String, _ node: TOMLNode, wanted: String, _ remedy: String = "") {
    document.report(ValueError("'\(prefix)\(key)' must be \(wanted), not \(node.sort)", remedy), at: node.place)
  }

  // MARK: Tables in the table

  /// A section; an empty one where it is missing.
  func section<Value>(_ key: String, _ read: (TOMLTable) -> Value) -> Value {
    let node = node(key)
    // Below a [[list]], messages name the list and write the key in full.
    let isInList = header.hasPrefix("[[")
    if let node, !node.isTable {
      noteType(of: key, node, wanted: "a section", isInList ? "write \(key).… = …" : "write [\(join(path, key))]")
    }
    let table = TOMLTable(
      in: self, node, path: join(path, key), prefix: isInList ? "\(prefix)\(key)." : "",
      header: isInList ? header : "[\(join(path, key))]")
    defer { table.noteUnknownKeys() }
    return read(table)
  }

  /// A list of sections, each written below its own `[[key]]`.
  func sections<Value>(_ key: String, _ read: (TOMLTable) -> Value) -> [Value] {
    guard let node = node(key) else { return [] }
    guard case .array(let elements) = node.value else {
      noteType(of: key, node, wanted: "a list of sections", "write [[\(key)]]")
      return []
    }
    return elements.enumerated().map { index, element in
      if !element.isTable { noteType(of: key, element, wanted: "a list of sections", "write [[\(key)]]") }
      let table = TOMLTable(in: self, element, path: "\(key)[\(index)]", prefix: "", header: "[[\(key)]]")
      defer { table.noteUnknownKeys() }
      return read(table)
    }
  }

  /// Where the table begins; 0 where it is missing.
  var line: Int { place?.line ?? 0 }

  /// Notes each key that nobody asked for. Call it when the table is read.
  func noteUnknownKeys() {
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
