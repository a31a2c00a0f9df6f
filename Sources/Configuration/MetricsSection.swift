import Platform

extension Configuration {
  /// What Prometheus is told.
  public struct MetricsSection: Sendable, Hashable {
    /// The file that each run writes; nil for none.
    public var textfile: String?
  }
}

extension Configuration {
  /// What becomes of what is known of people.
  public struct PrivacySection: Sendable, Hashable {
    /// How long the names of those who left are kept.
    public var keep: Duration
  }
}

extension Configuration.PrivacySection {
  init(_ table: TOMLTable) { keep = table.duration("keep", default: .days(400), in: .days(1) ... .days(36_600)) }
}

extension Configuration.MetricsSection {
  init(_ table: TOMLTable) {
    textfile =
      table.text("textfile") { text throws(ValueError) in
        guard text.hasPrefix("/"), let slash = text.lastIndex(of: "/") else {
          throw ValueError("\"\(text)\" isn't an absolute path", "begin it with /")
        }
        // node_exporter's textfile collector reads no others.
        guard text.hasSuffix(".prom") else { throw ValueError("\"\(text)\" doesn't end in .prom", "end it in .prom") }
        let folder = String(text[..<slash])
        guard fileExists(folder + "/") else {
          throw ValueError(
            "there is no folder \(folder)", "install -d -m 0755 \(shellQuoted(folder)), for the user of pbxsyncd")
        }
        return text
      }?.value
  }
}
