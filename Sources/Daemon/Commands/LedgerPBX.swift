import Configuration
import Domain
import Journal
import Ledger
import Platform

/// What an admin says about a configured PBX that isn't the ledger's.
public enum LedgerRebinding: String, Sendable, CaseIterable {
  /// It is the same one under another address.
  case same
  /// It took the other's place.
  case replaced
}

extension Invocation {
  /// Says which PBX the ledger is of, and binds it to the configured one where that is wanted.
  func rebind(_ setup: Setup, _ how: LedgerRebinding?, isConfirmed: Bool) async throws -> Reply {
    let folder = setup.configuration.state.directory
    let configured = setup.configuration.pbx.identity
    let lock = try await State.lockWhenFree(folder)
    defer { withExtendedLifetime(lock) {} }
    guard Ledger.exists(at: State.ledgerFile(folder)) else {
      throw Failure(refusing: "there is no ledger in \(folder)", remedy: "the first run makes it")
    }
    let ledger = try State.ledgerOfAnyPBX(folder, under: lock)
    let bound = try await ledger.pbx()
    // Another PBX may have come to the same address.
    guard let how, !bound.isEmpty, bound != configured || how == .replaced else {
      let text = bound.isEmpty ? "The ledger is of no PBX yet; the first run binds it." : "The ledger is of \(bound)."
      return Reply(text: text + "\n", json: ["pbx": .string(bound), "configured": .string(configured)])
    }
    let question =
      switch how {
      case .same: "Take \(configured) for the same PBX as \(bound), with all that is ours there? [y/N] "
      case .replaced:
        "Take \(configured) for another PBX, in the place of \(bound == configured ? "the one that was there" : bound)? All "
          + "objects become unproven: none is changed or removed until it is adopted or proved. [y/N] "
      }
    if !isConfirmed {
      guard !isJSON, Terminal.isInteractive else {
        throw Failure(
          refusing: "nothing was changed: this needs a yes", remedy: "look at \(pbxsyncd) status, then add --yes")
      }
      guard Terminal.confirms(question) else {
        return Reply(status: .refused, text: "Nothing was changed.\n", json: .null)
      }
    }
    // It is of the PBX that was there.
    Imprint.remove(from: folder)
    var done = "The ledger is of \(configured) now"
    switch how {
    case .same: try await ledger.bind(to: configured)
    case .replaced:
      let count = try await ledger.bind(toReplacement: configured, at: ledger.now())
      done +=
        "; \(count) objects are unproven. Next step: \(pbxsyncd) audit --csv FILE --yes with each of the PBX's exports, or \(pbxsyncd) adopt NUMBER"
    }
    log.write(Event(.ledgerRebound, "\(done); it was of \(bound)", [.action: how.rawValue, .outcome: "done"]))
    return Reply(
      text: done + ".\n", json: ["pbx": .string(configured), "before": .string(bound), "how": .string(how.rawValue)])
  }
}

extension Restoration {
  private static let most = 20

  func text(of copy: String, at now: Seconds) -> String {
    var lines = ["The ledger is that of \(copy)\(earlier.map { "; the earlier one is now \($0)" } ?? "")."]
    if let lastRunAt {
      lines.append("Its last run began \(localTime(lastRunAt)), \(age(now - lastRunAt)) ago.")
    }
    if let missingRuns {
      lines.append(
        "It doesn't know of \(missingRuns) later runs and \(missing.count) changes that the PBX took in them.")
      lines += missing.suffix(Self.most).map { "  \(localTime($0.at)) \($0.verb.rawValue) \($0.key) \($0.name)" }
      if missing.count > Self.most { lines.append("  and \(missing.count - Self.most) before these.") }
    } else if earlier != nil {
      lines.append("What was done since can't be said: the earlier ledger can't be read.")
    }
    lines.append("Approvals and permissions to adopt of before are over, and a pool gives nobody a number for now.")
    lines.append(
      "\(unproven) objects are unproven: none is changed or removed until it is adopted or proved. Next step: "
        + "export the PBX's extensions, and its phonebook, and give each: \(pbxsyncd) audit --csv FILE --yes proves what is as "
        + "it was; or \(pbxsyncd) adopt NUMBER.")
    return lines.map { $0 + "\n" }.joined()
  }

  private func age(_ seconds: Seconds) -> String {
    switch seconds {
    case ..<7_200: "\(max(seconds, 0) / 60) minutes"
    case ..<172_800: "\(seconds / 3_600) hours"
    default: "\(seconds / 86_400) days"
    }
  }

  func json(of copy: String) -> JSON {
    [
      "restored": .string(copy), "earlier": .optional(earlier), "last_run_at": lastRunAt.map(JSON.number) ?? .null,
      "unproven": .count(unproven), "missing_runs": missingRuns.map(JSON.count) ?? .null,
      "missing": .array(
        missing.map {
          [
            "action": .string($0.verb.rawValue), "kind": .string($0.key.kind.rawValue),
            "number": .string($0.key.number),
            "name": .string($0.name), "at": .number($0.at),
          ]
        }),
    ]
  }
}
