import Configuration
import Directory
import Platform
package import Sync

extension CommandContext {
  /// Checks the configuration with its templates; reports missing secrets, and files that the service can't read.
  ///
  /// Within the service, all required files must exist.
  package func checkConfiguration() async -> ExitStatus {
    await answer { setup in
      // Another user may have no right to read them. During a reload systemd may be replacing the copies, which nobody can read then.
      for file in setup.secretFiles + setup.alertSecretFiles where (try? FileBytes(of: file, limit: 65_536)) != nil {
        _ = try setup.credentials.secret(file)
      }
      for source in setup.sources { _ = try ExclusionList(of: source.selection) }
      if othersMayWrite(file) {
        Terminal.printError(
          "pbxsyncd: warning: other users can write to \(file), and so remove phones; chmod 0644 \(shellQuoted(file))\n"
        )
      }
      let examples = setup.configuration.exampleHosts
      guard examples.isEmpty else { return refusal(of: examples) }
      let missing = setup.missingSecrets
      let notes = missing.map { "note: \($0) doesn't exist yet; write the secret into it, mode 0600\n" }
      let hidden = setup.filesHiddenFromService
      let idle =
        setup.configuration.pbx.hasHTTPVersion
        ? "note: http_version in [pbx] has no effect: requests use HTTP/1.1; remove the line\n" : ""
      let hiddenNotes = hidden.map { "note: \(setup.hiddenText($0)): \(setup.showing($0))\n" }
      return CommandOutput(
        text: "\(file): configuration OK\n" + notes.joined() + hiddenNotes.joined() + idle,
        json: [
          "valid": true, "file": .string(file), "missing_secrets": .strings(missing),
          "hidden_from_service": .strings(hidden),
        ])
    }
  }

  /// The values of the sample are valid, but nobody has such a server.
  private func refusal(of examples: [Configuration.ExampleHost]) -> CommandOutput {
    let lines = examples.map { "\(file): \($0.text)\n" }
    return CommandOutput(
      status: .configuration, text: lines.joined() + "Next step: \(Configuration.ExampleHost.remedy)\n",
      json: [
        "valid": false, "file": .string(file),
        "examples": .array(
          examples.map { example -> JSON in ["key": .string(example.key), "host": .string(example.host)] }),
      ])
  }
}
