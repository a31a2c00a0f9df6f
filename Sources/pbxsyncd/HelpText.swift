import Directory
import Platform
import Sync

/// The help about one command.
struct HelpText {
  let text: String

  /// - Parameter columns: the width of the terminal.
  init(of command: Command, columns: Int) {
    let width = Self.width(columns)
    var parts = [
      command.forms.map { Self.usage(of: command, $0) }.joined(separator: "\n"), Self.sentence(command.summary, width),
    ]
    if command.forms.count > 1 {
      parts.append(Self.table(command.forms.map { ($0.words.isEmpty ? command.name : $0.words, $0.summary) }, width))
    }
    if !command.details.isEmpty { parts.append(Self.filled(command.details, width)) }
    let options = command.options + (command.isHelp ? [] : Usage.shared)
    if !options.isEmpty {
      parts.append("Options:\n" + Self.table(options.map { ("--" + $0.words, $0.summary) }, width))
    }
    parts.append("Exit status:\n" + Self.table(command.exits.map { ("\($0.status.rawValue)", $0.meaning) }, width))
    parts.append("Example:\n" + command.example.map { "  \($0)" }.joined(separator: "\n"))
    text = parts.joined(separator: "\n\n") + "\n"
  }

  /// `pbxsyncd plan [--out FILE] [--json]`
  private static func usage(of command: Command, _ form: Command.Form) -> String {
    "pbxsyncd \(call(command, form))" + (command.takes("json") ? " [--json]" : "")
  }

  private static func sentence(_ summary: String, _ width: Int) -> String {
    filled(summary.prefix(1).uppercased() + summary.dropFirst() + ".", width)
  }

  private static func call(_ command: Command, _ form: Command.Form) -> String {
    command.name + (form.words.isEmpty ? "" : " \(form.words)")
  }
}

// MARK: - All commands

extension HelpText {
  /// What a person sees who calls pbxsyncd without a command: it fits on 24 lines of 80 columns.
  static var short: String {
    let commands = Command.Topic.allCases.map { topic in
      (topic.rawValue, Usage.commands.filter { $0.topic == topic }.map(\.name).joined(separator: ", "))
    }
    return """
      pbxsyncd syncs users from an LDAP directory to a PBX.

      Usage: pbxsyncd [--config FILE] COMMAND [--json]

      \(table(commands, 80))

      To begin, without changing anything:
        pbxsyncd init URI              write a configuration that fits a directory
        pbxsyncd --check-config        check the configuration
        pbxsyncd doctor                check everything that a run depends on
        pbxsyncd --sync-now --dry-run  print what a run would do

      The daemon is started by systemctl start pbxsyncd, or here by pbxsyncd serve.
      More: pbxsyncd help, pbxsyncd help COMMAND, man pbxsyncd

      """
  }

  /// All commands and options, and what the exit statuses mean.
  static func page(columns: Int) -> String {
    let width = width(columns)
    let topics = Command.Topic.allCases.map { topic in
      let forms = Usage.commands.filter { $0.topic == topic }.flatMap { command in
        command.forms.map { (call(command, $0), $0.summary) }
      }
      return "\(topic.rawValue):\n\(table(forms, width))"
    }
    let options =
      Usage.shared + [Command.Option.json, .init("help", "print this page, or with a command all about it")]
    let status = """
      Exit status: 0 success, 1 refused or problems found, 2 a dry run or plan has planned changes, 3 some objects failed or have \
      conflicts, 4 changes held, 64 command line error, 65 ledger corrupt or newer, or a file that can't be used, 69 directory or \
      PBX unreachable, or the read incomplete, 73 state folder not writable, 74 disk full or output not written, 75 another pbxsyncd is running, 77 key \
      or bind refused, 78 configuration wrong.
      """
    let intro = """
      Syncs users from an LDAP directory to a PBX: extensions and phonebook contacts.
      """
    return
      ([
        "Usage: pbxsyncd [--config FILE] COMMAND [--json]", filled(intro, width),
      ] + topics + [
        "Options:\n" + table(options.map { ("--" + $0.words, $0.summary) }, width), filled(status, width),
        filled(
          "All about a command: pbxsyncd help COMMAND. Without a command it is the daemon, except on a terminal.", width
        ),
      ]).joined(separator: "\n\n") + "\n"
  }

  /// The table of commands for programs, in which the completions and the manual page are looked up.
  static func json(of commands: [Command]) -> String {
    let members: [(String, JSON)] = [
      ("status", 0), ("error", .null), ("commands", .array(commands.map(\.listing))),
      (
        "options",
        .array((Usage.shared + [.init("help", "print help"), .init("version", "print the version")]).map(\.listing))
      ),
    ]
    return JSON.object(members).text + "\n"
  }
}

extension Command {
  fileprivate var listing: JSON {
    [
      "name": .string(name), "topic": .string(topic.rawValue), "summary": .string(summary),
      "forms": .array(forms.map { ["words": .string($0.words), "summary": .string($0.summary)] }),
      "options": .array(options.map(\.listing)), "details": .string(details),
      "exit": .array(exits.map { ["status": $0.status.json, "meaning": .string($0.meaning)] }),
      "example": .strings(example),
    ]
  }
}

extension Command.Option {
  /// `out FILE`
  fileprivate var words: String { name + (value.map { " \($0)" } ?? "") }

  fileprivate var listing: JSON {
    ["name": .string(name), "value": .optional(value), "summary": .string(summary)]
  }
}

// MARK: - Columns

extension HelpText {
  private static func width(_ columns: Int) -> Int { min(max(columns, 40), 100) }

  /// Rows of two columns; a second column that doesn't fit is filled below itself.
  private static func table(_ rows: [(String, String)], _ width: Int) -> String {
    let longest = rows.map(\.0.count).max() ?? 0
    let column = min(longest + 4, width * 2 / 5)
    return rows.map { left, right in
      let lines = filled(right, width - column).split(separator: "\n")
      let margin = String(repeating: " ", count: column)
      let head = "  \(left)"
      // A long first column has a line of its own.
      let isLong = head.count + 2 > column
      let first = isLong ? "\(head)\n\(margin)" : head + margin.dropFirst(head.count)
      return first + lines.joined(separator: "\n\(margin)")
    }.joined(separator: "\n")
  }

  /// Words in lines of at most `width` columns.
  private static func filled(_ text: String, _ width: Int) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let line = lines.last, line.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n")
  }
}
