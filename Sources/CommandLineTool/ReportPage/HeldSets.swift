import Domain
import Executor
import Ledger
import Platform
import Sync

/// Each held set with its people, its reason, and the commands to decide.
struct HeldSets {
  /// The held sets in the ledger.
  let holds: [HeldSetRecord]
  /// Drops that made the last read incomplete.
  let drops: [EntryDrop]
  let now: Timestamp

  /// The number of held changes and drops.
  var count: Int { holds.filter(\.isOpen).reduce(drops.count(where: \.isOpen)) { $0 + $1.members.count } }

  var html: HTML {
    drops.isEmpty && holds.isEmpty ? "<p>Nothing is held.</p>" : "\(drops.map(html))\(holds.map(html))"
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
    let why = ([hold.why] + hold.evidence + ["Cost: \(hold.costText)"]).map { "<p>\($0)</p>" as HTML }
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
