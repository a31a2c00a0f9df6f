import Configuration
import Domain
import Journal
import Ledger
import Platform

extension Invocation {
  /// Lets a held set of removals, or a fall in a source's entries, pass; without a name lists what there is to decide.
  public func approve(_ name: String?) async -> ExitStatus {
    await decide(name) { ledger, name, now in
      if let fall = try await ledger.lastReads().any?.searches.first(where: { $0.fallName == name }) {
        try await ledger.accept(fall)
        log.write(
          Event(.fallAccepted, "Accepted that \"\(fall.source)\" gives \(fall.entries) entries", [.source: fall.source])
        )
        return "\"\(fall.source)\" is believed from now on; the next run reads it"
      }
      guard try await ledger.approve(name, at: now) else { return nil }
      log.write(Event(.removalsApproved, "Approved the removals \(name)", [.action: "hold", .outcome: "approved"]))
      return "\(name) is approved; the next run removes exactly these"
    }
  }

  /// Keeps the objects of a held set: their absence is counted anew.
  public func reject(_ name: String?) async -> ExitStatus {
    await decide(name) { ledger, name, now in
      guard try await ledger.reject(name, at: now) else { return nil }
      log.write(Event(.removalsRejected, "Rejected the removals \(name)", [.action: "hold", .outcome: "rejected"]))
      return "\(name) is rejected; its objects stay, and the time for which they are missed begins anew"
    }
  }

  private func decide(
    _ name: String?, _ settle: (Ledger, _ name: String, _ now: Seconds) async throws -> String?
  ) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      guard let name else { return try await undecided(try State.ledgerToRead(folder)) }
      let lock = try await State.lockWhenFree(folder)
      defer { withExtendedLifetime(lock) {} }
      let ledger = try State.ledger(folder)
      guard let done = try await settle(ledger, name, secondsSince1970()) else {
        let held = try await ledger.holds().map(\.name)
        throw Failure(
          refusing: "no set \(name) is held now: it never was, or it has changed",
          remedy: held.isEmpty ? "nothing is held" : "look again at what is held: \(held.joined(separator: ", "))")
      }
      return Reply(text: paragraph([done]), json: ["set": .string(name), "done": .string(done)])
    }
  }

  private func undecided(_ ledger: Ledger?) async throws -> Reply {
    let holds = try await ledger?.holds() ?? []
    let falls = try await ledger?.lastReads().any?.searches.filter { $0.fallName != nil } ?? []
    let lines = holds.map(\.line) + falls.compactMap(\.fallLine)
    return Reply(
      text: lines.isEmpty ? "Nothing is held.\n" : paragraph(lines),
      json: [
        "held": .array(holds.map(\.json)),
        "falls": .array(
          falls.map {
            [
              "name": .optional($0.fallName), "source": .string($0.source), "entries": .count($0.entries),
              "fell_from": $0.fellFrom.map(JSON.count) ?? .null,
            ]
          }),
      ])
  }
}
