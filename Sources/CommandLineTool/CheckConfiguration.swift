import Configuration
import Directory
import Platform
package import Sync

extension CommandContext {
  /// Reads and checks the configuration, templates and all; says which secrets aren't in place yet, and which files the service
  /// won't be able to read.
  ///
  /// Within the service what it needs must be there.
  package func checkConfiguration() async -> ExitStatus {
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
      let idle =
        setup.configuration.pbx.hasHTTPVersion
        ? "note: http_version in [pbx] has no effect: requests go by HTTP/1.1; remove the line\n" : ""
      let hiddenNotes = hidden.map { "note: \(setup.hiddenText($0)): \(setup.showing($0))\n" }
      return CommandOutput(
        text: "\(file) is right\n" + notes.joined() + hiddenNotes.joined() + idle,
        json: [
          "valid": true, "file": .string(file), "missing_secrets": .array(missing.map(JSON.string)),
          "hidden_from_service": .array(hidden.map(JSON.string)),
        ])
    }
  }
}
