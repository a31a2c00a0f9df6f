import Configuration
import Directory
import Platform
import Sync

/// The files that `init` writes: the configuration, and the password that somebody has typed. Nothing is overwritten: an earlier
/// configuration gets another name.
struct InitOutput {
  let file: String
  /// A password to be written beside the configuration.
  private var password: (name: String, text: String)?
  private var replaces = false
  private(set) var earlier: String?

  /// - Throws: if the file can't be written.
  init(_ file: String) throws(RunError) {
    self.file = absolutePath(file)
    let folder = Platform.folder(of: self.file)
    guard fileExists(folder) else {
      throw RunError(
        refusing: "\(file) can't be written: there is no folder \(folder)", .stateNotWritable,
        remedy: "create it, or name another file: --out FILE")
    }
    guard mayWrite(in: folder) else {
      throw RunError(
        refusing: "\(file) can't be written: there is no write access to \(folder)", .stateNotWritable,
        remedy: "run init as a user who may, or name another file: --out FILE")
    }
  }

  /// Finds out whether an existing file may be replaced.
  mutating func decide(_ questions: inout Questions) throws(RunError) {
    guard fileExists(file) else { return }
    if isUntouchedSample {
      replaces = true
    } else {
      replaces = try questions.confirms(
        "\(file) exists. Replace it? The present one is kept beside it.", default: false)
    }
    if !replaces {
      throw RunError(
        refusing: "\(file) exists and stays as it is", remedy: "name another file: --out FILE, or move this one away")
    }
  }

  /// Whether the file is the sample of the package, whose servers are nobody's (RFC 2606).
  private var isUntouchedSample: Bool {
    guard
      let configuration = try? Configuration.load(file: file, credentialsDirectory: nil, stateDirectory: nil)
    else { return false }
    let servers = configuration.directory.servers.compactMap { Address($0)?.host }
    return !servers.isEmpty && servers.allSatisfy { $0.hasSuffix(".example.com") }
      && configuration.pbx.address.host == "192.0.2.4"
  }

  // MARK: - The password

  /// A file as the configuration names it: a name beside it, or an absolute path.
  func reference(to path: String) -> String {
    let path = absolutePath(path)
    let folder = Platform.folder(of: path)
    return folder == Platform.folder(of: file)
      ? String(path.dropFirst(folder == "/" ? 1 : folder.utf8.count + 1)) : path
  }

  /// Keeps a password for a file beside the configuration, which no other password has.
  ///
  /// - Returns: the file's name.
  mutating func keep(_ text: String) -> String {
    var (name, number) = ("ldap-password", 1)
    while fileExists(path(of: name)), (try? readSecret(file: path(of: name), credentialsDirectory: nil)) != text {
      number += 1
      name = "ldap-password-\(number)"
    }
    password = (name, text)
    return name
  }

  private func path(of name: String) -> String {
    let folder = Platform.folder(of: file)
    return folder == "/" ? "/\(name)" : "\(folder)/\(name)"
  }

  // MARK: - Writing

  /// Checks a text as `--check-config` does, before it is in place.
  func check(_ text: String) throws -> CompiledConfiguration {
    let draft = try createTemporaryFile("pbxsyncd-init")
    defer { removeFile(draft) }
    try writeFile(draft, text)
    return try CompiledConfiguration(file: draft)
  }

  mutating func write(_ text: String) throws(RunError) {
    do throws(FileError) {
      if let password, !fileExists(path(of: password.name)) {
        try writeFile(path(of: password.name), password.text + "\n")
      }
      if replaces { earlier = try setAside() }
      // It has no secret, and the service reads it as a user of its own.
      try writeFile(file, text, mode: 0o644)
    } catch {
      throw RunError(
        refusing: "\(file) can't be written: \(error.reason)", .stateNotWritable,
        remedy: "name another file: --out FILE")
    }
  }

  /// Gives the present configuration another name, which is free.
  private func setAside() throws(FileError) -> String {
    var (name, number) = ("\(file).before-init", 1)
    while fileExists(name) {
      number += 1
      name = "\(file).before-init-\(number)"
    }
    try linkFile(file, as: name)
    return name
  }

  /// What was written, and the next steps.
  func report(pbxURL: String?) -> [String] {
    let isDefault = file == defaultConfiguration
    let command = isDefault ? "pbxsyncd" : "pbxsyncd --config \(shellQuoted(file))"
    let setup = try? CompiledConfiguration(file: file)
    let key = setup?.configuration.pbx.securityKeyFile ?? "pbx-key"
    var lines = ["\(file): \(pbxURL == nil ? "written; [pbx] url is still an example" : "configuration OK")"]
    if let earlier { lines.append("The earlier configuration is now \(earlier)") }
    if let password { lines.append("The password is in \(path(of: password.name)), which only its owner can read.") }
    lines += (setup?.filesHiddenFromService ?? []).compactMap { file in
      setup.map { "Note: \($0.hiddenText(file)): \($0.showing(file))" }
    }
    lines.append("Next steps:")
    lines.append("1. Read the comments in \(file). What init wasn't sure of is marked, or left out.")
    lines.append("2. See what a run would do; it sends nothing: \(command) --sync-now --dry-run")
    var third = "3. Write the PBX's security key into \(key), mode 0600"
    if pbxURL == nil { third += ", and its address into [pbx] url" }
    lines.append(third + ".")
    return lines
  }
}
