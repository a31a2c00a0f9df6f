import CTOML

/// A position in the file. Both count from 1; columns count Unicode scalars.
struct FilePosition: Hashable, Comparable, Sendable {
  var line: Int
  var column: Int

  static func < (left: FilePosition, right: FilePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// A value of a TOML document with its position.
struct TOMLNode {
  enum Value {
    case table([Pair])
    case array([TOMLNode])
    case text(String)
    case integer(Int64)
    case boolean(Bool)
    case fraction
    case date
  }

  struct Pair {
    let key: String
    let place: FilePosition
    let node: TOMLNode
  }

  let value: Value
  let place: FilePosition

  var isTable: Bool {
    if case .table = value { true } else { false }
  }

  /// Its type as text for an admin.
  var sort: String {
    switch value {
    case .table: "a section"
    case .array: "a list"
    case .text: "text"
    case .integer: "a whole number"
    case .boolean: "true or false"
    case .fraction: "a fraction"
    case .date: "a date"
    }
  }
}

/// Why a document isn't TOML.
struct TOMLError: Error {
  let place: FilePosition?
  let message: String
}

extension TOMLNode {
  /// Reads a document, which must be UTF-8.
  init(parsing bytes: [UInt8]) throws(TOMLError) {
    let document = try TOMLHandle(bytes)
    if let failure = document.failure { throw failure }
    var index = 0
    self.init(document, &index)
  }

  /// Reads the node at `index` and all below it, and moves `index` past them.
  private init(_ document: borrowing TOMLHandle, _ index: inout Int) {
    let raw = unsafe document.node(at: index)
    index += 1
    var children: [Pair] = []
    for _ in 0..<(unsafe raw.children) {
      let child = unsafe document.node(at: index)
      children.append(
        Pair(
          key: unsafe String(copying: child.key), place: unsafe FilePosition(child.key_place),
          node: TOMLNode(document, &index)))
    }
    place = unsafe FilePosition(raw.place)
    value =
      switch unsafe raw.kind {
      case CTOML_TABLE: .table(children)
      case CTOML_ARRAY: .array(children.map(\.node))
      case CTOML_STRING: .text(unsafe String(copying: raw.text))
      case CTOML_INTEGER: .integer(unsafe raw.integer)
      case CTOML_BOOLEAN: .boolean(unsafe raw.integer != 0)
      case CTOML_FLOAT: .fraction
      default: .date
      }
  }
}

/// Owns a document of toml++; its pointers are valid as long as it lives.
@safe
private struct TOMLHandle: ~Copyable {
  private let raw: OpaquePointer

  init(_ bytes: [UInt8]) throws(TOMLError) {
    let raw = unsafe bytes.withUnsafeBytes { buffer in
      unsafe ctoml_parse(buffer.assumingMemoryBound(to: CChar.self).baseAddress, buffer.count)
    }
    guard let raw = unsafe raw else { throw TOMLError(place: nil, message: "not enough memory to read the file") }
    unsafe self.raw = raw
  }

  deinit { unsafe ctoml_free(raw) }

  var failure: TOMLError? {
    let failure = unsafe ctoml_failure_of(raw)
    guard unsafe failure.description.bytes != nil else { return nil }
    let place = unsafe FilePosition(failure.place)
    return unsafe TOMLError(place: place.line > 0 ? place : nil, message: String(copying: failure.description))
  }

  func node(at index: Int) -> ctoml_node { unsafe ctoml_node_at(raw, index) }
}

extension FilePosition {
  fileprivate init(_ raw: ctoml_place) { self.init(line: Int(raw.line), column: Int(raw.column)) }
}

extension String {
  fileprivate init(copying text: ctoml_text) {
    unsafe self.init(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.count), as: UTF8.self)
  }
}
