import CommandLineTool
import Platform
import Sync

// Commands that look and change nothing.

extension Usage {
  static let inspect: [Command] = [
    Command(
      "status", .inspect, summary: "show what needs an admin, and the state of all parts",
      [
        .init("", "show what needs an admin, then service, directory, PBX, runs and managed objects"),
        .init("--check", "print one line for a monitoring system"),
      ],
      options: [.init("check", "print one line, and exit as a Nagios plugin does"), .json],
      details: """
        If the configuration is wrong its errors come first, then what the ledger knows. With --check the exit status is 3 for \
        each failure.
        """,
      exits: [
        .init(.asWanted, "shown; with --check: OK"), .init(.refused, "with --check: warning"),
        .init(.somethingToDo, "with --check: critical"), .init(.partly, "with --check: unknown"),
      ] + .ofLedger,
      example: ["pbxsyncd status", "pbxsyncd status --check"]
    ) { it in { it.has("check") ? await it.context.checkStatus() : await it.context.status() } },
    Command(
      "history", .inspect, summary: "list the last runs, or the calls of one",
      [.init("", "list the last runs"), .init("RUN", "list each call of a run, with its answer")],
      words: 0...1,
      exits: [.init(.asWanted, "shown"), .init(.refused, "there is no such run")] + .ofLedger,
      example: ["pbxsyncd history 42"]
    ) { it in { await it.context.history(it.words.first) } },
    Command(
      "why", .inspect, [.init("WHO", "explain a number or a person, from the directory to the PBX")],
      words: 1...1, needs: "a number, a DN, a uid, a mail address or an ID",
      details: """
        WHO is a number, a DN, a name, a uid or login name, a mail address, or an entry's immutable ID. It shows sources and \
        filters, values, the results of the templates, the calls and their answers, and the next change.
        """,
      exits: [.init(.asWanted, "shown"), .init(.refused, "nothing is known of WHO")] + .ofReading,
      example: ["pbxsyncd why 1105", "pbxsyncd why ann@example.com"]
    ) { it in { await it.context.why(it.words.first ?? "") } },
    Command(
      "free", .inspect, [.init("[RANGE...]", "list the extension numbers that are free, as ranges with counts")],
      words: 0...1000,
      details: """
        A number is free if pbxsyncd doesn't manage it, no entry has, wants or may mean it, and it isn't in quarantine, foreign, \
        unproven, protected, an emergency number or about to be adopted. Without RANGE it lists [numbers] extension_ranges, or \
        else the DDI blocks or the pools; a RANGE must not be outside them. The \
        directory is read, because only a read shows the numbers of new entries, and of those that filters and exclusions leave out.
        """,
      exits: [
        .init(.asWanted, "listed"), .init(.refused, "the range is outside these, or none is known"),
        .init(.usage, "RANGE isn't a range"),
      ] + .ofReading,
      example: ["pbxsyncd free", "pbxsyncd free 1200-1299"]
    ) { it in { await it.context.free(it.words) } },
    Command(
      "conflicts", .inspect, [.init("", "list conflicts, with the LDIF that fixes them")],
      details: """
        The whole output can be given to ldapmodify, but read it first: an entry without a usable number gets a free one. What \
        isn't certain is a comment.
        """,
      exits: [.init(.asWanted, "there are none"), .init(.refused, "there are some")] + .ofReading,
      example: ["pbxsyncd conflicts > fixes.ldif"]
    ) { it in { await it.context.conflicts() } },
    Command(
      "lint", .inspect, [.init("[--csv FILE]", "list errors in the directory's number plan; doesn't use the PBX")],
      options: [.init("csv", "FILE", "write the findings to FILE too, as a table"), .json],
      details: "It reads only the directory, and needs neither ledger nor key. Its LDIF keeps the present digits.",
      exits: [.init(.asWanted, "there are none"), .init(.refused, "there are some")] + .ofReading,
      example: ["pbxsyncd lint --csv findings.csv"]
    ) { it in { await it.context.lint(csv: it.value("csv")) } },
    Command(
      "report", .inspect,
      [.init("--html FILE", "write an HTML report: runs, held sets, conflicts, number plan")],
      options: [.init("html", "FILE", "the file to write"), .json],
      details: "Only its owner may read the file, because it names people.",
      exits: [.init(.asWanted, "written")] + .ofReading,
      example: ["pbxsyncd report --html /tmp/pbx.html"], action: report),
    Command(
      "doctor", .inspect,
      [.init("", "check everything that a run depends on, with a next step for each failure")],
      details: "It changes nothing on the PBX and in the ledger.",
      exits: [.init(.asWanted, "all checks passed"), .init(.refused, "problems found, each with a next step")]
        + .ofConfiguration,
      example: ["sudo pbxsyncd doctor"]
    ) { it in { await it.context.doctor() } },
  ]

  private static func report(_ it: Command.Arguments) throws(Command.UsageError) -> Command.Action {
    guard let file = it.value("html") else { throw .init("report needs --html FILE") }
    return { await it.context.report(html: file) }
  }
}
