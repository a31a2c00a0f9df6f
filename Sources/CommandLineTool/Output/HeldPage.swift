import Directory
import Domain
import Ledger
import Platform
import Sync

/// Held sets for a decision: all of them first, then each with its reason, its people, its cost and the commands.
struct HeldPage {
  let holds: [HeldSetRecord]
  /// Drops that made the last read incomplete.
  let drops: [EntryDrop]
  /// Which entries of each set of removals the directory shows now, by the set's name; an error if it can't be read.
  let lookups: [String: Result<IDLookup, any Error>]
  /// Why objects are to be removed, such as a disabled account.
  let reasons: [ObjectKey: String]
  /// Those whose entry is missing, as opposed to disabled or with another number.
  let missing: Set<ObjectKey>
  let now: Timestamp

  /// How many objects of each set a terminal gets.
  private static let most = 15

  var page: Page {
    var page = Page()
    if holds.isEmpty, drops.isEmpty {
      page.add("Nothing is held.")
      return page
    }
    if holds.count + drops.count > 1 {
      for hold in holds { page.add("\(hold.name): \(hold.state)", .heading) }
      for drop in drops { page.add(drop.line, .heading) }
    }
    for hold in holds { add(hold, to: &page) }
    for drop in drops { add(drop, to: &page) }
    return page
  }

  private func add(_ drop: EntryDrop, to page: inout Page) {
    page.addGap()
    page.add(drop.line, .heading)
    if drop.decision == .approved { return }
    page.add(
      field: "Next step", HeldSet.decision(on: drop.name, isRejected: drop.decision == .rejected), indent: 2)
  }

  private func add(_ hold: HeldSetRecord, to page: inout Page) {
    page.addGap()
    page.add("\(hold.name): \(hold.state)", .heading)
    page.add(field: "Reason", hold.why, indent: 2)
    let lookup = lookups[hold.name]
    for line in (try? lookup?.get()) == nil ? hold.evidence : hold.causes { page.add(field: "", line, indent: 2) }
    if let text = lookup.map({ text(of: $0, hold) }) { page.add(field: "Directory", "now: \(text)", indent: 2) }
    if hold.hasKnownCost { page.add(field: "Cost", hold.costText, indent: 2) }
    if let decision = hold.decision(at: now) { page.add(field: "Next step", decision, indent: 2) }
    addMembers(of: hold, to: &page)
  }

  private func text(of lookup: Result<IDLookup, any Error>, _ hold: HeldSetRecord) -> String {
    switch lookup {
    case .success(let lookup):
      let text = lookup.text(of: hold.members.count)
      guard lookup.isComplete(hold.members.count), lookup.foundAll else { return text }
      let isHidden = hold.members.allSatisfy { missing.contains($0.key) }
      return "\(text), so they haven't left: "
        + (isHidden ? "a filter, a base or a right hides them" : "see the reason of each one")
    case .failure(let error): return "it can't be read, so it is unknown who is still there: \(error)"
    }
  }

  /// Number, name, what changes and the entry; those of removals by whether the directory shows the entry.
  private func addMembers(of hold: HeldSetRecord, to page: inout Page) {
    let all = "\(pbxsyncd) approve | less"
    guard let lookup = try? lookups[hold.name]?.get() else {
      return page.add(table: hold.table.cells, most: Self.most, all: all)
    }
    let groups = hold.members.grouped { member -> String in
      switch lookup.names[member.entry] {
      case .some(.some): "Still in the directory"
      case .some(.none): "Gone from the directory"
      case .none: "Not looked up"
      }
    }
    for (title, members) in groups {
      page.add("\(title) (\(members.count))", indent: 2, .heading)
      let rows = members.map {
        [$0.key.number, $0.name, reasons[$0.key] ?? "", (lookup.names[$0.entry] ?? nil) ?? $0.dn]
      }
      page.add(table: rows, indent: 4, most: Self.most, all: all)
    }
  }
}

extension HeldSetRecord {
  /// Whether the cost is still to come: what waits for its next try may have been sent, with its mail.
  var hasKnownCost: Bool { waiting == 0 }

  /// What an approval costs.
  var costText: String {
    let mail = mails == 0 ? "no mail" : "\(counted(mails, "mail")) to \(mails == 1 ? "the person" : "the people")"
    let others =
      dependents == 0
      ? "" : "; \(counted(dependents, "change")) that \(dependents == 1 ? "waits" : "wait") for this too"
    let objects = counted(members.count, kind.rawValue)
    let deed =
      switch action {
      case .removal:
        kind == .extension
          ? "\(objects) deleted, whose recordings and voicemail the PBX moves to its backup folder"
          : "\(objects) deleted"
      case .update: "\(objects) changed"
      case .addition: "\(objects) added"
      }
    return "\(deed); \(mail)\(others)"
  }
}
