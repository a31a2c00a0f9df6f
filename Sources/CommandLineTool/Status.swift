import Configuration
import Directory
import Domain
import Executor
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Shows the last run and read, managed objects and held sets. If the configuration is wrong its errors come first, then the
  /// ledger's state.
  package func status() async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      guard let ledger = try StateFolder.ledgerToRead(folder, setup.clock) else {
        return CommandOutput(text: "No run yet: there is no ledger in \(folder).\n", json: ["ledger": .null])
      }
      return try await StatusReport(ledger, in: folder, setup).reply
    } knowing: { error in
      guard let folder = error.stateDirectory, let ledger = try StateFolder.ledgerToRead(folder) else { return nil }
      return try await StatusReport(ledger, in: folder, nil).reply
    }
  }
}

private struct StatusReport {
  let standing: LedgerVersion
  let now: Timestamp
  let run: Run?
  let reads: (any: ReadReport?, complete: ReadReport?)
  let state: LedgerState
  let holds: [HeldSetRecord]
  let losses: [FormerHolder]
  let removals: RemovalsWaiting?
  let backups: [String]
  let pbx: String
  let service: (pid: Int32, isAlike: Bool)?
  /// Why nothing is sent, if the ledger belongs to another PBX.
  let otherPBX: RunError?
  /// The policy for removals; nil if the configuration is wrong.
  let removal: RemovalPolicy?

  /// - Parameter setup: nil if the configuration is wrong: then what depends on it is left out.
  init(_ ledger: Ledger, in folder: String, _ setup: CompiledConfiguration?) async throws {
    standing = try await LedgerVersion(of: ledger)
    now = ledger.now()
    run = try await ledger.runs(last: 1).first
    reads = try await ledger.lastReads()
    state = try await ledger.state()
    holds = try await ledger.holds()
    losses = state.open(try await ledger.losses(), holds: holds, lastEnd: run?.end)
    backups = Backup.all(of: StateFolder.ledgerFile(folder), at: Clock.system.wall)
    pbx = try await ledger.pbx()
    service = StateFolder.service(folder, setup?.configuration.digest)
    if let setup {
      otherPBX = try await StateFolder.otherPBX(ledger, setup).map { RunError(ledgerOf: $0, setup) }
    } else {
      otherPBX = nil
    }
    removal = setup?.configuration.removal
    removals = state.removalsWaiting(beside: holds, removal)
  }

  var reply: CommandOutput { CommandOutput(text: paragraph(lines), json: json) }

  private var lines: [String] {
    [serviceLine] + waiting + facts
  }

  /// What an admin or the next run must handle.
  private var waiting: [String] {
    var lines = otherPBX.map { ["Stopped: \($0.text)"] } ?? []
    lines += holds.flatMap(\.lines)
    lines += (reads.any?.searches ?? []).compactMap(\.dropLine)
    lines += UnprovenGroup.all(of: state.unproven.compactMap { UnprovenObject($0) }).map { group in
      let count = group.objects.count
      return "Unproven\(count == 1 ? "" : " (\(count))"): \(group.text)"
    }
    lines += inDoubtCalls.map { inDoubtCall, nextTry in
      "In doubt: \(inDoubtCall.call.action.rawValue) \(inDoubtCall.call.key)\(inDoubtCall.call.item.map { ", \($0.name)" } ?? ", \(inDoubtCall.dn)"); "
        + InDoubtCall.nextTryText(nextTry)
    }
    if let removals { lines.append(removals.text(at: now)) }
    if let first = losses.first {
      lines.append(
        "Lost by the PBX since \(localTime(first.at)): \(losses.map { "\($0.key)" }.listed(to: 10)); "
          + ChangeResult.lossRemedy)
    }
    return lines
  }

  private var facts: [String] {
    var lines = [run.map { "Last run: \($0.line)" } ?? "No run yet"]
    if let read = reads.any { lines.append("Last read: \(read.text)") }
    if let read = reads.complete, read != reads.any { lines.append("Last complete read: \(read.text)") }
    lines += (reads.complete ?? reads.any)?.valueLines ?? []
    for kind in ObjectKind.allCases {
      let ours = state.managed.filter { $0.key.kind == kind }
      let adopted = ours.count { $0.ownership == .adopted }
      let absent = ours.count { $0.absence != nil }
      lines.append(
        "\(kind.rawValue.capitalised)s: \(ours.count) managed (\(adopted) adopted), \(absent) pending removal")
    }
    for (count, what) in counts where count > 0 { lines.append("\(what): \(count)") }
    lines += state.permissionLines
    lines.append(
      "Ledger: \(standing.ledger), generation \(standing.generation), \(counted(backups.count, "backup"))"
        + (backups.last.map { ", the last is \($0)" } ?? ""))
    if !pbx.isEmpty { lines.append("PBX: \(pbx)") }
    return lines
  }

  /// Each call in doubt, with the time of its next try if it is in back-off.
  private var inDoubtCalls: [(inDoubtCall: InDoubtCall, nextTry: Timestamp?)] {
    let backoffs = Dictionary(state.backoffs.map { ($0.key, $0.nextAt) }, uniquingKeysWith: { first, _ in first })
    return state.inDoubt.map { inDoubtCall in
      (inDoubtCall, backoffs[inDoubtCall.call.key].flatMap { $0 > now ? $0 : nil })
    }
  }

  private var serviceLine: String {
    guard let service else { return "Service: not running" }
    let ours = "Service: process \(service.pid), with this configuration"
    if removal == nil { return "Service: process \(service.pid), with the configuration that it read before" }
    return service.isAlike
      ? ours
      : "Service: process \(service.pid), with another configuration than this; next step: \(StateFolder.reloading(service.pid))"
  }

  private var counts: [(Int, String)] {
    [
      (state.refusals.count { $0.answer.status != .taken }, "Refused by the PBX (\(pbxsyncd) conflicts)"),
      (state.foreignKeys.count, "Foreign on the PBX (\(pbxsyncd) conflicts lists those with wanted numbers)"),
      (state.backoffs.count, "Failing, in back-off"),
      (state.allocations.count, "Numbers allocated from pools"),
    ]
  }

  private var json: JSON {
    [
      "service": service.map { ["pid": .number(Int64($0.pid)), "has_this_configuration": .bool($0.isAlike)] } ?? .null,
      "run": run?.json ?? .null, "last_read": reads.any?.json ?? .null,
      "last_complete_read": reads.complete?.json ?? .null,
      "owned": .object(
        ObjectKind.allCases.map { kind in
          let ours = state.managed.filter { $0.key.kind == kind }
          let counts: JSON = [
            "count": .count(ours.count), "adopted": .count(ours.count { $0.ownership == .adopted }),
            "absent": .count(ours.count { $0.absence != nil }),
          ]
          return (kind.rawValue, counts)
        }),
      "in_doubt": .count(state.inDoubt.count),
      "calls_in_doubt": .array(
        inDoubtCalls.map { inDoubtCall, nextTry in
          [
            "action": .string(inDoubtCall.call.action.rawValue), "kind": .string(inDoubtCall.call.key.kind.rawValue),
            "number": .string(inDoubtCall.call.key.number), "dn": .string(inDoubtCall.dn),
            "next_at": nextTry.map(JSON.number) ?? .null,
          ]
        }),
      "refused": .count(state.refusals.count),
      "failing": .count(state.backoffs.count), "may_be_adopted": .count(state.adoptions.count),
      "allocated": .count(state.allocations.count),
      "unproven": .array(state.unproven.map(\.json)),
      "lost_by_the_pbx": .array(
        losses.map { ["kind": .string($0.key.kind.rawValue), "number": .string($0.key.number), "at": .number($0.at)] }),
      "removals_waiting": .count(removals?.objects.count ?? 0),
      "first_removal_not_before": removals?.first.map(JSON.number) ?? .null,
      "held": .array(holds.map(\.json)), "pbx": .string(pbx), "other_pbx": .bool(otherPBX != nil),
      "ledger": .string(standing.ledger),
      "generation": .number(standing.generation), "backups": .array(backups.map(JSON.string)),
    ]
  }
}

extension String {
  fileprivate var capitalised: String { prefix(1).uppercased() + dropFirst() }
}
