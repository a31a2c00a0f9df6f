import Configuration
import Directory
import Domain
import Journal
import LDAP
import Ledger
import Mapping
import Platform
package import Sync

extension CommandContext {
  /// Removes a person's data from the ledger, its backups and the history. Numbers, times and outcomes stay.
  ///
  /// - Parameters:
  ///   - who: a number, a DN, the first value of one, a mail address, a name or an entry's ID.
  ///   - isConfirmed: whether no confirmation on the terminal is needed.
  package func forget(_ who: String, isConfirmed: Bool) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      guard Ledger.exists(at: StateFolder.ledgerFile(folder)) else {
        throw RunError(refusing: "no person is known: there is no ledger in \(folder)", remedy: "")
      }
      return try await confirming(in: folder) { lock, answered in
        let ledger = try Ledger(path: StateFolder.ledgerFile(folder), under: lock, clock: setup.clock)
        let copies = Backup.copies(of: StateFolder.ledgerFile(folder), at: setup.clock.wall)
        let (entry, dn) = try await entry(of: who, ledger, copies)
        if !isConfirmed {
          let person = dn.isEmpty ? "the entry \(entry)" : dn
          guard !isJSON, Terminal.isInteractive else {
            throw RunError(
              refusing: "nothing was removed: to forget \(person) can't be taken back",
              remedy: "give the same command with --yes")
          }
          let question = "Remove the data of \(person)? This can't be taken back. [y/N] "
          if answered != question { return .question(question) }
        }
        let known = copies.filter { copy in
          // An unreadable copy may contain anybody.
          (try? Ledger.knows(entry, copy: copy)) ?? true
        }
        let forgotten = try await ledger.forget(entry)
        for copy in known { Backup.remove(copy) }
        // There is always at least one.
        let fresh = known.isEmpty ? nil : try await ledger.backUpAnew(at: ledger.now())
        log.write(
          Event(
            .personForgotten,
            "Forgot a person: \(counted(forgotten.calls, "call")) lost their values, and "
              + "\(counted(known.count, "copy", "copies")) of the ledger \(known.count == 1 ? "was" : "were") removed",
            [.action: "forget", .outcome: "done"]))
        let removed = known.map { "Removed \($0), which contained them too.\n" }.joined()
        let made = fresh.map { "Made \($0) instead.\n" } ?? ""
        return .done(
          CommandOutput(
            text:
              "Forgot them: \(counted(forgotten.calls, "call")) and \(counted(forgotten.earlierValues, "earlier value")) have lost names, addresses and "
              + "DN; their numbers, times and outcomes stay.\n\(removed)\(made)"
              + "The journal and copies elsewhere are up to you.\n",
            json: [
              "calls": .count(forgotten.calls), "earlier_values": .count(forgotten.earlierValues),
              "removed": .strings(known), "backup": .optional(fresh),
            ]))
      }
    }
  }

  /// The person. Only a copy may know an entry that never had an object.
  private func entry(of who: String, _ ledger: Ledger, _ copies: [String]) async throws -> (EntryID, dn: String) {
    let now = try await ledger.knownEntries()
    var named = now.filter { $0.isKnown(as: who) }
    if named.isEmpty {
      for copy in copies {
        let known = try? await Ledger(privateCopyOfBackup: copy).knownEntries()
        named += known?.filter { $0.isKnown(as: who) } ?? []
      }
    }
    let meant = Dictionary(grouping: named, by: \.entry)
    guard let (entry, names) = meant.first else {
      let question = questionOfNearMiss(to: who, among: now.map { ($0.item.name, $0.dn) })
      throw RunError(
        refusing: "nothing is known of \(who)",
        remedy:
          "\(question)name them by a number, a DN, a mail address or an entry's ID, as \(pbxsyncd) history RUN shows them"
      )
    }
    guard meant.count == 1 else {
      // An entry that was created again has the same DN.
      let byDN = Dictionary(grouping: meant.sorted { $0.key < $1.key }) { $0.value.first?.dn ?? "" }
      let them = byDN.sorted { $0.key < $1.key }.map { dn, entries in
        let ids = entries.map { id, names in
          "\(id)" + (names.lazy.compactMap(\.reasonToStay).first.map { " (\($0))" } ?? "")
        }
        return "\(dn) with the \(ids.count == 1 ? "ID" : "IDs") \(ids.joined(separator: " and "))"
      }
      throw RunError(
        refusing: "\(who) may be several: \(them.joined(separator: "; "))", remedy: "name one by its entry's ID")
    }
    if let reason = now.lazy.filter({ $0.entry == entry }).compactMap(\.reasonToStay).first {
      throw RunError(
        refusing: "\(who) can't be forgotten: \(reason)",
        remedy: "forget them after they have left the directory and a run has removed their objects")
    }
    return (entry, names.first?.dn ?? "")
  }
}

extension KnownEntry {
  func isKnown(as who: String) -> Bool {
    let name = who.contains("=") ? DN(who) : nil
    let who = who.lowercased()
    return entry.text.lowercased() == who || name == DN(dn)
      || DN(dn).namingValue.lowercased() == who
      || item.fields.contains { !$0.value.isEmpty && $0.value.lowercased() == who }
      || (!item.name.isEmpty && item.name.lowercased() == who)
  }
}
