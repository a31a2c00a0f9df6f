import Configuration
import Domain
import Journal
import Ledger
import Platform
import Reconcile

extension Invocation {
  /// Compares what the PBX has with what the ledger remembers, by a table exported from the PBX. Nothing changes until it is
  /// confirmed; then the ledger is corrected and a run brings the PBX to what the directory wants.
  ///
  /// - Parameters:
  ///   - words: numbers and ranges to look at; none for all.
  ///   - csv: a file as exported from the PBX.
  ///   - isConfirmed: whether to send again what is missing.
  ///   - acceptsLosses: whether the PBX may lack most of what is managed.
  public func audit(_ words: [String], csv: String, isConfirmed: Bool, acceptsLosses: Bool) async -> ExitStatus {
    await answer { setup in
      let ranges = try words.map { word in
        guard let range = NumberRange(word) else {
          throw Failure(
            refusing: "\(word) is neither a number nor a range such as 1000-1999", .dataError,
            remedy: "nothing was sent; give numbers or ranges whose ends have as many digits")
        }
        return range
      }
      guard let ledger = try State.ledgerToRead(setup.configuration.state.directory, setup.clock) else {
        throw Failure(
          refusing: "there is no ledger yet, so nothing is managed", remedy: "nothing was sent; see pbxsyncd adopt")
      }
      let evidence = try evidence(csv, ranges)
      let audit = try await Audit(evidence, ledger, setup)
      try check(audit, csv, acceptsLosses: acceptsLosses)
      if !isConfirmed {
        let next = audit.isEqual ? "" : "\n\(audit.costText)\nNext step: pbxsyncd audit … --yes\n"
        return Reply(
          status: audit.isEqual ? .asWanted : .refused, text: audit.text + next, json: audit.json)
      }
      if !isJSON { Terminal.print(audit.text + "\n\(audit.costText)\n\n") }
      return await run(setup, "audit", .audit(evidence)).reply
    }
  }

  private func evidence(_ csv: String, _ ranges: [NumberRange]) throws -> PBXEvidence {
    let export = ExportTable(try table(csv))
    guard export.faults.isEmpty, let kind = export.kind else {
      throw Failure(
        refusing: "\(csv) can't be used: \(export.faults.listed(to: 20, by: "; "))", .dataError,
        remedy: "nothing was sent; mend the table and give it again")
    }
    return PBXEvidence(
      Dictionary(export.rows.map { ($0.key, $0.fields) }, uniquingKeysWith: { first, _ in first }),
      of: .kind(kind), in: ranges)
  }

  private func check(_ audit: Audit, _ csv: String, acceptsLosses: Bool) throws(Failure) {
    if !audit.lacksMost || acceptsLosses { return }
    let managed = audit.count(.lost) + audit.count(.equal) + audit.count(.different)
    throw Failure(
      refusing:
        "\(csv) lacks \(audit.count(.lost)) of \(managed) managed objects: it looks like another PBX's, or a part",
      .dataError,
      remedy:
        "nothing was sent; export all of it, name the numbers that it has (pbxsyncd audit 1000-1999 --csv FILE), or "
        + "if the PBX did lose them: --accept-losses")
  }
}

extension Audit {
  /// Compares with the ledger as it is now.
  init(_ evidence: PBXEvidence, _ ledger: Ledger, _ setup: Setup) async throws(LedgerError) {
    self.init(
      evidence, remembering: try await ledger.memory(), former: try await ledger.formerObjects(),
      numbers: setup.configuration.numbers.policy)
  }

  /// Each object that isn't as it should be, and the counts of all.
  var text: String {
    let lists = Result.allCases.filter { ![.equal, .knownForeign].contains($0) }.compactMap { result -> String? in
      let all = all(result)
      if all.isEmpty { return nil }
      return "\(result.title) (\(all.count))\n" + paragraph(all.map { "  \($0.text)" })
    }
    return (lists + ["\(summary)\n"]).joined(separator: "\n")
  }

  /// One line of counts.
  var summary: String {
    let counts = Result.allCases.map { (count($0), $0) }.filter { $0.0 > 0 }.map { "\($0) \($1.words)" }
    return "Audit: " + (counts.isEmpty ? "nothing to compare" : counts.joined(separator: ", "))
  }

  /// What sending it again would cost at most: what the directory doesn't want any more isn't sent.
  var costText: String {
    let (lost, different) = (all(.lost), all(.different))
    let mails = (lost + different).count { finding in
      if case .extension(let it)? = finding.object?.item { !it.email.isEmpty } else { false }
    }
    return "Sent again: at most \(lost.count) additions and \(different.count) updates, with at most \(mails) mails"
  }

  var json: JSON {
    .object(
      [("equal", .count(count(.equal))), ("known_foreign", .count(count(.knownForeign)))]
        + Result.allCases.filter { ![.equal, .knownForeign].contains($0) }.map { result in
          (result.name, .array(all(result).map(\.json)))
        })
  }
}

extension Audit.Finding {
  fileprivate var text: String {
    let changes = (object?.item.differences(from: fields) ?? []).map {
      "\($0.field.rawValue) \"\($0.old)\" instead of \"\($0.new)\""
    }
    let dn = object.map { ", \($0.dn)" } ?? ""
    return "\(key)\(name.isEmpty ? "" : " \(name)")\(dn)"
      + (changes.isEmpty ? "" : ": " + changes.joined(separator: ", "))
  }

  private var name: String {
    if let object { return object.item.name }
    return [fields[.firstName], fields[.lastName]].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
  }

  fileprivate var json: JSON {
    [
      "kind": .string(key.kind.rawValue), "number": .string(key.number), "name": .string(name),
      "dn": .optional(object?.dn), "remembered": object?.item.json ?? .null,
      "on_the_pbx": .object(
        Field.allCases.compactMap { field in fields[field].map { (field.rawValue, .string($0)) } }),
    ]
  }
}

extension Audit.Result {
  /// As JSON names it.
  fileprivate var name: String {
    switch self {
    case .equal: "equal"
    case .lost: "lost"
    case .different: "different"
    case .revived: "revived"
    case .proved: "proved"
    case .unproven: "unproven"
    case .foreign: "foreign"
    case .knownForeign: "known_foreign"
    case .foreignGone: "foreign_gone"
    case .inDoubt: "in_doubt"
    }
  }

  fileprivate var words: String {
    switch self {
    case .equal: "as they should be"
    case .lost: "lost"
    case .different: "with other values"
    case .revived: "there again"
    case .proved: "proved to be ours"
    case .unproven: "unproven"
    case .foreign: "foreign"
    case .knownForeign: "known to be foreign"
    case .foreignGone: "foreign and gone"
    case .inDoubt: "in doubt"
    }
  }

  fileprivate var title: String {
    switch self {
    case .equal: "As they should be"
    case .lost: "Lost: the PBX doesn't have them any more"
    case .different: "With other values on the PBX"
    case .revived: "There again: they were ours and had been removed; they leave again by the ordinary way"
    case .proved: "Unproven until now: the PBX has what we sent, so they are ours"
    case .unproven: "Unproven: the PBX has other values, or nobody knows what we sent (pbxsyncd adopt NUMBER)"
    case .foreign: "Foreign: the PBX has them, and they aren't ours; they are never touched (pbxsyncd adopt NUMBER)"
    case .knownForeign: "Known to be foreign"
    case .foreignGone: "Foreign until now, and not on the PBX any more"
    case .inDoubt: "In doubt: the next run finds out"
    }
  }
}
