import Configuration
import Directory
import Domain
import Ledger
import Platform
import Text

/// What was told while the ledger couldn't be used, in a file of the state folder, until a run has a ledger again.
struct AlertFile: Sendable {
  private let path: String

  init(_ setup: CompiledConfiguration) { path = "\(setup.configuration.state.directory)/alerts" }

  /// Nothing if there is no file or it can't be read: then something is told once more.
  func read() -> [AlertWay: [AlertRecord]] {
    guard fileExists(path), let content = try? FileBytes(of: path, limit: 65_536) else { return [:] }
    var records: [AlertWay: [AlertRecord]] = [:]
    for line in String(decoding: content.bytes, as: UTF8.self).split(separator: "\n") {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard cells.count >= 5, let way = AlertWay(rawValue: cells[0]), let since = Timestamp(cells[2]) else { continue }
      records[way, default: []].append(
        AlertRecord(
          cells[1], title: cells[4], since: since, toldAt: Timestamp(cells[3]),
          overAt: cells.count > 5 ? Timestamp(cells[5]) : nil))
    }
    return records
  }

  /// A folder that can't be written is the failure that is told.
  func write(_ records: [AlertWay: [AlertRecord]]) {
    let lines = records.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { way, records in
      records.map { record in
        func text(_ time: Timestamp?) -> String { time.map { "\($0)" } ?? "" }
        return [
          way.rawValue, record.key, text(record.since), text(record.toldAt), visible(record.title), text(record.overAt),
        ].joined(separator: "\t")
      }
    }
    try? writeFile(path, lines.map { "\($0)\n" }.joined())
  }

  func remove() { if fileExists(path) { removeFile(path) } }
}
