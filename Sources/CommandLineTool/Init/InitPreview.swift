import Configuration
import Directory
import Domain
import LDAP
import Mapping
import Platform
import Sync
import Text

/// What a run by a new configuration would make of the first entries: read and mapped as a run does it.
struct InitPreview: Sendable {
  fileprivate struct Counts: Sendable {
    var extensions: [Extension] = []
    var contacts = 0
    var disabled = 0
    /// Problems that leave an entry out, by their remedy.
    var skipped: [String: (count: Int, example: String)] = [:]
    var withoutID = 0
    var outOfRange = 0
    var entries = 0
  }

  private var counts = Counts()
  private var isCut = false

  /// The most entries of a source that are looked at.
  private static let limit = 10_000

  init(_ setup: CompiledConfiguration, _ connection: Connection, _ server: ConnectionSettings, log: RunLog) async throws
  {
    try await setup.translate(at: connection)
    let now = setup.clock.wall
    let policy = setup.configuration.numbers.policy
    let identity = try await setup.identity(of: connection)
    let context = try await ReadContext(setup, connection, server, at: now, isFirst: true, log: log)
    for source in setup.sources {
      let selector = try await EntrySelector(
        source, try ExclusionList(of: source.selection), among: setup.sources, at: connection,
        pageSize: context.pageSize)
      let (found, end) = try await connection.search(
        context.request(selector), into: Counts(),
        choosing: { counts, _ in
          counts.entries += 1
          return counts.entries > Self.limit ? .end : .read
        }
      ) { counts, entry in
        let id = identity.id(of: entry)
        if id == nil { counts.withoutID += 1 }
        if selector.decision(on: entry, id) == .selected {
          counts.add(source.map(entry, EntryID(id ?? entry.dn), now), of: entry.dn, by: policy)
        }
      }
      counts.add(found)
      if end == nil { isCut = true }
    }
  }

  var extensions: Int { counts.extensions.count }

  var json: JSON {
    [
      "extensions": .number(Int64(counts.extensions.count)), "contacts": .number(Int64(counts.contacts)),
      "disabled": .number(Int64(counts.disabled)), "skipped": .number(Int64(counts.skippedCount)),
      "complete": .bool(!isCut),
    ]
  }

  /// The report for a terminal of that width.
  func text(width: Int) -> String {
    var lines: [String] = []
    func add(_ text: String, indent: Int = 0) { lines += wrapped(text, to: width, indent: indent) }
    let first = counts.extensions.sorted { ($0.number.utf8.count, $0.number) < ($1.number.utf8.count, $1.number) }
      .prefix(10)
    if !first.isEmpty {
      add(
        "Extensions as a run would add them\(counts.extensions.count > first.count ? " (the first \(first.count))" : ""):"
      )
      let (numbers, names) = (first.map(\.number.count).max() ?? 0, first.map { name($0).count }.max() ?? 0)
      for it in first {
        let name = name(it)
        let details = [it.email, it.callerID.isEmpty ? "" : "caller ID \(it.callerID)"].filter { !$0.isEmpty }
        let head = "  " + it.number + String(repeating: " ", count: numbers - it.number.count + 2)
        let row = head + name + String(repeating: " ", count: names - name.count + 2) + details.joined(separator: ", ")
        if row.count < width {
          lines.append(row)
        } else {
          add(head + name, indent: head.count)
          for detail in details { add(String(repeating: " ", count: head.count) + detail, indent: head.count) }
        }
      }
      lines.append("")
    }
    let sample = isCut ? "In the first \(Self.limit) entries of each source: " : ""
    add(
      "\(sample)\(counted(counts.extensions.count, "extension")), \(counted(counts.contacts, "contact")), \(counted(counts.disabled, "disabled account"))."
    )
    if !twice.isEmpty {
      add(
        "\(counted(twice.count, "extension is", "extensions are")) wanted by several entries, and one of them gets it: \(twice.listed(to: 8)). Next step: pbxsyncd lint",
        indent: 2)
    }
    if counts.withoutID > 0 {
      add(
        "\(counted(counts.withoutID, "entry shows", "entries show")) no immutable ID, so a run's read would be incomplete: no removals.",
        indent: 2)
    }
    if counts.outOfRange > 0 {
      add(
        "\(counted(counts.outOfRange, "entry has", "entries have")) another number than an extension: it is outside extension_ranges, so they are skipped.",
        indent: 2)
    }
    let skipped = counts.skipped.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    for (remedy, it) in skipped.prefix(5) {
      add("\(it.count) skipped, such as \(it.example)", indent: 2)
      add("  Next step: \(remedy)", indent: 4)
    }
    if skipped.count > 5 {
      add("… and \(skipped.dropFirst(5).reduce(0) { $0 + $1.value.count }) more for other reasons.")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private var twice: [String] {
    Dictionary(counts.extensions.map { ($0.number, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }.keys.sorted()
  }

  private func name(_ it: Extension) -> String { it.lastName.isEmpty ? it.firstName : "\(it.firstName) \(it.lastName)" }
}

extension InitPreview.Counts {
  /// Entries without an object.
  fileprivate var skippedCount: Int { outOfRange + skipped.values.reduce(0) { $0 + $1.count } }

  fileprivate mutating func add(_ result: MappingResult, of dn: String, by policy: NumberPolicy) {
    switch result {
    case .wanted(let wanted, _):
      for object in wanted {
        switch object.item {
        case .extension where policy.isOutOfRange(object.item.key): outOfRange += 1
        case .extension(let it): extensions.append(it)
        case .contact: contacts += 1
        }
      }
    case .disabled: disabled += 1
    case .unnumbered: break
    case .unmappable(let problems):
      guard let problem = problems.first else { return }
      let value = problem.value.isEmpty ? "" : "\(problem.attribute) \"\(problem.value)\": "
      skipped[problem.remedy, default: (0, "\(dn): \(value)\(problem.reason)")].count += 1
    }
  }

  fileprivate mutating func add(_ other: Self) {
    extensions += other.extensions
    contacts += other.contacts
    disabled += other.disabled
    withoutID += other.withoutID
    outOfRange += other.outOfRange
    for (remedy, it) in other.skipped { skipped[remedy, default: (0, it.example)].count += it.count }
  }
}
