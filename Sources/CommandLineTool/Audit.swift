import Configuration
import Directory
import Domain
import Journal
import Ledger
import Platform
import Reconcile
package import Sync

extension CommandContext {
  /// Compares the PBX with the ledger: by a table exported from the PBX, or by probing each extension if the PBX is known to
  /// reveal taken numbers. Nothing changes without a confirmation; then the ledger is corrected and a run follows.
  ///
  /// - Parameters:
  ///   - words: numbers and ranges to compare; none for all.
  ///   - csv: a file as exported from the PBX; nil to probe the PBX.
  ///   - isConfirmed: whether to send missing objects again.
  ///   - acceptsLosses: whether the PBX may lack many managed objects.
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
      var repeatedJSON = JSON.array([])
      let evidence: PBXEvidence
      var whole: PBXEvidence?
      if let csv {
        let table = try usable(try await currentTable(csv, ledger, setup.clock.wall), csv)
        let forms = try await otherForms(in: table, ledger, setup)
        (repeated, repeatedJSON) = (table.repeatedText + Audit.text(of: forms), table.repeatedJSON)
        let unclear = Set(forms.map { ObjectKey(.contact, $0.number) })
        missing = table.missingText(consequence: "so these values aren't compared, and nothing unproven is proved")
        evidence = table.evidence(in: ranges, excluding: unclear)
        whole = table.evidence(in: [], excluding: unclear)
      } else {
        evidence = try await ProbeAudit(setup: setup, ranges: ranges).evidence()
      }
      let audit = try await Audit(evidence, ledger, setup)
      var isConfirmedByPBX = false
      if let csv { isConfirmedByPBX = try await ProbeAudit(setup: setup, ranges: ranges).confirm(csv, audit) }
      let age = isConfirmedByPBX ? nil : try await age(of: whole, audit, isOfRanges: !ranges.isEmpty, ledger, setup)
      let what = csv ?? "the PBX"
      let contradictions = try await ledger.laterChanges()
      let frozen = try await ledger.freeze().map { "\n\($0.waitText)\n" } ?? ""
      let inDoubtCalls = [
        audit.lacksMany ? audit.lackText(of: what) : nil,
        evidence.contradictionText(of: what, to: contradictions), age?.text(of: what),
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
        // What can be neither sent nor corrected needs an admin.
        let next =
          audit.corrections(at: ledger.now()).isEmpty ? "" : "\n\(audit.costText)\n\(step)\n\(frozen)"
        var page = audit.page(all: words, csv)
        page.add(Page(missing + repeated + next))
        return CommandOutput(
          status: audit.isEqual && repeated.isEmpty ? .asWanted : .refused, page: page,
          json: audit.json.adding([("repeated", repeatedJSON)]))
      }
      if !acceptsLosses, !inDoubtCalls.isEmpty {
        throw RunError(
          refusing: inDoubtCalls.joined(separator: "; "), .dataError,
          remedy: "nothing was changed; \(Audit.lackRemedy(csv))")
      }
      if !isJSON {
        var page = audit.page(all: words, csv)
        page.add(Page(missing + repeated + "\n\(audit.costText)\n\n"))
        Terminal.print(page)
      }
      return await run(setup, "audit", .audit(evidence)).reply
    }
  }
}

extension CommandContext {
  /// The managed contacts that a table shows only in another form of their number.
  private func otherForms(
    in table: ExportTable, _ ledger: Ledger, _ setup: CompiledConfiguration
  ) async throws(LedgerError) -> [(onPBX: String, number: String)] {
    guard table.kind == .contact else { return [] }
    let managed = try await ledger.state().objects.map(\.key).filter { $0.kind == .contact }
    let shown = Set(table.rows.map(\.key.number))
    let missing = Set(managed.map(\.number)).subtracting(shown)
    let forms = ContactForms(setup.sources.first?.dialPlans, missing)
    return shown.subtracting(managed.map(\.number)).sorted().flatMap { text in
      forms.others(than: text).map { (text, $0) }
    }
  }

  /// Whether a table looks older than its file: all of it shows that, not only the ranges to compare. For ranges an admin answers for
  /// what the table lacks.
  private func age(
    of whole: PBXEvidence?, _ audit: Audit, isOfRanges: Bool, _ ledger: Ledger, _ setup: CompiledConfiguration
  ) async throws(LedgerError) -> TableAge? {
    guard let whole, audit.count(.different) + (isOfRanges ? 0 : audit.count(.lost)) > 0 else { return nil }
    return try await TableAge(whole, try await Audit(whole, ledger, setup), ledger)
  }
}

extension Audit {
  /// The differences, and the counts of all objects.
  ///
  /// - Parameters:
  ///   - words: the compared numbers and ranges.
  ///   - csv: the table's file; nil for probes.
  func page(all words: [String] = [], _ csv: String? = nil) -> Page {
    let call = [pbxsyncd, "audit"] + ((csv.map { ["--csv", $0] } ?? []) + words).map(shellQuoted) + ["| less"]
    var page = Page()
    for result in Result.allCases where ![.equal, .knownForeign].contains(result) {
      let comparisons = all(result)
      if comparisons.isEmpty { continue }
      page.add("\(result.title) (\(comparisons.count))", .heading)
      if let step = result.nextStep { page.add("Next step: \(step)", indent: 2) }
      page.add(table: comparisons.map { [$0.text] }, most: 10, all: call.joined(separator: " "))
      page.add("")
    }
    page.add(summary)
    if isByNumber {
      page.add(
        "Probed only by number: neither values nor contacts were compared. A table exported from the PBX shows them: "
          + "\(pbxsyncd) audit --csv FILE")
    }
    return page
  }

  /// Refuses evidence that lacks too many managed objects.
  fileprivate func lackText(of evidence: String) -> String {
    let managed = [.lost, .equal, .stored, .unwanted, .different, .replaced].map(count).reduce(0, +)
    let others = count(.replaced) == 0 ? "" : " (\(count(.replaced)) of the numbers have other objects)"
    return
      "\(evidence) lacks \(count(.lost) + count(.replaced)) of \(managed) managed objects\(others): it looks like another PBX, "
      + "or a wrong or incomplete table"
  }

  /// Managed contacts that a table shows in another form of their number; empty without any.
  fileprivate static func text(of forms: [(onPBX: String, number: String)]) -> String {
    if forms.isEmpty { return "" }
    return
      "\nIn another form on the PBX (\(forms.count)): a call wouldn't find the managed contact, so none of them is changed\n"
      + paragraph(
        ofFirst: forms, below: ["  Next step: correct the number of each on the PBX, and give a new table"]
      ) { "  contact \($0.number): the PBX has \($0.onPBX)" }
  }

  fileprivate static func lackRemedy(_ csv: String?) -> String {
    let table = csv.map { " --csv \(shellQuoted($0))" } ?? ""
    return (csv == nil ? "" : "export the table again, or ")
      + "name the numbers that \(csv == nil ? "the PBX" : "it") should have (\(pbxsyncd) audit FIRST-LAST\(table)); if the PBX "
      + "really is so, add --accept-losses"
  }

  /// The cost of sending at most: objects that are no longer wanted aren't sent.
  var costText: String {
    let (lost, different) = (all(.lost), all(.different))
    let mails = (lost + different).count { comparison in
      if case .extension(let it)? = comparison.object?.item { !it.email.isEmpty } else { false }
    }
    let revived = count(.revived)
    // Nothing shows whether a contact exists: an update that finds none is followed by an addition.
    let contacts = lost.count { $0.key.kind == .contact }
    let held = revived == 0 ? "" : "; held until an admin decides: at most \(counted(revived, "removal"))"
    if lost.isEmpty, different.isEmpty {
      return
        "Sent again: nothing\(held); only the ledger needs a correction; the run that follows sends what else is due"
    }
    let parts = [
      counted(lost.count - contacts, "addition"),
      counted(different.count + contacts, "update")
        + (contacts == 0
          ? "" : " (of \(counted(contacts, "lost contact")), added if the PBX has none with the number)"),
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

extension Audit.Comparison {
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
  /// Its name in JSON.
  fileprivate var name: String {
    switch self {
    case .equal: "equal"
    case .unwanted: "unwanted"
    case .occupied: "occupied"
    case .lost: "lost"
    case .different: "different"
    case .stored: "stored"
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
      "No longer wanted, and still taken on the PBX: pending removal, or an admin must decide"
    case .occupied:
      "Taken again after their removal: they exist again, or are foreign (check them on the PBX)"
    case .lost: "Lost: no longer on the PBX"
    case .different: "With other values on the PBX"
    case .stored:
      "Stored otherwise by the PBX, or set there again: an accepted update has changed these values before, so none is sent again"
    case .replaced:
      "Replaced: nothing shows that the PBX's object is managed; it becomes unproven and isn't changed"
    case .revived:
      "Exist again after their removal: they stay until an admin approves their removal, within a day of the table"
    case .proved: "Unproven until now: the PBX has the values that were sent, so they are managed"
    case .unproven: "Unproven: the PBX has other values, or the sent values are unknown"
    case .foreign: "Foreign: on the PBX and not managed; they are never changed"
    case .forgotten:
      "In a pool, and unknown to the restored ledger: each is adopted by the one entry without a number that would have exactly its values"
    case .knownForeign: "Known to be foreign"
    case .foreignGone: "Foreign until now, no longer on the PBX"
    case .inDoubt: "In doubt"
    }
  }

  /// What to do about them; nil if nothing, or nothing by a command.
  fileprivate var nextStep: String? {
    switch self {
    case .unwanted: "see what is pending and what is held: \(pbxsyncd) status"
    case .revived: "decide on their removal: \(pbxsyncd) approve"
    case .replaced, .unproven, .foreign: "to have one managed: \(pbxsyncd) adopt NUMBER"
    case .stored: "if somebody sets them on the PBX, end that there, or change the directory"
    case .inDoubt: "see the next try: \(pbxsyncd) status"
    case .equal, .occupied, .lost, .different, .proved, .forgotten, .knownForeign, .foreignGone: nil
    }
  }
}
