import Configuration
import Directory
import Domain
import Journal
import Ledger
import Platform
import Reconcile
package import Sync

extension CommandContext {
  /// Compares what the PBX has with what the ledger remembers: by a table exported from the PBX, or by asking it for each
  /// extension where it was seen to tell. Nothing changes until it is confirmed; then the ledger is corrected and a run brings
  /// the PBX to what the directory wants.
  ///
  /// - Parameters:
  ///   - words: numbers and ranges to look at; none for all.
  ///   - csv: a file as exported from the PBX; nil to ask the PBX.
  ///   - isConfirmed: whether to send again what is missing.
  ///   - acceptsLosses: whether the PBX may lack many of those that are managed.
  package func audit(_ words: [String], csv: String?, isConfirmed: Bool, acceptsLosses: Bool) async -> ExitStatus {
    await answer { setup in
      let ranges = try words.map { word in
        guard let range = NumberRange(word) else {
          throw RunError(
            refusing: "\(word) is neither a number nor a range such as 1000-1999", .dataError,
            remedy: "nothing was sent; give numbers or ranges whose ends have as many digits")
        }
        return range
      }
      guard let ledger = try StateFolder.ledgerToRead(setup.configuration.state.directory, setup.clock) else {
        throw RunError(
          refusing: "there is no ledger yet, so nothing is managed", remedy: "nothing was sent; see \(pbxsyncd) adopt")
      }
      var (repeated, missing) = ("", "")
      let evidence: PBXEvidence
      if let csv {
        let table = try usable(try await currentTable(csv, ledger, setup.clock.wall), csv)
        repeated = table.repeatedText
        missing = table.missingText(consequence: "so these values aren't compared, and nothing unproven is proved")
        evidence = table.evidence(in: ranges)
      } else {
        evidence = try await ProbeAudit(setup: setup, ranges: ranges).evidence()
      }
      let audit = try await Audit(evidence, ledger, setup)
      if let csv { try await ProbeAudit(setup: setup, ranges: ranges).contradict(csv, audit) }
      let what = csv ?? "the PBX"
      let contradictions = try await ledger.laterChanges()
      let inDoubtCalls = [
        audit.lacksMany ? audit.lackText(of: what) : nil,
        evidence.contradictionText(of: what, to: contradictions),
      ].compactMap(\.self)
      if !isConfirmed {
        let isDoubted = !acceptsLosses && !inDoubtCalls.isEmpty
        let options =
          (csv.map { ["--csv", $0] } ?? []) + (acceptsLosses || isDoubted ? ["--accept-losses"] : []) + ["--yes"]
        let call = ([pbxsyncd, "audit"] + (words + options).map(shellQuoted)).joined(separator: " ")
        let step =
          isDoubted
          ? "\(inDoubtCalls.joined(separator: "; ")).\nNext step: \(Audit.lackRemedy(csv)), as in \(call)"
          : "Next step: \(call)"
        // What can be neither sent nor corrected is an admin's to look at.
        let next =
          audit.corrections(at: ledger.now()).isEmpty ? "" : "\n\(audit.costText)\n\(step)\n"
        return CommandOutput(
          status: audit.isEqual && repeated.isEmpty ? .asWanted : .refused,
          text: audit.text + missing + repeated + next,
          json: audit.json)
      }
      if !acceptsLosses, !inDoubtCalls.isEmpty {
        throw RunError(
          refusing: inDoubtCalls.joined(separator: "; "), .dataError,
          remedy: "nothing was changed; \(Audit.lackRemedy(csv))")
      }
      if !isJSON { Terminal.print(audit.text + missing + repeated + "\n\(audit.costText)\n\n") }
      return await run(setup, "audit", .audit(evidence)).reply
    }
  }
}

extension Audit {
  /// Each object that isn't as it should be, and the counts of all.
  var text: String {
    let lists = Result.allCases.filter { ![.equal, .knownForeign].contains($0) }.compactMap { result -> String? in
      let all = all(result)
      if all.isEmpty { return nil }
      return "\(result.title) (\(all.count))\n" + paragraph(all.map { "  \($0.text)" })
    }
    let unseen =
      isByNumber
      ? "Asked for by number alone: neither values nor contacts were looked at. A table exported from the PBX shows them: "
        + "\(pbxsyncd) audit --csv FILE\n" : ""
    return (lists + ["\(summary)\n\(unseen)"]).joined(separator: "\n")
  }

  /// That so much is missing that the evidence isn't believed.
  fileprivate func lackText(of evidence: String) -> String {
    let managed = [.lost, .equal, .unwanted, .different, .replaced].map(count).reduce(0, +)
    return
      "\(evidence) lacks \(count(.lost)) of \(managed) managed objects: it looks like another PBX, or a part of one"
  }

  fileprivate static func lackRemedy(_ csv: String?) -> String {
    let table = csv.map { " --csv \(shellQuoted($0))" } ?? ""
    return (csv == nil ? "" : "export the table anew, or ")
      + "name the numbers that \(csv == nil ? "the PBX" : "it") should have (\(pbxsyncd) audit FIRST-LAST\(table)); if that is what "
      + "the PBX has, add --accept-losses"
  }

  /// What sending it again would cost at most: what the directory doesn't want any more isn't sent.
  var costText: String {
    let (lost, different) = (all(.lost), all(.different))
    let mails = (lost + different).count { finding in
      if case .extension(let it)? = finding.object?.item { !it.email.isEmpty } else { false }
    }
    let revived = count(.revived)
    // Nothing tells whether a contact is there: an update that finds none is followed by its addition.
    let contacts = lost.count { $0.key.kind == .contact }
    let held = revived == 0 ? "" : "; held until an admin decides: at most \(counted(revived, "removal"))"
    if lost.isEmpty, different.isEmpty { return "Sent again: nothing\(held); what the ledger remembers is corrected" }
    let parts = [
      counted(lost.count - contacts, "addition"),
      counted(different.count + contacts, "update")
        + (contacts == 0
          ? "" : " (of \(counted(contacts, "lost contact")), added where the PBX has none under the number)"),
    ]
    return "Sent again: at most \(parts.joined(separator: " and ")), with at most \(counted(mails, "mail"))\(held)"
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
        ObjectField.allCases.compactMap { field in fields[field].map { (field.rawValue, .string($0)) } }),
    ]
  }
}

extension Audit.Result {
  /// As JSON names it.
  fileprivate var name: String {
    switch self {
    case .equal: "equal"
    case .unwanted: "unwanted"
    case .occupied: "occupied"
    case .lost: "lost"
    case .different: "different"
    case .replaced: "replaced"
    case .revived: "revived"
    case .proved: "proved"
    case .unproven: "unproven"
    case .foreign: "foreign"
    case .forgotten: "forgotten"
    case .knownForeign: "known_foreign"
    case .foreignGone: "foreign_gone"
    case .inDoubt: "in_doubt"
    }
  }

  fileprivate var title: String {
    switch self {
    case .equal: "As they should be"
    case .unwanted:
      "Wanted by nobody any more, and there, or taken by whomever: they wait for their removal or for an admin (\(pbxsyncd) status)"
    case .occupied:
      "Taken, and ours until they were removed: there again, or somebody else's (look at them on the PBX)"
    case .lost: "Lost: the PBX doesn't have them any more"
    case .different: "With other values on the PBX"
    case .replaced:
      "Replaced: nothing shows that what the PBX has there is ours; it becomes unproven and isn't touched (\(pbxsyncd) adopt NUMBER)"
    case .revived:
      "There again: they were ours and had been removed; they stay until an admin approves their removal, within a day of the table (\(pbxsyncd) approve)"
    case .proved: "Unproven until now: the PBX has what we sent, so they are ours"
    case .unproven: "Unproven: the PBX has other values, or nobody knows what we sent (\(pbxsyncd) adopt NUMBER)"
    case .foreign: "Foreign: the PBX has them, and they aren't ours; they are never touched (\(pbxsyncd) adopt NUMBER)"
    case .forgotten:
      "In a pool, and the restored ledger knows nothing of them: each becomes that of the one person who would have its very values and has no number"
    case .knownForeign: "Known to be foreign"
    case .foreignGone: "Foreign until now, and not on the PBX any more"
    case .inDoubt: "In doubt: \(pbxsyncd) status says when that is found out"
    }
  }
}
