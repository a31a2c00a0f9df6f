package import Configuration
package import Domain
import Executor
import Ledger
import Platform
import Reconcile
import Text

struct PlanFileError: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// A plan in a file: text for a review by people, and exact enough for `apply` to notice any change since.
///
/// The changes aren't read back from the file to be sent. `apply` makes a new plan and executes only the changes that the
/// file contains word for word. It skips unreviewed changes, and stops if a reviewed change is no longer wanted.
package struct PlanFile: Hashable, Sendable {
  package static let heading = "pbxsyncd plan 1"

  let host: String
  let ledgerVersion: LedgerVersion
  let configuration: String
  /// One text for each change, in the order of sending.
  let changes: [String]
  /// Lines that only people read.
  private let remarks: [String]

  package init(_ report: RunReport, _ configuration: Configuration, at now: Timestamp) {
    host = hostName
    ledgerVersion = report.ledgerVersion ?? LedgerVersion(ledger: "none", generation: 0)
    self.configuration = configuration.digest
    changes = report.plan.changes.map(\.reviewText) + report.plan.directoryWrites.map(\.reviewText)
    remarks = [
      "made: \(localTime(now))", "file: \(configuration.file)",
      "read: \(report.read?.text ?? "not made")", "mails: \(report.plan.mails)",
    ]
  }

  /// The file's text. The checksum in its last line shows whether the file was changed or is incomplete.
  package var text: String {
    let head = [
      Self.heading,
      "# pbxsyncd apply FILE makes exactly these changes, or none of them.",
      "host: \(host)", "ledger: \(ledgerVersion.ledger)", "generation: \(ledgerVersion.generation)",
      "configuration: \(configuration)",
    ]
    let body =
      (head + remarks + ["changes: \(changes.count)"]).joined(separator: "\n") + "\n\n"
      + changes.map { $0 + "\n\n" }.joined()
    return body + "\(Self.seal)\(digest(body))\n"
  }

  private static let seal = "checksum: "

  /// Reads a file's bytes.
  ///
  /// - Throws: `PlanFileError` with the reason as a clause.
  init(parsing bytes: [UInt8]) throws(PlanFileError) {
    guard var text = String(validating: bytes, as: UTF8.self) else { throw PlanFileError("it isn't UTF-8") }
    // An editor or a mail program on Windows adds these. The file as written has neither.
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    text = text.replacing("\r\n", with: "\n")
    guard text.hasPrefix(Self.heading + "\n") else {
      throw PlanFileError("its first line isn't \"\(Self.heading)\": it isn't a plan, or one of another version")
    }
    guard let seal = text.range(ofLast: "\n" + Self.seal) else { throw PlanFileError("its end is missing") }
    let body = text[..<seal.lowerBound] + "\n"
    guard text[seal.upperBound...] == digest(String(body)) + "\n" else {
      throw PlanFileError("it was changed by hand, or a part of it is missing")
    }

    var blocks = body.split(separator: "\n\n", omittingEmptySubsequences: true).map(String.init)[...]
    let head = (blocks.popFirst() ?? "").split(separator: "\n")
    func value(_ name: String) throws(PlanFileError) -> String {
      guard let line = head.first(where: { $0.hasPrefix(name + ": ") }) else {
        throw PlanFileError("its line \"\(name): …\" is missing")
      }
      return String(line.dropFirst(name.count + 2))
    }
    host = try value("host")
    guard let generation = Int64(try value("generation")) else { throw PlanFileError("its generation isn't a number") }
    ledgerVersion = LedgerVersion(ledger: try value("ledger"), generation: generation)
    configuration = try value("configuration")
    changes = blocks.map { $0.trimmingLineEnds }
    remarks = []
    guard Int(try value("changes")) == changes.count else { throw PlanFileError("some of its changes are missing") }
  }

}

// MARK: - Whether the ledger, the configuration and the directory are unchanged

extension PlanFile {
  /// Reads and checks a file's form.
  package init(file: String) throws(RunError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileBytes(of: file, limit: 1 << 28).bytes
    } catch {
      throw RunError(refusing: "the plan \(file) can't be used: \(error.reason)", .dataError, remedy: error.remedy)
    }
    do throws(PlanFileError) {
      try self.init(parsing: bytes)
    } catch {
      throw RunError(
        refusing: "the plan \(file) can't be used: \(error.reason)", .dataError,
        remedy: "nothing was changed; make a new one: \(pbxsyncd) plan --out \(shellQuoted(file))")
    }
  }

  /// Checks that the plan was made on this host, with this configuration and this ledger, and that nothing has changed since.
  func check(_ configuration: Configuration, _ ledger: Ledger) async throws {
    let now = try await LedgerVersion(of: ledger)
    let digestThen = self.configuration
    let reason: String? =
      if host != hostName {
        "it was made on the host \(host), and this is \(hostName)"
      } else if ledgerVersion.ledger != now.ledger, ledgerVersion.ledger != "none" || now.generation > 0 {
        "it was made with another ledger"
      } else if ledgerVersion.generation != now.generation {
        "the ledger has changed since it was made"
      } else if digestThen != configuration.digest {
        "the configuration has changed since it was made"
      } else { nil }
    if let reason { throw Self.outdated(reason) }
  }

  /// The part of a plan that is in the file, in its order, with its allocations.
  ///
  /// - Throws: if a change in the file is no longer wanted, or needs one that isn't in the file.
  func selection(from plan: Plan) throws(RunError) -> Plan {
    let reviewed = Set(self.changes)
    var selection = plan
    selection.changes = applyingBackoff(from: plan.changes) { reviewed.contains($0.reviewText) ? nil : true }.kept
    selection.directoryWrites = plan.directoryWrites.filter { reviewed.contains($0.reviewText) }
    let numbers = Set(selection.changes.map(\.call.key))
    selection.updates = plan.updates.filter { update in
      if case .allocate(let allocation) = update { numbers.contains(allocation.key) } else { false }
    }
    let found = Set(selection.changes.map(\.reviewText) + selection.directoryWrites.map(\.reviewText))
    if let lost = self.changes.first(where: { !found.contains($0) }) {
      throw Self.outdated(
        "the directory no longer asks for \(lost.prefix { $0 != "\n" }), or asks for something else first")
    }
    return selection
  }

  private static func outdated(_ reason: String) -> RunError {
    RunError(
      refusing: "the plan is out of date: \(reason)",
      remedy: "nothing was changed; make a new one with \(pbxsyncd) plan --out FILE, and look at it again")
  }
}

extension Change {
  /// The whole change as text for a review, exact to the letter.
  var reviewText: String {
    let old = known?.fields.map { ($0.field.rawValue, $0.value) } ?? []
    let lines =
      [
        "\(actionWord) \(call.key)", "  entry: \(entry.text.jsonEscaped)", "  dn: \"\(dn.jsonEscaped)\"",
        "  cause: \(causeText)",
      ]
      + old.map { "  old \($0): \"\($1.jsonEscaped)\"" }
      + (call.item?.fields ?? []).map { "  new \($0.field.rawValue): \"\($0.value.jsonEscaped)\"" }
    return lines.joined(separator: "\n")
  }
}

extension String {
  fileprivate func range(ofLast text: String) -> Range<Index>? { ranges(of: text).last }

  fileprivate var trimmingLineEnds: String { String(drop { $0 == "\n" }.reversed().drop { $0 == "\n" }.reversed()) }
}
