import Configuration
import Directory
import Domain
import Executor
import Journal
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Approves a held set, or a drop in a source's entries; without a name lists the held sets.
  package func approve(_ name: String?) async -> ExitStatus {
    await decide(name) { ledger, name, now in
      if let fall = try await ledger.drops().first(where: { $0.name == name })?.search {
        try await ledger.accept(fall)
        log.write(
          Event(
            .fallAccepted,
            "Accepted the lower entry count of \"\(fall.source)\": \(counted(fall.entries, "entry", "entries"))",
            [.source: fall.source])
        )
        return "The lower entry count of \"\(fall.source)\" is accepted; the next run reads it again"
      }
      if let hold = try await ledger.hold(named: name), hold.endedAt == nil, let failure = hold.lapse(at: now) {
        throw failure
      }
      guard try await ledger.approve(name, at: now), let hold = try await ledger.hold(named: name) else { return nil }
      let what = hold.action.counted(hold.members.count)
      log.write(
        Event(
          hold.action == .removal ? .removalsApproved : .changesApproved, "Approved \(what): \(name)",
          [.action: "hold", .kind: hold.kind.rawValue, .outcome: "approved"]))
      return hold.action == .removal
        ? "\(name) is approved; the next run removes exactly these"
        : "\(name) is approved; the next run makes exactly these \(what)"
    }
  }

  /// Rejects a held set: its objects stay as they are.
  package func reject(_ name: String?) async -> ExitStatus {
    await decide(name) { ledger, name, now in
      if let fall = try await ledger.drops().first(where: { $0.name == name })?.search {
        try await ledger.reject(fall)
        return "\(name) is rejected: nobody is removed while \"\(fall.source)\" has so few entries"
      }
      guard let hold = try await ledger.hold(named: name), try await ledger.reject(name, at: now) else { return nil }
      let what = hold.action.counted(hold.members.count)
      log.write(
        Event(
          hold.action == .removal ? .removalsRejected : .changesRejected, "Rejected \(what): \(name)",
          [.action: "hold", .kind: hold.kind.rawValue, .outcome: "rejected"]))
      return switch hold.cause {
      case .limit where hold.action == .removal:
        "\(name) is rejected; its objects are kept; the grace period of all who are missing starts again"
      case .revived:
        "\(name) is rejected; its objects stay on the PBX and are no longer managed; to manage one again: \(pbxsyncd) adopt "
          + "NUMBER"
      case .settings where hold.action == .removal, .restored where hold.action == .removal, .recreated, .undone:
        "\(name) is rejected; its objects stay as they are until a source finds their entries again, or the set is approved"
      case .limit, .settings, .restored, .hiddenValues:
        "\(name) is rejected; its objects stay as they are until the directory wants other values"
      }
    }
  }

  private func decide(
    _ name: String?, _ settle: (Ledger, _ name: String, _ now: Timestamp) async throws -> String?
  ) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      guard let name else { return try await undecided(try StateFolder.ledgerToRead(folder, setup.clock), setup) }
      let lock = try await StateFolder.lockWhenFree(folder)
      defer { withExtendedLifetime(lock) {} }
      let ledger = try await StateFolder.ledger(setup, under: lock)
      guard let done = try await settle(ledger, name, ledger.now()) else {
        let holds = try await ledger.holds()
        let ended = try await ledger.hold(named: name)
        throw RunError(
          refusing: ended?.difference(from: holds) ?? "no set \(name) is held now",
          remedy: holds.isEmpty
            ? "no decision is needed: nothing is held"
            : "check the held sets again: \(holds.map(\.name).joined(separator: ", "))")
      }
      let freeze = try await ledger.freeze()
      return CommandOutput(
        text: paragraph([done] + (freeze.map { [$0.waitText] } ?? [])),
        json: ["set": .string(name), "done": .string(done), "frozen": freeze?.json ?? .null])
    }
  }

  private func undecided(_ ledger: Ledger?, _ setup: CompiledConfiguration) async throws -> CommandOutput {
    let holds = try await ledger?.holds() ?? []
    let reads = try await ledger?.lastReads()
    var lookups: [String: Result<IDLookup, any Error>] = [:]
    for hold in holds where hold.action == .removal && hold.approvedAt == nil {
      do {
        lookups[hold.name] = .success(
          try await IDLookup(of: hold.members.map(\.entry), as: hold.kind, setup, at: reads?.complete?.server))
      } catch {
        lookups[hold.name] = .failure(error)
      }
    }
    let drops = try await ledger?.drops() ?? []
    var reasons: [ObjectKey: String] = [:]
    var missing: Set<ObjectKey> = []
    if !lookups.isEmpty {
      let isThere = lookups.values.reduce(into: [EntryID: Bool]()) { isThere, lookup in
        for (entry, name) in (try? lookup.get())?.names ?? [:] { isThere[entry] = name != nil }
      }
      for object in try await ledger?.state().objects ?? [] {
        guard let reason = object.absence?.reason else { continue }
        if reason == .missing { missing.insert(object.key) }
        reasons[object.key] =
          switch isThere[object.entry] {
          case true? where reason == .missing: "no source selects the entry"
          case false? where reason == .missing: "the entry is no longer in the directory"
          default: reason.text
          }
      }
    }
    var page = HeldPage(
      holds: holds, drops: drops, lookups: lookups, reasons: reasons, missing: missing, now: ledger?.now() ?? 0
    ).page
    let freeze = holds.isEmpty ? nil : try await ledger?.freeze()
    if let freeze {
      page.addGap()
      page.add(field: "Note", freeze.waitText, .warning)
    }
    return CommandOutput(
      page: page,
      json: [
        "held": .array(holds.map { $0.json(now: try? lookups[$0.name]?.get(), because: reasons) }),
        "falls": .array(drops.map(\.json)), "frozen": freeze?.json ?? .null,
      ])
  }
}

extension HeldSetRecord {
  /// The difference between a set and today's held sets.
  fileprivate func difference(from holds: [HeldSetRecord]) -> String {
    let keys = Set(members.map(\.key))
    let others = holds.filter { hold in
      hold.kind == kind && hold.action == action && hold.isOpen
        && (hold.cause == cause || hold.members.contains { keys.contains($0.key) })
    }
    let ended = endedAt.map { " at \(localTime($0))" } ?? ""
    guard !others.isEmpty else { return "\(name) has ended\(ended): its objects are no longer held" }
    let now = others.flatMap(\.members)
    let (before, after) = (Set(members.map(\.identity)), Set(now.map(\.identity)))
    let came = now.filter { !before.contains($0.identity) }.map { "\($0.key.number) \($0.name)" }
    let went = members.filter { !after.contains($0.identity) }.map { "\($0.key.number) \($0.name)" }
    let words = [Self.counted("new in it", came), Self.counted("no longer in it", went)].compactMap(\.self)
    return "the set \(name) has changed\(ended): \(words.joined(separator: "; "))"
  }

  private static func counted(_ what: String, _ names: [String]) -> String? {
    if names.isEmpty { return nil }
    let rest = names.count > 5 ? " and \(names.count - 5) more" : ""
    return "\(what): \(names.prefix(5).joined(separator: ", "))\(rest)"
  }
}

extension HeldSetRecord.Member {
  /// The subject of a decision.
  fileprivate var identity: Approval.Member {
    Approval.Member(key, entry, wanted == nil ? .removal : registered == nil ? .addition : .update, wanted: wanted)
  }
}
