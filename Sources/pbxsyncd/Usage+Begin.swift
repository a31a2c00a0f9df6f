import CommandLineTool
import Platform
import Sync

// From a directory to a configuration.

extension Usage {
  static let begin: [Command] = [
    Command(
      "init", .begin, summary: "look at a directory and write a configuration that fits it",
      [
        .init(
          "URI [--out FILE]",
          "look at a directory and write a configuration that fits it, with its evidence as comments")
      ],
      words: 1...1, needs: "the URI of a directory server",
      options: [
        .init("bind-dn", "DN", "the account that reads the directory"),
        .init("password-file", "FILE", "the file with its password, mode 0600"),
        .init("ca-file", "FILE", "the CA that signed the server's certificate"),
        .init("pbx-url", "URL", "the address of the PBX"),
        .init("country", "CC", "the country of numbers without a country code (ISO 3166)"),
        .init("out", "FILE", "write this file instead of the one of --config"),
        .init("yes", "take the default of each question; needed without a terminal"), .json,
      ],
      details: """
        It asks at most five questions. It changes nothing in the directory, doesn't use the PBX, and overwrites no file without a \
        question. Whatever the directory doesn't show is left out or marked as not certain.
        """,
      exits: [
        .init(.asWanted, "the configuration is written"),
        .init(.refused, "no configuration fits, or the file exists"),
        .init(.usage, "there is no terminal and no --yes, or an option can't be used"),
        .init(.outOfReach, "the directory is unreachable, or its limits cut the read short"),
        .init(.stateNotWritable, "the file can't be written"),
        .init(.notAuthorised, "the directory refused the bind, or anonymous reads"),
      ] + .ofConfiguration,
      example: [
        "sudo pbxsyncd init ldaps://ldap.example.com",
        "pbxsyncd init ldaps://dc1 --bind-dn r@example.com --password-file pw --yes",
      ]
    ) { it throws(Command.UsageError) in
      let options = InitOptions(
        uri: it.words.first ?? "", bindDN: it.value("bind-dn"), passwordFile: it.value("password-file"),
        pbxURL: it.value("pbx-url"), caFile: it.value("ca-file"), country: it.value("country"), out: it.value("out"),
        isConfirmed: it.has("yes"))
      return { await it.context.initialize(options) }
    }
  ]
}
