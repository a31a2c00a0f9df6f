import Domain
import Executor
import Ledger
import Platform
import Reconcile
import Sync

extension CommandContext {
  /// A table that an admin exported from the PBX after the last known change there.
  ///
  /// - Parameter wall: the wall clock's time.
  /// - Throws: `RunError` if the table is older: an extension that was added later would seem lost, a deleted one would seem to exist
  ///   again, and one that is foreign by now would be adopted.
  func currentTable(_ path: String, _ ledger: Ledger, _ wall: Timestamp) async throws -> ExportTable {
    let (rows, writtenAt) = try table(path)
    var export = ExportTable(rows)
    export.writtenAt = writtenAt
    let remedy = "nothing was sent; export the table again"
    if let kind = export.kind, let last = try await ledger.lastChange(of: kind), last.at > writtenAt, last.at <= wall {
      throw RunError(
        refusing:
          "\(path) is of \(localTime(writtenAt)), and run \(last.run) has changed \(kind.rawValue)s on the PBX since, at "
          + localTime(last.at),
        .dataError, remedy: remedy)
    }
    if let restoredAt = try await ledger.restoredAt(), restoredAt >= writtenAt, restoredAt <= wall {
      throw RunError(
        refusing:
          "\(path) is of \(localTime(writtenAt)), and the ledger was restored at \(localTime(restoredAt)): changes "
          + "on the PBX before that are unknown",
        .dataError, remedy: remedy)
    }
    return export
  }

  /// The table, if it has no errors.
  func usable(_ export: ExportTable, _ path: String) throws(RunError) -> ExportTable {
    if export.problems.isEmpty { return export }
    throw RunError(
      refusing: "\(path) can't be used: \(export.problems.listed(to: 20, by: "; "))", .dataError,
      remedy: "nothing was sent; correct the table and give it again")
  }

  private func table(_ path: String) throws -> (rows: CSV, writtenAt: Timestamp) {
    do {
      let file = try FileBytes(of: path, limit: 1 << 26)
      return (try CSV(file.bytes), file.modifiedAt)
    } catch let error as FileError {
      throw RunError(refusing: "\(path) can't be used: \(error.reason)", .dataError, remedy: error.remedy)
    } catch let error as CSVError {
      throw RunError(
        refusing: "\(path) can't be used: \(error.reason)", .dataError,
        remedy: "save it as UTF-8, or as UTF-16 with a byte order mark, with comma-separated values (RFC 4180)")
    }
  }
}

extension PBXEvidence {
  /// Its contradictions to the ledger before a restore; nil if there are none.
  ///
  /// - Parameter changes: the objects that exist, and those that don't, by that ledger.
  func contradictionText(of what: String, to changes: [ObjectKey: Bool]) -> String? {
    let (lacking, showing) = contradictions(to: changes)
    let parts = [("lacks", lacking, "made"), ("shows", showing, "removed")].filter { !$0.1.isEmpty }.map {
      "\($0) \($1.map { "\($0)" }.listed(to: 20)), which the ledger before the restore had \($2)"
    }
    return parts.isEmpty
      ? nil : "\(what) \(parts.joined(separator: ", and ")): it is outdated, or they were changed by hand since"
  }
}

extension ExportTable {
  /// Its evidence about the PBX in these ranges; it must have no errors.
  ///
  /// - Parameter unclear: numbers about which it shows nothing.
  func evidence(in ranges: [NumberRange], excluding unclear: Set<ObjectKey> = []) -> PBXEvidence {
    PBXEvidence(
      Dictionary(rows.map { ($0.key, $0.fields) }, uniquingKeysWith: { first, _ in first }),
      of: kind.map { .kind($0) } ?? .keys([]), in: ranges, excluding: unclear.union(repeated.map(\.key)), at: writtenAt)
  }

  /// Its missing columns with the consequence, as a clause; empty if it has all.
  func missingText(consequence: String) -> String {
    if missing.isEmpty { return "" }
    let meant = misspelt.map { "; is \"\($0.written)\" meant for \($0.column)?" }.joined()
    let columns = missing.count == 1 ? "column" : "columns"
    return paragraph([
      "The table lacks the \(columns) \(missing.joined(separator: ", ")), \(consequence)\(meant)"
    ])
  }

  /// Contacts that it has more than once, with their lines; empty if there are none.
  var repeatedText: String {
    if repeated.isEmpty { return "" }
    let lines = repeated.map { "\($0.key) on lines \($0.lines.map(String.init).joined(separator: ", "))" }
    return "\nMore than once in the table (\(repeated.count)): a call could reach either, so none of them is changed\n"
      + paragraph(
        ["  Next step: remove all but one of each on the PBX, and give a new table"] + lines.map { "  \($0)" })
  }

  /// The same for JSON.
  var repeatedJSON: JSON {
    .array(
      repeated.map {
        [
          "kind": .string($0.key.kind.rawValue), "number": .string($0.key.number),
          "lines": .array($0.lines.map(JSON.count)),
        ]
      })
  }
}
