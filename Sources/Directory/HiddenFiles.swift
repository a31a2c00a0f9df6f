import Configuration
import Platform

extension CompiledConfiguration {
  /// The files that root can read and the packaged service, which has a user of its own, can't; for a check by root. The units give it its
  /// secrets, and a drop-in may give it more.
  package var filesHiddenFromService: [String] {
    guard processUser == 0, credentials.folder == nil, absolutePath(configuration.place).hasPrefix("/etc/pbxsyncd/")
    else { return [] }
    let given =
      ([configuration.directory.bindPasswordFile, configuration.pbx.securityKeyFile].compactMap(\.self)
      + alertSecretFiles).map(baseName)
    let passed = ["ldap-password", "pbx-key", "smtp-password", "alerts-webhook"]
    let secrets = (secretFiles + alertSecretFiles).filter {
      !passed.contains(baseName($0)) || !given.contains(baseName($0))
    }
    return Set(secrets + furtherFiles + [keytab].compactMap(\.self)).sorted().filter { file in
      fileExists(file) && !isOpen(file) && credentials.copy(of: file) == nil
    }
  }

  /// The keytab of Kerberos' own variable (krb5.conf(5)); nil if it isn't set or not needed.
  private var keytab: String? {
    guard configuration.directory.sasl == .gssapi, let name = environment("KRB5_CLIENT_KTNAME") else { return nil }
    return name.hasPrefix("FILE:") ? String(name.dropFirst(5)) : name
  }

  /// Whether any user may read a file: the file and each folder of its path must allow it.
  private func isOpen(_ file: String) -> Bool {
    guard let mode = permissions(of: file), mode & 0o004 != 0 else { return false }
    var folder = folder(of: absolutePath(file))
    while folder != "/" {
      guard let mode = permissions(of: folder), mode & 0o001 != 0 else { return false }
      folder = Platform.folder(of: folder)
    }
    return true
  }

  package func hiddenText(_ file: String) -> String {
    "the service, which runs as a user of its own, can't read \(file)"
  }

  /// The instruction to give the service access to the file.
  package func showing(_ file: String) -> String {
    let credential = "systemctl edit \(credentials.unit), [Service], LoadCredential=\(baseName(file)):\(file)"
    return file == keytab
      ? "\(credential) and Environment=KRB5_CLIENT_KTNAME=%d/\(baseName(file))"
      : "\(credential), and \"\(baseName(file))\" in the configuration"
  }
}

private func baseName(_ file: String) -> String { file.split(separator: "/").last.map(String.init) ?? file }
