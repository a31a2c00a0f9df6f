import Configuration
import Domain
import LDAP
import Ledger

extension DirectoryRead {
  /// Keeps the objects of renamed entries whose group still names their former DN, and reports them: the entry hasn't left the group, as far
  /// as anything shows.
  func keepRenamedMembers(_ selectors: [EntrySelector], _ ledger: Ledger) async throws(LedgerError) {
    let memberships = Dictionary(
      selectors.compactMap { selector in selector.membership.map { (selector.source.place, (selector.source, $0)) } },
      uniquingKeysWith: { first, _ in first })
    if memberships.isEmpty { return }
    let problems = try await ledger.renamedEntries().compactMap { entry in
      memberships[entry.place].flatMap { source, membership in
        membership.contains(former: DN(entry.formerDN))
          ? (entry, MappingProblem(renamed: entry, inGroupsOf: source)) : nil
      }
    }
    try await ledger.store(problems)
  }
}

extension MappingProblem {
  fileprivate init(renamed entry: RenamedEntry, inGroupsOf source: Source) {
    self.init(
      dn: entry.dn, entry: entry.entry, attribute: "member", value: entry.formerDN,
      reason:
        "the entry was renamed, and the group of \"\(source.name)\" (\(source.selection.groups.joined(separator: ", "))) "
        + "still names its former DN",
      remedy:
        "Replace this member by the new DN, or remove it if the entry has left the group; the overlay refint of OpenLDAP and the "
        + "Referential Integrity plug-in of 389 Directory Server do that with each rename.")
  }
}
