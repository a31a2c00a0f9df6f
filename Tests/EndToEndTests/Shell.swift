import Foundation
import TestSupport

/// A real shell with pbxsyncd's completions loaded, and pbxsyncd itself in its path.
enum Shell: String, CaseIterable, Sendable {
  case bash, zsh, fish

  /// What the shell offers at the end of a line.
  func completions(of line: String) async throws -> Set<String> {
    let folder = FileManager.default.currentDirectoryPath + "/packaging/completions"
    let program = URL(filePath: Installation.binary).deletingLastPathComponent().path
    let run = try await ChildProcess.run(
      "/usr/bin/env",
      ["PATH=\(program):/usr/bin:/bin", "COMPLETIONS=\(folder)", "LINE=\(line)", rawValue] + options + ["-c", script])
    guard run.exitStatus == 0 else { throw ChildProcessError("\(rawValue): \(run.output)\(run.errors)") }
    return Set(run.output.split(whereSeparator: \.isNewline).map { String($0.prefix { $0 != "\t" }) })
  }

  private var options: [String] {
    switch self {
    case .bash: ["--norc"]
    case .zsh: ["-f"]
    case .fish: ["--no-config"]
    }
  }

  private var script: String {
    switch self {
    case .bash:
      """
      source "$COMPLETIONS/pbxsyncd.bash"
      read -r -a COMP_WORDS <<< "$LINE"
      [[ $LINE == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _pbxsyncd
      [ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
      """
    case .fish: "source $COMPLETIONS/pbxsyncd.fish; complete -C $LINE"
    // zsh completes only where it edits a line: a terminal of its own, in which compadd prints what it would offer.
    case .zsh:
      #"""
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'PROMPT=""; stty -echo; fpath=($COMPLETIONS $fpath); autoload -Uz compinit; compinit -u -D'
      zpty -w shell 'finish() { print -r "<end>"; exit }; comppostfuncs=(finish); bindkey "^I" complete-word'
      zpty -w shell 'compadd() {
        if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
        local -a hits; builtin compadd -A hits "$@"; print -rl -- "" "${(@)hits/#/<hit>}" }'
      zpty -w shell 'print "<rea""dy>"'
      zpty -r -m shell answer '*<ready>*'
      zpty -n -w shell "$LINE"$'\t'
      zpty -r -m shell answer '*<end>*'
      print -rl -- ${${(M)${(f)${answer//$'\r'/}}:#\<hit\>*}#<hit>}
      """#
    }
  }
}
