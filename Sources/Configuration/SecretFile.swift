import Platform

/// Reads a bind password or a security key from its file.
///
/// One newline at the end is not part of the secret. A file that other users can read is refused, unless it is in the
/// credentials directory, which systemd protects (systemd.exec(5), `LoadCredential=`). Blocks while it reads. The
/// error never contains the secret.
public func readSecret(file: String, credentialsDirectory: String?) throws(ConfigurationError) -> String {
  do throws(ValueError) {
    let content = try FileBytes(readFrom: file, limit: 65_536)
    let isCredential = credentialsDirectory.map { !$0.isEmpty && file.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
    guard isCredential == true || content.mode & 0o007 == 0 else {
      throw ValueError("other users can read this secret", "chmod o-rwx \(shellQuoted(file))")
    }
    guard var secret = String(validating: content.bytes, as: UTF8.self) else {
      throw ValueError("the secret isn't UTF-8", "write it in UTF-8")
    }
    if secret.last?.isNewline == true { secret.removeLast() }
    guard !secret.isEmpty else { throw ValueError("the secret is empty", "write it into the file") }
    guard !secret.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw ValueError("the secret has a control character or more than one line", "write it as one line of text")
    }
    return secret
  } catch {
    throw ConfigurationError(file: file, findings: [.init(message: error.message, remedy: error.remedy)])
  }
}
