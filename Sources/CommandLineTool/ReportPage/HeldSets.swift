import Domain
import Executor
import Ledger
import Platform
import Sync

/// The number of held changes and drops that wait for a decision.
func openCount(_ holds: [HeldSetRecord], _ drops: [EntryDrop]) -> Int {
  holds.filter(\.isOpen).reduce(drops.count(where: \.isOpen)) { $0 + $1.members.count }
}

/// Each held set with its people, its reason, and the commands to decide.
struct HeldSets {
  /// The held sets in the ledger.
  let holds: [HeldSetRecord]
  /// Drops that made the last read incomplete.
  let drops: [EntryDrop]
  let now: Timestamp

  /// The number of held changes and drops.
  var count: Int { openCount(holds, drops) }

  /// Two sections: what waits for a decision, and what was decided and lasts, if there is any.
  var html: HTML {
    let open = drops.filter(\.isOpen).map(html) + holds.filter(\.isOpen).map(html)
    let decided = drops.filter { !$0.isOpen }.map(html) + holds.filter { !$0.isOpen }.map(html)
    let held: HTML = open.isEmpty ? "<p>Nothing is held.</p>" : "\(open)"
    let rest: HTML =
      decided.isEmpty ? "" : #"<h2 id="decided">Approved or rejected (\#(decided.count))</h2>\#(decided)"#
    return #"<h2 id="held">Held (\#(count))</h2>\#(held)\#(rest)"#
  }

  private func html(_ drop: EntryDrop) -> HTML {
    let approval = command("If so few are right", "approve", drop.name)
    let decision: HTML =
      switch drop.decision {
      case .approved: ""
      case .rejected: approval
      case nil: "\(approval)\(command("If not", "reject", drop.name))"
      }
    return #"<div class="item\#(drop.isOpen ? " open" : "" as HTML)"><p>\#(drop.line)</p>\#(decision)</div>"#
  }

  private func html(_ hold: HeldSetRecord) -> HTML {
    let members = hold.action == .removal ? removals(hold.members) : changes(hold.members)
    let cost = hold.hasKnownCost ? ["Cost: \(hold.costText)"] : []
    let why = ([hold.why] + hold.evidence + cost).map { "<p>\($0)</p>" as HTML }
    return """
      <div class="item\(hold.isOpen ? " open" : "" as HTML)"><h3>\(hold.state)</h3>\(why)\(decision(on: hold))\
      \(members.html(unfolding: HeldTable.sample))</div>
      """
  }

  private func removals(_ members: [HeldSetRecord.Member]) -> HTMLTable {
    HTMLTable(
      columns: ["Number", "Name", "Entry"], rows: members.map { ["\($0.key.number)", "\($0.name)", .dn($0.dn)] },
      hasHeadings: true)
  }

  private func changes(_ members: [HeldSetRecord.Member]) -> HTMLTable {
    HTMLTable(
      columns: ["Number", "Name", "What changes", "Entry"],
      rows: members.map {
        ["\($0.key.number)", "\($0.name)", "\($0.fields.map(\.text).joined(separator: ", "))", .dn($0.dn)]
      }, hasHeadings: true)
  }

  private func decision(on hold: HeldSetRecord) -> HTML {
    if hold.approvedAt != nil { return "" }
    if let lapse = hold.lapse(at: now) { return "<p>\(lapse.text)</p>" }
    let approval = command("If they are right", "approve", hold.name)
    return hold.rejectedAt == nil ? "\(approval)\(command("If not", "reject", hold.name))" : approval
  }

  private func command(_ condition: String, _ verb: String, _ name: String) -> HTML {
    "<p>\(condition): <code>\(pbxsyncd) \(verb) \(name)</code></p>"
  }
}
