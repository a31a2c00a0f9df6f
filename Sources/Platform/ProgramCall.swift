/// The configuration of a command without `--config`.
public let defaultConfiguration = "/etc/pbxsyncd/pbxsyncd.toml"

/// The program call for this installation: admins paste the next steps in messages, and with several installations a call without
/// `--config` would reach another.
public let pbxsyncd = programCall(CommandLineOptions.ofProcess)

/// - Parameter words: those of the process, its own name first.
func programCall(_ words: [String]) -> String {
  var file = defaultConfiguration
  for (index, word) in words.enumerated().dropFirst() where word != "--" {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts[0] == "--config" else { continue }
    if parts.count == 2 { file = String(parts[1]) } else if index + 1 < words.count { file = words[index + 1] }
  }
  let path = absolutePath(file)
  return path == defaultConfiguration ? "pbxsyncd" : "pbxsyncd --config \(shellQuoted(path))"
}
