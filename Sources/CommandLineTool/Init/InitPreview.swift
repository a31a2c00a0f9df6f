import Configuration
import Directory
import Domain
import LDAP
import Mapping
import Platform
import Reconcile
import Sync
import Text

/// What a run by a new configuration would make of the first entries: read, mapped and planned as a run does it.
struct InitPreview: Sendable {
  /// Entries or objects that are left out for the same reason.
  private struct Skipped {
    var count = 0
    let example: String
  }

  /// A source's entries while they come.
  private struct Progress: Sendable {
    var accumulator: ReadAccumulator
    var entries = 0
  }

  private let extensions: [Extension]
  private let contacts: Int
  private let disabled: Int
  private let incomplete: String?
  /// By their remedy.
  private var skipped: [String: Skipped] = [:]
  private var isCut = false

  /// The most entries of a source that are looked at.
  private static let limit = 10_000

  init(_ setup: CompiledConfiguration, _ connection: Connection, _ server: ConnectionSettings, log: RunLog) async throws
  {
    try await setup.translate(at: connection)
    let now = setup.clock.wall
    let context = try await ReadContext(setup, connection, server, at: now, isFirst: true, log: log)
    var accumulator = ReadAccumulator(ReadResult())
    for (index, source) in setup.sources.enumerated() {
      var selector = try await EntrySelector(
        source, try ExclusionList(of: source.selection), among: setup.sources, at: connection,
        pageSize: context.pageSize)
      try await selector.findDisabledEntries(at: connection, by: context.identity, pageSize: context.pageSize) {
        context.log($0, of: source.name)
      }
      accumulator.begin(source, at: now)
      let (found, end) = try await connection.search(
        context.request(selector), into: Progress(accumulator: accumulator),
        choosing: { progress, _ in
          progress.entries += 1
          return progress.entries > Self.limit ? .end : .read
        }
      ) { [selector] progress, entry in progress.accumulator.add(entry, through: selector, index, context) }
      accumulator = found.accumulator
      if end == nil { isCut = true }
    }
    let reading = accumulator.reading
    let plan = plan(for: reading, remembering: LedgerState(), by: setup.policy(backsOff: false), at: now)
    let items = plan.changes.compactMap(\.call.item)
    extensions = items.compactMap { if case .extension(let it) = $0 { it } else { nil } }
    contacts = items.count - extensions.count
    disabled = reading.count(.disabled, as: .extension)
    incomplete = reading.incomplete
    for conflict in plan.conflicts {
      let remedy = conflict.remedyOfSeveral
      skip(remedy, "\(conflict.wanted.dn): \(conflict.reasonText)")
    }
    for (dn, problems) in reading.problems.filter({ $0.keptField == nil }).grouped(by: \.dn) {
      guard let problem = problems.first else { continue }
      let value = problem.value.isEmpty ? "" : "\(problem.attribute) \"\(problem.value)\": "
      skip(problem.remedy, "\(dn): \(value)\(problem.reason)")
    }
  }

  private mutating func skip(_ remedy: String, _ example: String) {
    skipped[remedy, default: Skipped(example: example)].count += 1
  }

  var json: JSON {
    [
      "extensions": .count(extensions.count), "contacts": .count(contacts), "disabled": .count(disabled),
      "skipped": .count(skipped.values.reduce(0) { $0 + $1.count }), "complete": .bool(!isCut),
    ]
  }

  var page: Page {
    var page = Page()
    let first = extensions.sorted { ($0.number.utf8.count, $0.number) < ($1.number.utf8.count, $1.number) }
      .prefix(10)
    if !first.isEmpty {
      page.add(
        "Extensions as a run would add them\(extensions.count > first.count ? " (the first \(first.count))" : ""):")
      page.add(
        table: first.map { it in
          let details = [it.email, it.callerID.isEmpty ? "" : "caller ID \(it.callerID)"].filter { !$0.isEmpty }
          return [it.number, PBXObject.extension(it).name, details.joined(separator: ", ")]
        })
      page.add("")
    }
    let sample = isCut ? "In the first \(Self.limit) entries of each source: " : ""
    page.add(
      "\(sample)\(counted(extensions.count, "extension")), \(counted(contacts, "contact")); left out: "
        + "\(counted(disabled, "disabled account")), with a usable number or not."
    )
    if let incomplete { page.add("A run's read would be incomplete, and remove nobody: \(incomplete).") }
    let skipped = skipped.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    for (remedy, it) in skipped.prefix(5) {
      page.add("\(it.count) skipped, such as \(it.example)")
      page.add("Next step: \(remedy)", indent: 2)
    }
    if skipped.count > 5 {
      page.add("… and \(skipped.dropFirst(5).reduce(0) { $0 + $1.value.count }) more for other reasons.")
    }
    return page
  }
}
