import Platform

enum Usage {
  static let defaultConfiguration = "/etc/pbxsyncd/pbxsyncd.toml"

  static let options: [CommandLineOptions.Option] = [
    .init("sync-now"), .init("dry-run"), .init("check-config"), .init("json"), .init("debug"),
    .init("config", takesValue: true), .init("help"), .init("version"),
  ]

  static let text = """
    Usage: pbxsyncd [--config FILE] [VERB] [--json]

    Keeps a PBX's extensions and phonebook equal to what an LDAP directory says.

    Without a verb it is the daemon, in the foreground, for systemd.
      --sync-now       one complete run; with --dry-run it sends nothing and prints the plan
      --check-config   reads and checks the configuration
      --help           this page
      --version        the version

    Options:
      --config FILE    the configuration (default: \(defaultConfiguration))
      --dry-run        with --sync-now: show what would be done
      --json           one JSON object on standard output instead of text
      --debug          log each search as the ldapsearch line that repeats it

    Exit status of --sync-now: 0 everything is as wanted, 2 a dry run found something to do, 3 some objects failed or
    conflict, 4 removals held by a limit, 64 usage, 65 ledger corrupt or newer, 69 directory or PBX out of reach or the
    read incomplete, 73 state folder not writable, 74 disk full, 75 another pbxsyncd runs, 77 key or bind refused,
    78 configuration.

    """
}
