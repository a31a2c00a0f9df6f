import Configuration
import Platform

extension Invocation {
  /// Reads and checks the configuration, templates and all; says which secrets aren't in place yet, and which files the service
  /// won't be able to read.
  ///
  /// Within the service what it needs must be there.
  public func checkConfiguration() async -> ExitStatus {
    await answer { setup in
      // Another user may not be allowed to read them. In a reload systemd may be about to replace the copies, and lets nobody.
      for file in setup.secretFiles where (try? FileBytes(of: file, limit: 65_536)) != nil {
        _ = try setup.credentials.secret(file)
      }
      for source in setup.sources { _ = try ExclusionList(of: source.selection) }
      if othersMayWrite(file) {
        Terminal.printError(
          "pbxsyncd: warning: others may write to \(file), and so have phones removed; chmod 0644 \(shellQuoted(file))\n"
        )
      }
      let missing = setup.missingSecrets
      let notes = missing.map { "note: \($0) isn't there yet; write the secret into it, mode 0600\n" }
      let hidden = setup.filesHiddenFromService
      let hints = hidden.map { file in
        "note: the service, which runs as a user of its own, can't read \(file) but as a credential: systemctl edit "
          + "\(setup.credentials.unit), [Service], LoadCredential=\(baseName(file)):\(file), and \"\(baseName(file))\" in the "
          + "configuration\n"
      }
      return Reply(
        text: "\(file) is right\n" + notes.joined() + hints.joined(),
        json: [
          "valid": true, "file": .string(file), "missing_secrets": .array(missing.map(JSON.string)),
          "hidden_from_service": .array(hidden.map(JSON.string)),
        ])
    }
  }
}

extension Setup {
  /// What root can read and the packaged service can't, for a check by root: the units give it the two secrets, and what a drop-in
  /// may give it besides it has already.
  fileprivate var filesHiddenFromService: [String] {
    guard processUser == 0, credentials.folder == nil, absolutePath(configuration.place).hasPrefix("/etc/pbxsyncd/")
    else {
      return []
    }
    let given = [configuration.directory.bindPasswordFile, configuration.pbx.securityKeyFile].compactMap(\.self).map(
      baseName)
    let secrets = secretFiles.filter {
      !["ldap-password", "pbx-key"].contains(baseName($0)) || !given.contains(baseName($0))
    }
    return Set(secrets + furtherFiles).sorted().filter { file in
      guard let mode = permissions(of: file) else { return false }
      return mode & 0o004 == 0 && credentials.copy(of: file) == nil
    }
  }
}

private func baseName(_ file: String) -> String { file.split(separator: "/").last.map(String.init) ?? file }
