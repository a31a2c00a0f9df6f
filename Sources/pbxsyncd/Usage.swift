import Platform

enum Usage {
  static let options: [CommandLineOptions.Option] = [
    .init("sync-now"), .init("dry-run"), .init("check-config"), .init("json"), .init("debug"),
    .init("config", takesValue: true), .init("help", letter: "h"), .init("version"), .init("out", takesValue: true),
    .init("csv", takesValue: true), .init("yes"), .init("accept-losses"), .init("html", takesValue: true),
    .init("with", takesValue: true),
  ]

  /// A command with its operands and options.
  struct Command {
    let name: String
    let operands: String
    /// The allowed number of operands.
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
    Command("why", "a number, a DN, a uid, a mail address or an ID", 1...1),
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

    Syncs users from an LDAP directory to a PBX: extensions and phonebook contacts.

    Without a command it is the daemon, in the foreground, for systemd.
      --sync-now       make one complete run; with --dry-run it sends nothing and prints the plan
      --check-config   check the configuration

    Review a plan:
      plan [--out FILE]            print the changes that a run would make; --with FILE: with an edited configuration
      apply FILE                   make exactly the changes of a plan, or none if the ledger, the configuration or the
                                   directory has changed

    Inspect:
      status                       show the last run and read, managed objects, held sets and pending removals
      history [RUN]                list the last runs, or each call of one
      why WHO                      explain a number, a DN, a uid, a mail address or an ID
      conflicts                    list conflicts, with the LDIF that fixes them
      lint [--csv FILE]            list errors in the directory's number plan; doesn't use the PBX
      report --html FILE           write an HTML report: runs, held removals, conflicts, number plan
      doctor                       check everything that a run depends on, with a next step for each failure

    Decide:
      approve [SET], reject [SET]  approve or reject a held set; without SET, list them
      adopt NUMBER|RANGE...        permit to adopt objects of the PBX; --csv FILE: those of a table
      release NUMBER|RANGE...      the reverse of adopt: objects stay on the PBX and are no longer managed
      audit [RANGE...]             list what the PBX lost, by probes; --csv FILE: by its own export; --yes: send missing
                                   objects again
      undo RUN [--yes]             revert a past run; shows the changes and asks first
      forget WHO                   remove the data of a person who has left

    Maintain the ledger:
      ledger verify                check it for damage
      ledger backup [FILE]         write a backup
      ledger restore FILE [--yes]  replace the ledger with a backup; shows what the backup lacks and asks first
      ledger export                print all of it as JSON
      ledger pbx [same|replaced]   show which PBX it belongs to; bind it to the configured one

    Options:
      --config FILE    the configuration (default: \(defaultConfiguration))
      --json           print one JSON object on standard output instead of text
      --debug          log each search as the ldapsearch line that repeats it
      -h, --help       print this page
      --version        print the version

    Exit status: 0 success, 1 refused or problems found, 2 a dry run or plan has planned changes, 3 some objects failed
    or have conflicts, 4 changes held, 64 command line error, 65 ledger corrupt or newer, or a file that can't be used,
    69 directory or PBX unreachable, or the read incomplete, 73 state folder not writable, 74 disk full, 75 another
    pbxsyncd is running, 77 key or bind refused, 78 configuration wrong.

    """
}
