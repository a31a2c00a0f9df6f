import Domain
import Foundation
import Platform
import TestSupport

@testable import Ledger

/// The files of a ledger whose last run is in its log, and a backup of it.
private struct LedgerFiles: Sendable {
  static let suffixes = ["", "-wal", "-anchor", "-copy"]
  /// In the order of `suffixes`.
  var contents: [[UInt8]] = []
  /// What they hold: for those of the ledger itself, and for the restored backup.
  var states: [LedgerState] = []
  /// The columns of each table, with their types.
  var tables: [(name: String, columns: [(name: String, isText: Bool)])] = []
  /// Every text of the schema, for columns that take only some.
  var words: [String] = []

  func write(to ledger: String) {
    for (suffix, content) in zip(Self.suffixes, contents) {
      precondition(FileManager.default.createFile(atPath: ledger + suffix, contents: Data(content)))
    }
  }
}

private let clock = MovingClock(at: 1_795_600_000).clock
private let now: Timestamp = 1_795_600_000

private let files: LedgerFiles = {
  do {
    return try blocking { try await makeFiles() }
  } catch {
    fatalError("\(error)")
  }
}()

private func blocking<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
  nonisolated(unsafe) var result: Result<Value, any Error>?
  waitFor {
    do { unsafe result = .success(try await work()) } catch { unsafe result = .failure(error) }
  }
  guard let result = unsafe result else { fatalError("nothing was done") }
  return try result.get()
}

private func makeFiles() async throws -> LedgerFiles {
  let folder = try TemporaryFolder()
  let path = folder.path + "/ledger.sqlite"
  try await settle(1000..<1010, at: path)
  try await Ledger(path: path, clock: clock).backUp(to: path + "-copy")
  var files = LedgerFiles()
  do {
    // The last run is only in the log while the ledger is open.
    let ledger = try Ledger(path: path, clock: clock)
    try await settle(1005..<1015, in: ledger)
    files.contents = try LedgerFiles.suffixes.map { Array(try Data(contentsOf: URL(filePath: path + $0))) }
    files.states.append(try await ledger.state())
  }
  files.write(to: folder.path + "/restored")
  _ = try Ledger.restore(folder.path + "/restored", from: folder.path + "/restored-copy", at: now)
  files.states.append(try await Ledger(path: folder.path + "/restored", clock: clock).state())
  try addSchema(of: folder.path + "/restored", to: &files)
  return files
}

private func settle(_ numbers: Range<Int>, at path: String) async throws {
  try await settle(numbers, in: try Ledger(path: path, clock: clock))
}

/// Adds or updates extensions and contacts in a run, and leaves the last call in doubt.
private func settle(_ numbers: Range<Int>, in ledger: Ledger) async throws {
  let run = try await ledger.beginRun(RunStart(trigger: "sync-now", pid: 1, at: now))
  for number in numbers {
    let person = Extension(number: "\(number)", firstName: "First", lastName: "Last")
    let object: PBXObject =
      number % 2 == 0
      ? .extension(person) : .contact(Contact(number: "+4930\(number)", firstName: "First", lastName: "Last"))
    let (entry, dn) = (EntryID("entry-\(number)"), "uid=\(number)")
    let intent = try await ledger.recordIntents([Intent(.add(object), entry: entry, dn: dn, at: now)], in: run)
    if number == numbers.last { break }
    try await ledger.recordOutcomes([
      RecordedOutcome(
        of: intent, answer: CallResult(.accepted),
        outcome: .holds(ManagedObject(object, entry: entry, dn: dn), replacing: nil), at: now)
    ])
  }
}

private func addSchema(of path: String, to files: inout LedgerFiles) throws {
  let database = try Database(path, for: .reading)
  try database.forEachRow(
    """
    SELECT tables.name, columns.name, columns.type FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY tables.name, columns.cid
    """
  ) { row throws(LedgerError) in
    let (table, column, type): (String, String, String) = (try row.next(), try row.next(), try row.next())
    if files.tables.last?.name != table { files.tables.append((table, [])) }
    files.tables[files.tables.count - 1].columns.append((column, type == "TEXT"))
  }
  let scripts = try database.rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL") { row throws(LedgerError) in
    try row.next() as String
  }
  let quoted = scripts.flatMap { script in
    script.split(separator: "'", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map {
      String($0.element)
    }
  }
  files.words = Set(quoted).sorted() + ["1000", "+49301001", "entry-1000", "uid=1000", "a\nb", "é", "1000-1999"]
}

/// Changed bytes of the ledger's files: each is refused, or what is read is what was written.
///
/// The first byte picks how it is opened. Changes follow: a file, a place of three bytes, and a length with so many bytes; a length
/// of 255 ends the file there.
func parseLedgerFiles(_ bytes: [UInt8]) {
  var changed = files
  var rest = bytes.dropFirst()
  while let file = rest.popFirst(), rest.count >= 4 {
    let index = Int(file) % changed.contents.count
    let size = changed.contents[index].count
    let place = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) } % (size + 1)
    let length = Int(rest[rest.startIndex + 3])
    rest = rest.dropFirst(4)
    if length == 255 {
      changed.contents[index].removeLast(size - place)
      continue
    }
    let written = rest.prefix(min(length, size - place))
    changed.contents[index].replaceSubrange(place..<place + written.count, with: written)
    rest = rest.dropFirst(written.count)
  }
  let way = (bytes.first ?? 0) % 4
  open(changed) { path in
    let ledger =
      switch way {
      case 0: try Ledger(path: path, clock: clock)
      case 1: try Ledger(readingFrom: path, clock: clock)
      case 2: try Ledger(uncheckedAt: path, clock: clock)
      default:
        try {
          _ = try Ledger.restore(path, from: path + "-copy", at: now)
          return try Ledger(reopening: path, clock: clock)
        }()
      }
    let state = try await ledger.state()
    precondition(state == files.states[way == 3 ? 1 : 0], "a changed file is read as another state")
  }
}

/// Rows with any values, in pages with correct checksums, as an edit by hand leaves them.
///
/// A byte picks a table, and one byte for each of its columns a value that fits its type.
func parseLedgerRows(_ bytes: [UInt8]) {
  var statements = ["PRAGMA ignore_check_constraints = ON"]
  var rest = bytes[...]
  while let pick = rest.popFirst() {
    let table = files.tables[Int(pick) % files.tables.count]
    let values = table.columns.map { value(rest.popFirst() ?? 0, isText: $0.isText) }
    statements.append("INSERT OR REPLACE INTO \"\(table.name)\" VALUES (\(values.joined(separator: ", ")))")
  }
  let script = statements
  open(files) { path in
    let ledger = try Ledger(path: path, clock: clock)
    // Each by itself: a refused row mustn't keep the others out.
    for statement in script { try? await ledger.execute(statement) }
    // As the next process does.
    await useAll(try Ledger(readingFrom: path, clock: clock))
    let writer = try Ledger(reopening: path, clock: clock)
    await useAll(writer)
    await change(writer)
    _ = try? Ledger.restore(path, from: path, at: now)
  }
}

private func value(_ pick: UInt8, isText: Bool) -> String {
  if pick == 0 { return "NULL" }
  if isText { return "'\(files.words[Int(pick) % files.words.count])'" }
  let numbers: [Int64] = [
    0, 1, 2, 3, 7, 100, -1, .max, .min, .max - 1, .min + 1, now, now - 86400, now * 1000, Int64(Int32.max) + 1,
    Int64(Int32.min), 9_000_000_000_000_000_000,
  ]
  // SQLite reads -9223372036854775808 as a real number.
  let number = numbers[Int(pick) % numbers.count]
  return number == .min ? "(-9223372036854775807 - 1)" : "\(number)"
}

/// Works with files in a folder of their own. Nothing but a `LedgerError` is thrown, and its text can be printed.
private func open(_ files: LedgerFiles, _ work: @escaping @Sendable (_ path: String) async throws -> Void) {
  waitFor {
    do {
      let folder = try TemporaryFolder()
      files.write(to: folder.path + "/ledger.sqlite")
      try await work(folder.path + "/ledger.sqlite")
    } catch let error as LedgerError {
      precondition(!error.detail.isEmpty, "\(error)")
    } catch {
      fatalError("\(error)")
    }
  }
}

extension Ledger {
  fileprivate func waysOfAlerts() throws(LedgerError) -> [String] {
    try database.rows("SELECT DISTINCT way FROM alerts") { row throws(LedgerError) in try row.next() }
  }

  fileprivate func execute(_ script: String) throws(LedgerError) { try database.execute(script: script) }
}

private func useAll(_ ledger: Ledger) async {
  let (entry, place) = (EntryID("entry-1000"), SourcePlace(.extension, 0))
  _ = try? await ledger.state(at: now)
  _ = try? await ledger.verify()
  for run in (try? await ledger.runs(last: 9)) ?? [] {
    _ = try? await ledger.run(run.id)
    _ = try? await ledger.outcomes(of: run.id)
    _ = try? await ledger.callsSettled(by: run.id)
    _ = try? await ledger.undo(of: run.id)
    _ = try? await ledger.changes(after: run.id)
  }
  _ = try? await ledger.lastChangingRun()
  _ = try? await ledger.lastAnswer()
  _ = try? await ledger.pastCalls(for: entry)
  _ = try? await ledger.pastCalls(about: "1000")
  _ = try? await ledger.outcomeCounts()
  for hold in (try? await ledger.holds()) ?? [] { _ = try? await ledger.hold(named: hold.name) }
  for way in (try? await ledger.waysOfAlerts()) ?? [] { _ = try? await ledger.alerts(by: way) }
  _ = try? await ledger.lastReads()
  _ = try? await ledger.knownServers()
  _ = try? await ledger.markers()
  _ = try? await ledger.acceptedDrops()
  _ = try? await ledger.drops()
  _ = try? await ledger.settings()
  _ = try? await ledger.digests(at: now)
  _ = try? await ledger.knownEntries()
  _ = try? await ledger.conflictCount()
  var totals = LedgerState.Totals()
  try? await ledger.addTotals(to: &totals)
  _ = try? await ledger.losses()
  _ = try? await ledger.lastChange(of: .extension)
  _ = try? await ledger.presence()
  _ = try? await ledger.rows(of: entry)
  _ = try? await ledger.rows(of: .extension)
  _ = try? await ledger.claimants(of: "1000")
  _ = try? await ledger.places(of: entry)
  _ = try? await ledger.sites()
  _ = try? await ledger.disabledCount()
  _ = try? await ledger.excludedLines(of: place)
  _ = try? await ledger.fieldCounts(of: place)
  _ = try? await ledger.problems()
  _ = try? await ledger.formerObjects()
  _ = try? await ledger.loadedKinds()
  _ = try? await ledger.unplannedCount()
  _ = try? await ledger.nextTry()
  _ = try? await ledger.unsettled()
  _ = try? await ledger.freeze()
  _ = try? await ledger.auditWalk()
  _ = try? await ledger.extensions(after: "", atMost: 9)
  _ = try? await ledger.laterChanges()
  _ = try? await ledger.unprovenObjects()
  _ = (try? await ledger.counts(), try? await ledger.restoredAt(), try? await ledger.pbx(), ledger.ownTime)
}

private func change(_ ledger: Ledger) async {
  _ = try? await ledger.beginRun(RunStart(trigger: "sync-now", pid: 1, at: now))
  try? await ledger.recordTime()
  _ = try? await ledger.endOldApprovals(at: now)
  try? await ledger.keepApprovals(at: now)
  _ = try? await ledger.forgetLeavers(after: 86_400, at: now)
  _ = try? await ledger.forget(EntryID("entry-1000"))
  _ = try? await ledger.endFreezeIfOver()
  _ = try? await ledger.consumeCheckpoint()
  _ = try? await ledger.backUpDaily(keeping: 1, at: now)
}
