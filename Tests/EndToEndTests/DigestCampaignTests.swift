import Directory
import Foundation
import Journal
import LDAP
import Sync
import TestSupport
import Testing

@testable import Ledger

/// Whatever changes in the directory and however pbxsyncd notices it, its ledger ends as a first full read would have made it, and the PBX
/// as a plan of everything.
@Suite(.timeLimit(.minutes(15))) struct `A run that maps a part of the directory` {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `makes the same changes as a run that maps all`(seed: UInt64) async throws {
    var company = ShiftingCompany(seed: seed)
    let it = try await Installation(company.everybody + partner("X", "+49 30 227 1"))
    try await it.sync()
    var partCount = 0
    for round in 0..<16 {
      let changes = company.change(in: round)
      try await it.slapd.modify(changes)
      let run = try await it.run(["--sync-now", "--debug"])
      if (run.output + run.errors).contains("unchanged except for") { partCount += 1 }
      try await it.expectFirstReadToAgree("round \(round):\n\(changes)")
    }
    #expect(partCount > 0)
  }

  @Test(arguments: [5, 6, 7, 8] as [UInt64])
  func `follows notifications to the same end as complete reads`(seed: UInt64) async throws {
    var company = ShiftingCompany(seed: seed)
    var random = SplitMix64(state: seed)
    let it = try await Installation(company.everybody + partner("X", "+49 30 227 1"))
    try await it.sync()
    let setup = try CompiledConfiguration(file: it.configurationFile)
    let log = Log(sink: NullSink())
    var incrementalCount = 0
    for round in 0..<16 {
      let changes = company.change(in: round)
      try await it.slapd.modify(changes)
      // Sometimes a notification is lost or late, as it is while pbxsyncd doesn't run.
      if Int.random(in: 0..<4, using: &random) == 0 { continue }
      let lookup = try await EntryLookup(setup, at: it.slapd.ldapURI)
      let run = SyncRun(setup, trigger: SyncRun.change, .incremental(notifications(of: changes), lookup), log: log)
      let report = await run.run()
      #expect(report.failure == nil, "round \(round): \(report.summary)")
      if report.remainder == nil { incrementalCount += 1 }
      if report.remainder != nil || Int.random(in: 0..<3, using: &random) == 0 {
        try await it.sync(expecting: nil)
        try await it.expectFirstReadToAgree("round \(round):\n\(changes)")
      }
    }
    try await it.sync(expecting: nil)
    try await it.expectFirstReadToAgree("at the end")
    #expect(incrementalCount > 0)
  }

  private func notifications(of changes: String) -> [ChangeNotification] {
    changes.split(separator: "\n\n").compactMap { record in
      guard let dn = record.split(separator: "\n").first?.dropFirst("dn: ".count) else { return nil }
      return ChangeNotification(dn: String(dn), id: nil, isGone: record.contains("changetype: delete"))
    }
  }
}

private struct NullSink: Sink {
  func write(_ event: Event) {}
}

extension Installation {
  /// Expects that a first full read leads to no call, and to the rows that the ledger has.
  fileprivate func expectFirstReadToAgree(_ circumstances: String) async throws {
    let state = stateFolder + "-first"
    try? FileManager.default.removeItem(atPath: state)
    try FileManager.default.copyItem(atPath: stateFolder, toPath: state)
    let ledger = state + "/ledger.sqlite"
    try Database(ledger, for: .writing).execute(
      script: """
        DELETE FROM entries; DELETE FROM wanted; DELETE FROM partial; DELETE FROM reserved; DELETE FROM problems
        """)
    let file = configurationFile + "-first"
    try configuration().replacingOccurrences(of: stateFolder, with: state)
      .write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    let calls = try await calls {
      _ = try await ChildProcess.run(Self.binary, ["--config", file, "--sync-now"])
    }
    #expect(calls == [], "\(circumstances)")
    let (rows, first) = (Set(try Self.rows(in: ledgerFile)), Set(try Self.rows(in: ledger)))
    #expect(rows.subtracting(first).sorted() == [], "\(circumstances)")
    #expect(first.subtracting(rows).sorted() == [], "\(circumstances)")
  }

  /// What the ledger knows of the directory, without row numbers, digests and times of reads.
  private static func rows(in ledger: String) throws -> [String] {
    try Database(ledger, for: .reading).rows(
      """
      SELECT json_array('entry', kind, entry, dn, source, sighting, settings IN (SELECT digest FROM settings), result, site, excluded_line, fields, attributes) AS line
      FROM entries
      UNION ALL SELECT json_array('wanted', entry, dn, source, wanted.kind, number, first_name, last_name, email, caller_id,
        company, position, open) FROM wanted JOIN entries ON id = entry_row
      UNION ALL SELECT json_array('partial', entry, dn, source, partial.kind, first_name, last_name, email, company)
        FROM partial JOIN entries ON id = entry_row
      UNION ALL SELECT json_array('reserved', entry, dn, source, number) FROM reserved JOIN entries ON id = entry_row
      UNION ALL SELECT json_array('problem', entry, dn, source, attribute, value, reason, remedy, position)
        FROM problems JOIN entries ON id = entry_row
      ORDER BY line
      """
    ) { row throws(LedgerError) in try row.next() }
  }
}

/// People who come, leave, are renamed, take each other's numbers and have none, and who are put right now and then.
private struct ShiftingCompany {
  private var random: SplitMix64
  private var present = Set(0..<12)
  /// Whose number isn't the one that they began with.
  private var moved: Set<Int> = []

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  var everybody: String { (0..<12).map { person("p\($0)", "\(1000 + $0)") }.joined() }

  /// What a round changes, as LDIF.
  mutating func change(in round: Int) -> String {
    if round.isMultiple(of: 4) {
      defer { moved = [] }
      return moved.intersection(present).sorted().map { number(of: $0, "\(1000 + $0)") }.joined() + rename(0, round)
    }
    return (0..<12).shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random))
      .map { change($0, round) }.joined()
  }

  private mutating func change(_ index: Int, _ round: Int) -> String {
    if present.insert(index).inserted {
      let lines = person("p\(index)", "\(1000 + index)").split(separator: "\n", maxSplits: 1)
      return "\(lines[0])\nchangetype: add\n\(lines[1])"
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0 where index > 0:
      present.remove(index)
      return "dn: \(uid("p\(index)"))\nchangetype: delete\n\n"
    case 1...2:
      moved.insert(index)
      return number(of: index, "\(Int.random(in: 1000...1019, using: &random))")
    case 3:
      moved.insert(index)
      return replace(uid("p\(index)"), "telephoneNumber", "none")
    default: return rename(index, round)
    }
  }

  private func rename(_ index: Int, _ round: Int) -> String {
    present.contains(index) ? replace(uid("p\(index)"), "sn", "Round \(round)") : ""
  }

  private func number(of index: Int, _ number: String) -> String {
    replace(uid("p\(index)"), "telephoneNumber", "+49 30 9018 \(number)")
  }
}
