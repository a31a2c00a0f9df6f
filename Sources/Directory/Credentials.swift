package import Configuration
import Platform

/// The secret files: the admin's originals, and the service's copies, which systemd makes when it starts or reloads the service
/// (systemd.exec(5), `LoadCredential=`).
package struct Credentials: Sendable {
  /// The service's folder with the copies; nil for a command.
  let folder: String?
  private let configurationFile: String

  init(_ configurationFile: String, folder: String? = environment("CREDENTIALS_DIRECTORY")) {
    self.configurationFile = absolutePath(configurationFile)
    self.folder = folder.flatMap { $0.isEmpty ? nil : $0.last == "/" ? String($0.dropLast()) : $0 }
  }

  /// The service that works with this configuration: of several, `pbxsyncd@berlin` has `/etc/pbxsyncd/berlin/pbxsyncd.toml`.
  package var unit: String {
    if let folder, let name = folder.split(separator: "/").last, name.hasSuffix(".service") {
      return String(name.dropLast(".service".count))
    }
    let parts = configurationFile.split(separator: "/")
    return parts.count == 4 && parts[0] == "etc" && parts[1] == "pbxsyncd" ? "pbxsyncd@\(parts[2])" : "pbxsyncd"
  }

  /// The service's copy of an admin's file; nil if there is none.
  package func copy(of file: String) -> String? {
    guard folder == nil, let name = file.split(separator: "/").last else { return nil }
    let copy = "/run/credentials/\(unit).service/\(name)"
    return fileExists(copy) ? copy : nil
  }

  /// The admin's original of a file; the same file if it isn't a copy.
  package func original(of file: String) -> String {
    guard isCopy(file), let folder, let slash = configurationFile.lastIndex(of: "/") else { return file }
    return "\(configurationFile[...slash])\(file.dropFirst(folder.count + 1))"
  }

  /// The next step after the file was written, as a clause that begins with a comma; empty if there is none.
  package func clause(of file: String) -> String { isCopy(file) && isReloadable ? ", then: \(reload)" : "" }

  /// The command that makes the service read its secrets again.
  package var reload: String { "systemctl reload \(unit)" }

  /// False for the timer: each of its runs reads everything again.
  private var isReloadable: Bool { !unit.hasPrefix("pbxsyncd-sync") }

  private func isCopy(_ file: String) -> Bool { folder.map { file.hasPrefix($0 + "/") } ?? false }

  /// Reads a secret; blocks while it does.
  ///
  /// - Throws: `ConfigurationError` that names the admin's file.
  package func secret(_ file: String) throws(ConfigurationError) -> String {
    do throws(ConfigurationError) {
      return try readSecret(file: file, credentialsDirectory: folder)
    } catch {
      if !isCopy(file) { throw error }
      throw ConfigurationError(
        file: original(of: file),
        findings: error.findings.map { finding in
          .init(message: "as the service has it, \(finding.message)", remedy: finding.remedy + clause(of: file))
        })
    }
  }
}
