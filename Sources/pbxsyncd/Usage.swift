import Platform

enum Usage {
  static let options: [CommandLineOptions.Option] = [
    .init("sync-now"), .init("dry-run"), .init("check-config"), .init("json"), .init("debug"),
    .init("config", takesValue: true), .init("help", letter: "h"), .init("version"), .init("out", takesValue: true),
    .init("csv", takesValue: true), .init("yes"), .init("accept-losses"), .init("html", takesValue: true),
    .init("with", takesValue: true),
  ]

  /// A command and what may stand behind it.
  struct Command {
    let name: String
    let operands: String
    /// How many operands it takes.
    let words: ClosedRange<Int>
    let options: Set<String>

    init(
      _ name: String, _ operands: String = "", _ words: ClosedRange<Int> = 0...0, options: Set<String> = ["json"]
    ) {
      self.name = name
      self.operands = operands
      self.words = words
      self.options = options
    }
  }

  static let commands: [Command] = [
    Command("", options: []), Command("--help", options: []), Command("--version", options: []),
    Command("--check-config"), Command("--sync-now", options: ["json", "dry-run"]),
    Command("plan", options: ["json", "out", "with"]), Command("apply", "a plan's FILE", 1...1),
    Command("status"), Command("history", "", 0...1),
    Command("why", "a number, a DN, a uid, a mail address or an id", 1...1),
    Command("conflicts"), Command("lint", options: ["json", "csv"]), Command("doctor"),
    Command("report", options: ["html"]), Command("approve", "", 0...1),
    Command("reject", "", 0...1),
    Command("adopt", "", 0...100_000, options: ["json", "csv"]),
    Command("release", "a number or a range", 1...100_000, options: ["json", "yes"]),
    Command("audit", "", 0...100_000, options: ["json", "csv", "yes", "accept-losses"]),
    Command("forget", "a number, a DN, a mail address or an entry's ID", 1...1),
    Command("undo", "a RUN", 1...1, options: ["json", "yes"]),
    Command("ledger", "verify, backup, restore, export or pbx", 1...2, options: ["json", "yes"]),
  ]

  static let text = """
    Usage: pbxsyncd [--config FILE] [COMMAND] [--json]

    Keeps a PBX's extensions and phonebook equal to what an LDAP directory says.

    Without a command it is the daemon, in the foreground, for systemd.
      --sync-now       one complete run; with --dry-run it sends nothing and prints the plan
      --check-config   reads and checks the configuration

    A plan to review:
      plan [--out FILE]            what a run would do now; --with FILE: by an edited configuration
      apply FILE                   exactly the changes of a plan, or none if the world has moved

    What is, what was, and why:
      status                       the last run and read, what is ours, what waits for a decision
      history [RUN]                the last runs, or each call of one
      why WHO                      all about a number, a DN, a uid, a mail address or an id
      conflicts                    what stands in the way, with the LDIF that would mend it
      lint [--csv FILE]            what is wrong with the directory's number plan, whatever the PBX has
      report --html FILE           a page to look at: runs, held removals, conflicts, the number plan
      doctor                       tries all that a run needs, and says what to do about each failure

    Decisions:
      approve [SET], reject [SET]  settle what is held; without SET, list it
      adopt NUMBER|RANGE...        take over objects that the PBX has already; --csv FILE: those of a table
      release NUMBER|RANGE...      the reverse of adopt: they stay on the PBX and aren't managed any more
      audit [RANGE...]             what the PBX lost, by asking it; --csv FILE: by its own export; --yes: send again what is missing
      undo RUN [--yes]             the way back from a past run, shown before it is taken
      forget WHO                   remove what is known of somebody who left

    The ledger:
      ledger verify                look for damage
      ledger backup [FILE]         a copy of now
      ledger restore FILE [--yes]  put a backup in its place, once it was shown what that lacks
      ledger export                all of it as JSON
      ledger pbx [same|replaced]   which PBX it is of; binds it to the configured one

    Options:
      --config FILE    the configuration (default: \(defaultConfiguration))
      --json           one JSON object on standard output instead of text
      --debug          log each search as the ldapsearch line that repeats it
      -h, --help       this page
      --version        the version

    Exit status: 0 everything is as wanted, 1 refused, or trouble found, 2 a dry run or plan found something to do,
    3 some objects failed or conflict, 4 changes held, 64 usage, 65 ledger corrupt or newer, or a file that
    can't be used, 69 directory or PBX out of reach or the read incomplete, 73 state folder not writable, 74 disk full,
    75 another pbxsyncd runs, 77 key or bind refused, 78 configuration.

    """
}
