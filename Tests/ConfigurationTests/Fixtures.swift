import Foundation

@testable import Configuration

/// A valid configuration in parts, so that a test can replace one of them.
let parts: KeyValuePairs = [
  "directory": #"""
  [directory]
  servers = ["ldaps://ldap.example.com"]

  """#,
  "users": #"""
  [[users]]
  base = "ou=people,dc=example,dc=com"
  filter = "(uid=*)"
  extension.number = "{n}"
  extension.first_name = "{f}"

  """#,
  "contacts": "",
  "numbers": "[numbers]\ncountry = \"DE\"\n",
  "pbx": "[pbx]\nurl = \"https://192.0.2.4:8000/api.aspx\"\nsecurity_key_file = \"key\"\n",
  "schedule": "", "privacy": "", "metrics": "",
  "removal": "",
  "state": "",
]

/// The configuration with `text` instead of the part `name`, or at its end.
func configuration(_ name: String = "", _ text: String = "") -> String {
  let rest = parts.filter { $0.key != name }.map(\.value).joined()
  return text + "\n" + rest
}

func read(
  _ text: String, file: String = "/etc/pbxsyncd/pbxsyncd.toml", credentialsDirectory: String? = nil,
  stateDirectory: String? = nil
) throws(ConfigurationError) -> Configuration {
  try Configuration(
    Array(text.utf8), file: file, credentialsDirectory: credentialsDirectory, stateDirectory: stateDirectory)
}

/// What is wrong with `text`, a line each, without the file's name; empty where nothing is.
func complaints(_ text: String) -> [String] {
  do throws(ConfigurationError) {
    _ = try read(text, file: "F")
    return []
  } catch {
    return error.description.split(separator: "\n").map { String($0.dropFirst(2)) }
  }
}

/// `text` without its mark `‸`, and where that stood, as `LINE:COLUMN`.
func unmarked(_ text: String) -> (text: String, place: String) {
  // By scalars, for a carriage return and a line feed are one Character.
  let before = text.unicodeScalars.prefix { $0 != "‸" }
  let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
  let place = "\(lines.count):\((lines.last?.count ?? 0) + 1)"
  return (text.replacingOccurrences(of: "‸", with: ""), place)
}

/// The root of the package.
let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()
