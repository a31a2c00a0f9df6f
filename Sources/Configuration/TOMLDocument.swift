import Platform
import Text

/// An error of one value. The reader adds the key and the position.
struct ValueError: Error {
  let message: String
  let remedy: String

  init(_ message: String, _ remedy: String = "") {
    self.message = message
    self.remedy = remedy
  }

  init(_ failure: FileError) { self.init(failure.reason, failure.remedy) }
}

extension FileBytes {
  /// The same error of this module.
  init(readFrom path: String, limit: Int) throws(ValueError) {
    do throws(FileError) {
      try self.init(of: path, limit: limit)
    } catch {
      throw ValueError(error)
    }
  }
}

/// A file while it is read: its text, and its errors so far.
final class TOMLDocument {
  let file: String
  /// The file for relative paths: another one if this one is only tried.
  let place: String
  let root: TOMLNode
  private let lines: [Substring.UnicodeScalarView]
  private let credentialsDirectory: String?
  private var findings: [ConfigurationError.Issue] = []
  /// Whether the configuration names the attribute with the immutable ID, which may be any text then.
  var hasOwnIdentity = false

  init(
    _ bytes: [UInt8], file: String, inPlaceOf place: String? = nil, credentialsDirectory: String?
  ) throws(ConfigurationError) {
    self.file = file
    self.place = place ?? file
    self.credentialsDirectory = credentialsDirectory
    let text = try decodeText(bytes, of: file)
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
      Substring($0).unicodeScalars
    }
    self.lines = lines
    do throws(TOMLError) {
      root = try TOMLNode(parsing: bytes)
    } catch {
      let message = "this isn't TOML: \(visible(error.message))"
      let remedy = error.place.flatMap { Self.unquotedKey(lines, at: $0) }.map {
        "put text and durations in quotes: \($0) = \"…\""
      }
      throw ConfigurationError(
        file: file,
        findings: [
          .init(line: error.place?.line, column: error.place?.column, message: message, remedy: visible(remedy ?? ""))
        ])
    }
  }

  /// The key of a line whose value needs quotes, as `after = 24h`. The value isn't shown: it may be a misplaced secret.
  private static func unquotedKey(_ lines: [Substring.UnicodeScalarView], at place: FilePosition) -> String? {
    guard lines.indices.contains(place.line - 1) else { return nil }
    let parts = lines[place.line - 1].split(separator: "=", maxSplits: 1)
    guard parts.count == 2, parts[0].count < place.column else { return nil }
    let words = Substring(parts[1]).split(whereSeparator: { " \t\r[],".contains($0) })
    let isBare = words.contains { word in
      !word.hasPrefix("\"") && !word.hasPrefix("'") && word != "true" && word != "false"
        && word.unicodeScalars.contains(where: \.properties.isAlphabetic)
    }
    let key = String(Substring(parts[0])).filter { !$0.isWhitespace }
    return isBare && !parts[1].contains("\"") && !key.isEmpty ? key : nil
  }

  func report(_ error: ValueError, at place: FilePosition?) {
    findings.append(
      .init(
        line: place?.line, column: place?.column, message: visible(error.message),
        remedy: visible(error.remedy)))
  }

  /// The number of errors so far.
  var faults: Int { findings.count }

  /// Throws all errors, in the order of the file.
  ///
  /// - Parameter stateDirectory: the state folder, if it is known despite the errors.
  func throwFindings(stateDirectory: String?) throws(ConfigurationError) {
    guard !findings.isEmpty else { return }
    var error = ConfigurationError(
      file: file, findings: findings.sorted { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) })
    error.stateDirectory = stateDirectory
    throw error
  }

  /// An absolute path is unchanged; a relative one is in the credentials directory if it exists there, otherwise beside this file.
  func resolve(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    if let credentialsDirectory, !credentialsDirectory.isEmpty,
      fileExists("\(credentialsDirectory)/\(path)")
    {
      return "\(credentialsDirectory)/\(path)"
    }
    return besideFile(path)
  }

  /// A relative path, resolved in this file's folder.
  func besideFile(_ path: String) -> String {
    guard !path.hasPrefix("/"), let slash = place.lastIndex(of: "/") else { return path }
    return place[...slash] + path
  }

  /// The first position of a string whose opening quote is at `place`.
  func placeInsideQuotes(_ place: FilePosition) -> FilePosition {
    guard lines.indices.contains(place.line - 1) else { return place }
    let rest = lines[place.line - 1].dropFirst(place.column - 1)
    guard let quote = rest.first, rest.prefix(3).count == 3, rest.prefix(3).allSatisfy({ $0 == quote }) else {
      return FilePosition(line: place.line, column: place.column + 1)
    }
    // A newline right after three quotes isn't part of the text.
    let isLineEnd = rest.dropFirst(3).allSatisfy { $0 == "\r" }
    return isLineEnd
      ? FilePosition(line: place.line + 1, column: 1) : FilePosition(line: place.line, column: place.column + 3)
  }
}
