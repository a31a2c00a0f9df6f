import Platform

extension Configuration {
  /// The metrics for Prometheus.
  public struct MetricsSection: Sendable, Hashable {
    /// The file that each run writes; nil for none.
    public var textfile: String?
  }
}

extension Configuration {
  /// How long personal data are kept.
  public struct PrivacySection: Sendable, Hashable {
    /// How long names of leavers are kept.
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
        // node_exporter's textfile collector reads only these.
        guard text.hasSuffix(".prom") else { throw ValueError("\"\(text)\" doesn't end in .prom", "end it in .prom") }
        let folder = String(text[..<slash])
        guard fileExists(folder + "/") else {
          throw ValueError(
            "there is no folder \(folder)", "create it and give the service write access (docs/monitoring.md)")
        }
        return text
      }?.value
  }
}
