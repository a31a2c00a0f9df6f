import CommandLineTool
import Sync

// Runs, and plans to review first.

extension Usage {
  static let run: [Command] = [
    Command(
      "--sync-now", .run, summary: "make one complete run",
      [
        .init("", "make one complete run"),
        .init("--dry-run", "print what a run would do; send nothing, store nothing"),
      ],
      options: [.init("dry-run", "send nothing, and print the planned changes"), .json],
      details: """
        A run reads the directory, plans what has changed, and sends it within all limits. It waits up to a minute for another run, \
        works beside a running service with the same configuration, and retries at once what the service would retry later. An \
        update whose answer was lost waits, because each try may mail the person: pbxsyncd sync WHO sends it now.
        """,
      exits: [
        .init(.asWanted, "success, or nothing to do"),
        .init(
          .somethingToDo, "with --dry-run: there are planned changes, also held or frozen ones and those in back-off"),
        .init(.partly, "some objects failed or have conflicts, or no source has any entry"),
        .init(.held, "removals, updates or additions are held: pbxsyncd approve"),
      ] + .ofRun,
      example: ["pbxsyncd --sync-now --dry-run"]
    ) { it in { await it.context.syncNow(isDryRun: it.has("dry-run")) } },
    Command(
      "sync", .run, summary: "sync one person now",
      [.init("WHO [--dry-run]", "read one entry now, explain it, and make its changes")],
      words: 1...1, needs: "a number, a DN, a uid, a mail address or an ID; all: pbxsyncd --sync-now",
      options: [.init("dry-run", "explain it, and send nothing"), .json],
      details: """
        WHO is as for why, and must be one entry. Each step is shown as why shows it: source, filter, values, number, plan. The \
        changes are made under all limits, and values that the PBX has refused are sent again. Nobody is removed: only a complete run tells who has left. It needs an earlier complete run \
        with the same configuration, and works beside a running service.
        """,
      exits: [
        .init(.asWanted, "done, or nothing to do"),
        .init(.refused, "WHO is unknown or may be several, or a complete run must come first"),
        .init(
          .somethingToDo, "with --dry-run: there are planned changes, also held or frozen ones and those in back-off"),
        .init(.partly, "a conflict, invalid data, or the PBX refused a change"),
        .init(
          .held, "its change is held, and a complete run names the set to approve; or it waits for the end of a freeze"),
      ] + .ofRun,
      example: ["pbxsyncd sync ann@example.com", "pbxsyncd sync 1105 --dry-run"]
    ) { it in { await it.context.sync(it.words.first ?? "", isDryRun: it.has("dry-run")) } },
    Command(
      "serve", .run, [.init("", "run the daemon in the foreground, until SIGTERM or Ctrl-C")],
      options: [],
      details: """
        This is what systemd starts. Without a command pbxsyncd does the same, except on a terminal, where it prints a page of help. \
        Events go to the journal: journalctl -t pbxsyncd -f. SIGHUP reads the configuration again, SIGUSR1 makes a run now.
        """,
      exits: [.init(.asWanted, "a clean stop")] + .ofRun,
      example: ["sudo systemctl start pbxsyncd", "pbxsyncd --config /etc/pbxsyncd/berlin/pbxsyncd.toml serve"]
    ) { it in { await it.context.serve() } },
  ]

  static let review: [Command] = [
    Command(
      "plan", .review, summary: "print the changes that a run would make",
      [
        .init("[--out FILE]", "print the changes that a run would make, and write them to FILE"),
        .init("--with FILE", "the same with an edited configuration"),
      ],
      options: [
        .init("out", "FILE", "write the plan to FILE too, for apply"),
        .init("with", "FILE", "use this configuration with today's ledger and secrets"), .json,
      ],
      details: "Nothing is sent or stored.",
      exits: [
        .init(.asWanted, "nothing to do"),
        .init(.somethingToDo, "there are planned changes, also held or frozen ones and those in back-off"),
        .init(.partly, "no source has any entry"),
      ] + .ofReading,
      example: ["pbxsyncd plan --out monday.plan", "pbxsyncd apply monday.plan"]
    ) { it in { await it.context.plan(with: it.value("with"), out: it.value("out")) } },
    Command(
      "apply", .review, [.init("FILE", "make exactly the changes of a plan, or none")],
      words: 1...1, needs: "a plan's FILE",
      details: """
        No change is made if the ledger, the configuration or the directory has changed since the plan was written, or if \
        the file was edited.
        """,
      exits: [
        .init(.asWanted, "success"), .init(.refused, "the plan is out of date: make a new one"),
        .init(.partly, "some objects failed"), .init(.held, "other changes are held"),
      ] + .ofRun,
      example: ["pbxsyncd plan --out monday.plan", "pbxsyncd apply monday.plan"]
    ) { it in { await it.context.apply(it.words.first ?? "") } },
  ]
}
