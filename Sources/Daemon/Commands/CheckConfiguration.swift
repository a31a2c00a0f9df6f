import Platform

extension Invocation {
  /// Reads and checks the configuration, templates and all; says which secrets aren't in place yet.
  public func checkConfiguration() async -> ExitStatus {
    await answer { setup in
      let missing = setup.missingSecrets
      let notes = missing.map { "note: \($0) isn't there yet; write the secret into it, mode 0600\n" }
      return Reply(
        text: "\(file) is right\n" + notes.joined(),
        json: ["valid": true, "file": .string(file), "missing_secrets": .array(missing.map(JSON.string))])
    }
  }
}
