import Configuration
import Domain
import Ledger
import Platform

extension Invocation {
  /// What is: the last run and read, what is ours, and what waits for somebody. Where the configuration isn't right that is said
  /// first, and then what the ledger says.
  public func status() async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      guard let ledger = try State.ledgerToRead(folder, setup.clock) else {
        return Reply(text: "No run yet: there is no ledger in \(folder).\n", json: ["ledger": .null])
      }
      return try await Status(ledger, in: folder, setup).reply
    } knowing: { error in
      guard let folder = error.stateDirectory, let ledger = try State.ledgerToRead(folder) else { return nil }
      return try await Status(ledger, in: folder, nil).reply
    }
  }
}

private struct Status {
  let standing: Standing
  let now: Seconds
  let run: Run?
  let reads: (any: ReadRecord?, complete: ReadRecord?)
  let memory: Memory
  let holds: [Hold]
  let losses: [Freed]
  let removals: RemovalsWaiting?
  let backups: [String]
  let pbx: String
  let service: (pid: Int32, isAlike: Bool)?
  /// Why nothing is sent, where the ledger is of another PBX.
  let otherPBX: Failure?
  /// How long who isn't wanted any more keeps a phone; nil where the configuration isn't right.
  let removal: RemovalPolicy?

  /// - Parameter setup: nil where the configuration isn't right: then nothing is said that depends on it.
  init(_ ledger: Ledger, in folder: String, _ setup: Setup?) async throws {
    standing = try await Standing(of: ledger)
    now = ledger.now()
    run = try await ledger.runs(last: 1).first
    reads = try await ledger.lastReads()
    memory = try await ledger.memory()
    holds = try await ledger.holds()
    losses = memory.open(try await ledger.losses(), holds: holds, lastEnd: run?.end)
    backups = Backup.all(of: State.ledgerFile(folder), at: Clock.system.wall)
    pbx = try await ledger.pbx()
    service = State.service(folder, setup?.configuration.digest)
    if let setup {
      otherPBX = try await State.otherPBX(ledger, setup).map { Failure(ledgerOf: $0, setup) }
    } else {
      otherPBX = nil
    }
    removal = setup?.configuration.removal
    removals = memory.removalsWaiting(beside: holds, removal)
  }

  var reply: Reply { Reply(text: paragraph(lines), json: json) }

  private var lines: [String] {
    [serviceLine] + waiting + facts
  }

  /// What an admin, or the next run, has to do with.
  private var waiting: [String] {
    var lines = otherPBX.map { ["Stopped: \($0.text)"] } ?? []
    lines += holds.flatMap(\.lines)
    lines += (reads.any?.searches ?? []).compactMap(\.fallLine)
    lines += UnprovenGroup.all(of: memory.unproven.compactMap { UnprovenObject($0) }).map { group in
      let count = group.objects.count
      return "Unproven\(count == 1 ? "" : " (\(count))"): \(group.text)"
    }
    lines += doubts.map { doubt, nextTry in
      "In doubt: \(doubt.call.verb.rawValue) \(doubt.call.key)\(doubt.call.item.map { ", \($0.name)" } ?? ", \(doubt.dn)"); "
        + Doubt.nextTryText(nextTry)
    }
    if let removals { lines.append(removals.text(at: now)) }
    if let first = losses.first {
      lines.append(
        "Lost by the PBX since \(localTime(first.at)): \(losses.map { "\($0.key)" }.listed(to: 10)); "
          + Ending.lossRemedy)
    }
    return lines
  }

  private var facts: [String] {
    var lines = [run.map { "Last run: \($0.line)" } ?? "No run yet"]
    if let read = reads.any { lines.append("Last read: \(read.text)") }
    if let read = reads.complete, read != reads.any { lines.append("Last complete read: \(read.text)") }
    lines += (reads.complete ?? reads.any)?.valueLines ?? []
    for kind in Kind.allCases {
      let ours = memory.managed.filter { $0.key.kind == kind }
      let adopted = ours.count { $0.ownership == .adopted }
      let absent = ours.count { $0.absence != nil }
      lines.append(
        "\(kind.rawValue.capitalised)s: \(ours.count) ours, \(adopted) of them adopted, \(absent) not wanted any more")
    }
    for (count, what) in counts where count > 0 { lines.append("\(what): \(count)") }
    lines += memory.permissionLines
    lines.append(
      "Ledger: \(standing.ledger), generation \(standing.generation), \(counted(backups.count, "backup"))"
        + (backups.last.map { ", the last is \($0)" } ?? ""))
    if !pbx.isEmpty { lines.append("PBX: \(pbx)") }
    return lines
  }

  /// Each call in doubt, and when the daemon tries it again, where it waits with that.
  private var doubts: [(doubt: Doubt, nextTry: Seconds?)] {
    let setbacks = Dictionary(memory.setbacks.map { ($0.key, $0.nextAt) }, uniquingKeysWith: { first, _ in first })
    return memory.doubts.map { doubt in (doubt, setbacks[doubt.call.key].flatMap { $0 > now ? $0 : nil }) }
  }

  private var serviceLine: String {
    guard let service else { return "Service: none runs" }
    let ours = "Service: process \(service.pid), with this configuration"
    if removal == nil { return "Service: process \(service.pid), with the configuration that it read before" }
    return service.isAlike
      ? ours
      : "Service: process \(service.pid), with another configuration than this; next step: \(State.reloading(service.pid))"
  }

  private var counts: [(Int, String)] {
    [
      (memory.refusals.count { $0.answer.verdict != .taken }, "Refused by the PBX (\(pbxsyncd) conflicts)"),
      (memory.foreignKeys.count, "Foreign on the PBX (\(pbxsyncd) conflicts lists those that are wanted)"),
      (memory.setbacks.count, "Failing, and tried ever more seldom"),
      (memory.allocations.count, "Numbers allocated from pools"),
    ]
  }

  private var json: JSON {
    [
      "service": service.map { ["pid": .number(Int64($0.pid)), "has_this_configuration": .bool($0.isAlike)] } ?? .null,
      "run": run?.json ?? .null, "last_read": reads.any?.json ?? .null,
      "last_complete_read": reads.complete?.json ?? .null,
      "owned": .object(
        Kind.allCases.map { kind in
          let ours = memory.managed.filter { $0.key.kind == kind }
          let counts: JSON = [
            "count": .count(ours.count), "adopted": .count(ours.count { $0.ownership == .adopted }),
            "absent": .count(ours.count { $0.absence != nil }),
          ]
          return (kind.rawValue, counts)
        }),
      "in_doubt": .count(memory.doubts.count),
      "calls_in_doubt": .array(
        doubts.map { doubt, nextTry in
          [
            "action": .string(doubt.call.verb.rawValue), "kind": .string(doubt.call.key.kind.rawValue),
            "number": .string(doubt.call.key.number), "dn": .string(doubt.dn),
            "next_at": nextTry.map(JSON.number) ?? .null,
          ]
        }),
      "refused": .count(memory.refusals.count),
      "failing": .count(memory.setbacks.count), "may_be_adopted": .count(memory.adoptions.count),
      "allocated": .count(memory.allocations.count),
      "unproven": .array(memory.unproven.map(\.json)),
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
