import Platform

extension Configuration {
  /// What Prometheus is told.
  public struct Metrics: Sendable, Hashable {
    /// The file that each run writes; nil for none.
    public var textfile: String?
  }
}

extension Configuration.Metrics {
  init(_ table: Table) {
    textfile =
      table.text("textfile") { text throws(Complaint) in
        guard text.hasPrefix("/"), let slash = text.lastIndex(of: "/") else {
          throw Complaint("\"\(text)\" isn't an absolute path", "begin it with /")
        }
        // node_exporter's textfile collector reads no others.
        guard text.hasSuffix(".prom") else { throw Complaint("\"\(text)\" doesn't end in .prom", "end it in .prom") }
        let folder = String(text[..<slash])
        guard fileExists(folder + "/") else {
          throw Complaint(
            "there is no folder \(folder)", "install -d -m 0755 \(shellQuoted(folder)), for the user of pbxsyncd")
        }
        return text
      }?.value
  }
}
