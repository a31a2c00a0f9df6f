import Configuration
import Directory
import Domain
import LDAP
import Mapping
import Platform
package import Sync
import Text

/// The options of `init`.
package struct InitOptions: Sendable {
  let uri: String
  let bindDN: String?
  let passwordFile: String?
  let pbxURL: String?
  let caFile: String?
  let country: String?
  /// The file to write; nil for the one of `--config`.
  let out: String?
  /// Whether every question gets its default.
  let isConfirmed: Bool

  package init(
    uri: String, bindDN: String?, passwordFile: String?, pbxURL: String?, caFile: String?, country: String?,
    out: String?, isConfirmed: Bool
  ) {
    self.uri = uri
    self.bindDN = bindDN
    self.passwordFile = passwordFile
    self.pbxURL = pbxURL
    self.caFile = caFile
    self.country = country
    self.out = out
    self.isConfirmed = isConfirmed
  }
}

extension CommandContext {
  /// Looks at a directory and writes a configuration that fits it. Sends nothing to a PBX, and changes nothing in the directory.
  package func initialize(_ options: InitOptions) async -> ExitStatus {
    do {
      var session = try InitSession(options, file: options.out ?? file, isJSON: isJSON, log: log)
      return try await session.run()
    } catch let error as RunError {
      return refuse(error)
    } catch {
      return refuse(RunError(error))
    }
  }
}
