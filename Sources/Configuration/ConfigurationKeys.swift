import Platform

extension Configuration {
  /// The keys of a file with their values, such as `users[0].extension.caller_id`, to compare two files.
  ///
  /// - Throws: `ConfigurationError` if the file can't be read or isn't TOML.
  package static func keys(of file: String) throws(ConfigurationError) -> [String: String] {
    let content: FileBytes
    do throws(ValueError) {
      content = try FileBytes(readFrom: file, limit: 1_048_576)
    } catch {
      throw ConfigurationError(file: file, findings: [.init(message: error.message, remedy: error.remedy)])
    }
    return try keys(in: content.bytes, file: file)
  }

  static func keys(in bytes: [UInt8], file: String) throws(ConfigurationError) -> [String: String] {
    var keys: [String: String] = [:]
    try TOMLDocument(bytes, file: file, credentialsDirectory: nil).root.add(to: &keys, at: "")
    return keys
  }
}

extension TOMLNode {
  /// Adds each value below it under its path.
  fileprivate func add(to keys: inout [String: String], at path: String) {
    switch value {
    case .table(let members):
      for member in members { member.node.add(to: &keys, at: path.isEmpty ? member.key : "\(path).\(member.key)") }
    case .array(let elements) where elements.contains(where: \.isTable):
      for (index, element) in elements.enumerated() { element.add(to: &keys, at: "\(path)[\(index)]") }
    case .array(let elements): keys[path] = elements.map(\.text).joined(separator: ", ")
    default: keys[path] = text
    }
  }

  private var text: String {
    switch value {
    case .text(let text): "\"\(text)\""
    case .integer(let number): "\(number)"
    case .boolean(let flag): "\(flag)"
    case .array(let elements): elements.map(\.text).joined(separator: ", ")
    case .table, .fraction, .date: ""
    }
  }
}
