import CommandLineTool
import Platform
import Sync

// Decisions of an admin.

extension Usage {
  static let decide: [Command] = [
    Command(
      "approve", .decide, summary: "list held sets, or approve one",
      [
        .init("", "list the held sets, with old and new values"),
        .init("SET", "approve a held set; the next run makes it"),
      ],
      words: 0...1,
      details: """
        An approval covers only the objects in the set: the limits apply to others. A name that begins with fall- is a source's \
        drop in entries, which is accepted from then on.
        """,
      exits: [.init(.asWanted, "listed or approved"), .init(.refused, "there is no such set, or it has changed")]
        + .ofWriting,
      example: ["pbxsyncd approve", "pbxsyncd approve extensions-1f0c2a9b"]
    ) { it in { await it.context.approve(it.words.first) } },
    Command(
      "reject", .decide, summary: "list held sets, or reject one",
      [.init("", "list the held sets"), .init("SET", "reject a held set; its objects stay as they are")],
      words: 0...1,
      exits: [.init(.asWanted, "listed or rejected"), .init(.refused, "there is no such set, or it has changed")]
        + .ofWriting,
      example: ["pbxsyncd reject extensions-1f0c2a9b"]
    ) { it in { await it.context.reject(it.words.first) } },
    Command(
      "adopt", .decide, summary: "permit to adopt objects of the PBX",
      [
        .init("NUMBER|RANGE...", "permit to adopt objects of the PBX for a day"),
        .init("--csv FILE", "the same for the objects of a table that the PBX exported"),
      ],
      words: 0...100_000, needs: "numbers, ranges or --csv FILE",
      options: [.init("csv", "FILE", "a table of objects, with the vendor's field names"), .json],
      details: "Each object is adopted when the directory wants it. Numbers that the PBX reports as free are left out.",
      exits: [
        .init(.asWanted, "permitted"), .init(.refused, "all named numbers are free on the PBX"),
        .init(.dataError, "the list has an error, and nothing is permitted"),
      ] + .ofRun.filter { $0.status != .dataError },
      example: ["pbxsyncd adopt 1105 1200-1299", "pbxsyncd adopt --csv extensions.csv"], action: adopt),
    Command(
      "release", .decide,
      [.init("NUMBER|RANGE... [--yes]", "end the management of objects, which stay on the PBX: the reverse of adopt")],
      words: 1...100_000, needs: "a number or a range",
      options: [
        .init("yes", "don't ask, and also end the management of all objects of a range, not only permissions to adopt"),
        .json,
      ],
      exits: [
        .init(.asWanted, "released"), .init(.refused, "it wasn't confirmed"),
        .init(.dataError, "the list has an error, and nothing is released"),
      ] + .ofWriting.filter { $0.status != .dataError },
      example: ["pbxsyncd release 1105"]
    ) { it in { await it.context.release(it.words, isConfirmed: it.has("yes")) } },
    Command(
      "audit", .decide, summary: "list what the PBX lost or has besides",
      [
        .init("[RANGE...]", "list what the PBX lost, by probes; change nothing"),
        .init("--csv FILE [RANGE...]", "the same by the PBX's own export, with other values and foreign objects"),
        .init("... --yes", "then correct the ledger, and send missing objects again"),
      ],
      words: 0...100_000,
      options: [
        .init("csv", "FILE", "a table that the PBX exported"), .init("yes", "send missing objects again"),
        .init("accept-losses", "with --yes, though more than a fifth is missing"), .json,
      ],
      exits: [
        .init(.asWanted, "equal"), .init(.refused, "there are differences; with --yes as --sync-now"),
        .init(.partly, "with --yes: some objects failed or have conflicts"),
        .init(.held, "with --yes: changes are held"),
        .init(.dataError, "probes don't work, the table can't be used, or too much is missing"),
      ] + .ofRun.filter { $0.status != .dataError },
      example: ["pbxsyncd audit --csv extensions.csv"]
    ) { it in
      {
        await it.context.audit(
          it.words, csv: it.value("csv"), isConfirmed: it.has("yes"), acceptsLosses: it.has("accept-losses"))
      }
    },
    Command(
      "undo", .decide, [.init("RUN [--yes]", "revert a past run; shows the changes and asks first")],
      words: 1...1, needs: "a RUN", options: [.yes, .json],
      details: """
        Change the directory first: the next run follows it again, and may mail the same people a second time.
        """,
      exits: [
        .init(.asWanted, "reverted, or nothing to do"), .init(.refused, "there is no such run, or it wasn't confirmed"),
        .init(.somethingToDo, "shown only: repeat it with --yes"), .init(.partly, "some objects failed"),
      ] + .ofRun,
      example: ["pbxsyncd undo 42"]
    ) { it in { await it.context.undo(it.words.first ?? "", isConfirmed: it.has("yes")) } },
    Command(
      "freeze", .decide, summary: "send nothing until a time, or until thaw",
      [.init("[--until TIME] [--reason TEXT]", "send nothing until TIME, or until thaw; runs go on reading")],
      options: [
        .init("until", "TIME", "when it ends: 2026-12-01, \"2026-12-01 08:00\", 18:00 or +2h"),
        .init("reason", "TEXT", "why, shown wherever the freeze is shown"), .json,
      ],
      details: """
        Runs report which changes wait, and send neither changes nor probes. apply and undo are refused. Held sets can be decided. \
        A second freeze replaces the end and the reason of the first.
        """,
      exits: [
        .init(.asWanted, "frozen"), .init(.refused, "the time is over"), .init(.usage, "the time can't be read"),
      ] + .ofWriting,
      example: ["pbxsyncd freeze --until \"tomorrow 08:00\" --reason \"new PBX\""]
    ) { it in { await it.context.freeze(until: it.value("until"), because: it.value("reason")) } },
    Command(
      "thaw", .decide, [.init("", "end a freeze; the next run makes the changes that waited")],
      exits: [.init(.asWanted, "ended, or nothing was frozen")] + .ofWriting, example: ["pbxsyncd thaw"]
    ) { it in { await it.context.thaw() } },
    Command(
      "forget", .decide, [.init("WHO [--yes]", "remove the data of a person who has left")],
      words: 1...1, needs: "a number, a DN, a mail address or an entry's ID",
      options: [.yes, .json],
      details:
        "Names, addresses, DN and ID are removed from ledger, backups and history. Numbers, times and outcomes stay.",
      exits: [
        .init(.asWanted, "removed"),
        .init(.refused, "unknown, still managed, still found by a source, or not confirmed"),
      ] + .ofWriting,
      example: ["pbxsyncd forget ann@example.com"]
    ) { it in { await it.context.forget(it.words.first ?? "", isConfirmed: it.has("yes")) } },
  ]

  private static func adopt(_ it: Command.Arguments) throws(Command.UsageError) -> Command.Action {
    if it.words.isEmpty && !it.has("csv") { throw .init("adopt needs numbers, ranges or --csv FILE") }
    return { await it.context.adopt(it.words, csv: it.value("csv")) }
  }
}
