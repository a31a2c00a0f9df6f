import Configuration
import Directory
import Domain
import Ledger
import Platform
import Sync

/// The state of an installation: the ledger's, and the service's.
struct StatusReport {
  let standing: LedgerVersion
  let now: Timestamp
  let run: Run?
  /// The last run that changed something on the PBX.
  let lastChange: Run?
  let lastAnswer: (answer: CallResult, at: Timestamp)?
  let reads: (any: ReadReport?, complete: ReadReport?)
  let state: LedgerState
  /// Entries with invalid data.
  let invalidEntries: Int
  /// Fields without a usable value in the directory.
  let keptFields: Int
  /// The conflicts that runs found.
  let conflicts: Int
  let holds: [HeldSetRecord]
  /// Drops in a source's entries that an admin may accept.
  let drops: [EntryDrop]
  let losses: [FormerHolder]
  let removals: RemovalsWaiting?
  /// Pending removals that will be held.
  let removalMasses: [RemovalMass]
  /// The ways by which the last alert couldn't be sent.
  let failingAlerts: [(way: AlertWay, failures: AlertFailures)]
  let backups: [String]
  let pbx: String
  let service: RunningService?
  /// Another process than the service that has the ledger's lock.
  let worker: Worker?
  /// Why nothing is sent, if the ledger belongs to another PBX.
  let otherPBX: RunError?
  /// The policy for removals; nil if the configuration is wrong.
  let removal: RemovalPolicy?
  let schedule: Configuration.ScheduleSection?
  /// That the state folder's disk is full; nil if it isn't.
  let fullDisk: String?

  /// - Parameter setup: nil if the configuration is wrong: then values that depend on it are left out.
  init(_ ledger: Ledger, in folder: String, _ setup: CompiledConfiguration?) async throws {
    standing = try await LedgerVersion(of: ledger)
    now = ledger.now()
    run = try await ledger.runs(last: 1).first
    lastChange = try await ledger.lastChangingRun()
    lastAnswer = try await ledger.lastAnswer()
    reads = try await ledger.lastReads()
    state = try await ledger.state()
    let problems = try await ledger.problems()
    (invalidEntries, keptFields) = (problems.invalidEntries, problems.keptFields)
    conflicts = try await ledger.conflictCount()
    holds = try await ledger.holds()
    drops = try await ledger.drops()
    losses = state.open(try await ledger.losses(), holds: holds, lastEnd: run?.end)
    var failing: [(way: AlertWay, failures: AlertFailures)] = []
    for way in setup.map({ AlertSender($0).ways }) ?? [] {
      if let failures = try await ledger.alerts(by: way.rawValue).failures { failing.append((way, failures)) }
    }
    failingAlerts = failing
    backups = Backup.all(of: StateFolder.ledgerFile(folder), at: Clock.system.wall)
    pbx = try await ledger.pbx()
    let service = StateFolder.service(folder, setup?.configuration.digest)
    self.service = service
    worker = StateFolder.worker(folder).flatMap { $0.pid == service?.pid ? nil : $0 }
    if let setup {
      otherPBX = try await StateFolder.otherPBX(ledger, setup).map { RunError(ledgerOf: $0, setup) }
    } else {
      otherPBX = nil
    }
    removal = setup?.configuration.removal
    schedule = setup?.configuration.schedule
    removals = state.removalsWaiting(beside: holds, removal)
    removalMasses =
      if let policy = setup?.configuration.removal { state.removalMasses(beside: holds, policy, at: now) } else { [] }
    fullDisk = freeSpace(of: folder).flatMap { free in
      free < Ledger.leastRoom ? "the disk of \(folder) is full: \(free / 1024) KiB are free, so runs send nothing" : nil
    }
  }

  /// Why the service's last run failed, if no later run has ended well; nil otherwise. A run that can't write to the ledger isn't in it.
  var serviceFailure: ServiceState.Failure? {
    guard let failure = service?.state?.failure else { return nil }
    guard let end = run?.end, end.at > failure.at || run?.hasFailed == true && end.summary.contains(failure.text)
    else {
      return failure
    }
    return nil
  }

  /// Changes that failed and aren't in doubt, which is reported by itself.
  var backoffs: [ChangeBackoff] {
    let inDoubt = Set(state.inDoubt.map(\.call.key))
    return state.backoffs.filter { !inDoubt.contains($0.key) }
  }

  /// The last call in doubt of each object, with the time of its next try if it is in back-off.
  var inDoubtCalls: [(inDoubtCall: InDoubtCall, nextTry: Timestamp?)] {
    let backoffs = Dictionary(state.backoffs.map { ($0.key, $0.nextAt) }, uniquingKeysWith: { first, _ in first })
    return state.lastInDoubt.map { inDoubtCall in
      (inDoubtCall, backoffs[inDoubtCall.call.key].flatMap { $0 > now ? $0 : nil })
    }
  }
}
