import Domain
import Executor
import Journal
import Ledger
import Platform
import Text

// What a run found that needs a person. Conflicts and invalid data of single entries are for the directory's admins: `conflicts`
// lists them, and they aren't alerts.

extension Finding {
  /// nil if nobody needs to be told.
  func alert(in report: RunReport) -> Alert? {
    switch self {
    case .incomplete(let reason): incompleteAlert(reason, report)
    case .conflict(let conflict): conflict.alert
    case .overflow(let overflow):
      Alert(
        AlertRecord.phonebook, "Contacts are left out: the phonebook is full",
        [.init([overflow.text], remedy: overflow.remedy)])
    case .held(let held): held.alert(in: report)
    case .unwritten(let result): result.alert
    case .failure: report.failure?.alert
    case .lost(let objects): lostAlert(objects)
    case .failing(let backoffs): failingAlert(backoffs)
    case .inDoubt(let calls): inDoubtAlert(calls)
    case .dueMass(let mass): mass.alert
    case .changedView, .vacantSite, .unmatched, .problem, .overtaken: nil
    }
  }

  private func incompleteAlert(_ reason: String, _ report: RunReport) -> Alert {
    let drops = report.read?.searches.compactMap(\.dropName) ?? []
    let decision = drops.map { "; if so few entries are right: \(pbxsyncd) approve \($0)" }.joined()
    let (key, title) =
      drops.isEmpty
      ? (AlertRecord.incompleteRead, "The directory can't be read completely, so nobody is removed")
      : (AlertRecord.drop, "The directory has far fewer entries than before, so nobody is removed")
    return Alert(
      key, title, [.init([reason], remedy: "find out what the directory hides from the bind identity\(decision)")],
      patience: Alert.patience)
  }

  private func lostAlert(_ keys: [ObjectKey]) -> Alert {
    let title = "The PBX lost \(counted(keys.count, "object"))"
    return Alert(
      AlertRecord.lost, detail: Alert.detail(of: keys), title,
      [.init([keys.map { "\($0)" }.listed(to: 20)], remedy: ChangeResult.lossRemedy)])
  }

  private func failingAlert(_ backoffs: [ChangeBackoff]) -> Alert {
    let title =
      "\(counted(backoffs.count, "change")) in back-off: the PBX fails to make \(backoffs.count == 1 ? "it" : "them")"
    let lines = backoffs.prefix(HeldTable.sample).map {
      "\($0.key): failed \(counted($0.failures, "time")), last with \"\($0.message)\"; next try \(localTime($0.nextAt))"
    }
    let rest = backoffs.count - lines.count
    return Alert(
      AlertRecord.failing, title,
      [
        .init(
          lines + (rest > 0 ? ["… and \(rest) more: \(pbxsyncd) conflicts"] : []),
          remedy: "check the PBX's log; to retry now: \(pbxsyncd) --sync-now, or an update whose answer was lost: "
            + "\(pbxsyncd) sync WHO, with the person's uid or mail address")
      ], patience: Alert.patience)
  }

  private func inDoubtAlert(_ calls: [InDoubtCall]) -> Alert {
    let title = "The result of \(counted(calls.count, "call")) is unknown"
    let keys = calls.map { "\($0.call.action.rawValue) \($0.call.key)" }
    return Alert(
      AlertRecord.inDoubt, title,
      [
        .init(
          [keys.listed(to: 20)],
          remedy: "find out why the PBX or the network loses answers; to ask again now: \(pbxsyncd) --sync-now, "
            + "or by an update that may mail a person: \(pbxsyncd) sync WHO, "
            + "with the person's uid or mail address")
      ], patience: Alert.hour)
  }
}

extension Alert {
  /// Tells one list of objects from another.
  static func detail(of keys: [ObjectKey]) -> String {
    String(digest(keys.sorted().map { "\($0)" }.joined(separator: "\n")).prefix(16))
  }
}

extension Alert {
  /// A configuration that a service refused when it was told to read it again.
  ///
  /// - Parameter reason: all its errors.
  package init(refusedConfiguration file: String, _ reason: String) {
    self.init(
      AlertRecord.configuration, "The configuration was refused, so the service still has the one before",
      [
        .init(
          reason.split(separator: "\n").map(String.init),
          remedy: "correct \(file), check it (\(pbxsyncd) --check-config), then: systemctl reload pbxsyncd")
      ])
  }
}

extension HeldSet {
  /// Who, why, and how to decide.
  fileprivate func alert(in report: RunReport) -> Alert {
    Alert(
      AlertRecord.key(ofHeld: action, kind, cause), detail: Alert.detail(ofSet: name, size: objects.count),
      "Held: \(headline)",
      [
        .init(
          [reason(report)] + table.sampleLines + ["Until you decide, none of it is sent, however long that takes."],
          remedy: decision)
      ])
  }
}

extension Conflict {
  /// Only of a pool that gives no number: that is the configuration's matter.
  fileprivate var alert: Alert? {
    let source: String
    switch reason {
    case .poolExhausted(let pool, _), .restored(let pool, _), .poolUnknown(let pool, _): source = pool.source
    case .numbersHidden: source = ""
    default: return nil
    }
    let title = source.isEmpty ? "Pools give no numbers" : "The pool of \"\(source)\" gives no numbers"
    return Alert(AlertRecord.Family.pool.key(of: source), title, [.init([reasonText], remedy: remedy)])
  }
}

extension WriteBackResult {
  fileprivate var alert: Alert? {
    guard let failure else { return nil }
    return Alert(
      AlertRecord.writeBack, "Numbers can't be written to the directory",
      [.init(["\(write.attribute) of \(write.dn): \(failure.reason)"], remedy: failure.remedy)])
  }
}

extension RunError {
  /// nil if an admin stopped it, or waits for another command.
  package var alert: Alert? {
    switch status {
    case .busy, .refused, .usage, .asWanted, .somethingToDo, .partly, .held: return nil
    case .dataError, .outOfReach, .stateNotWritable, .diskFailed, .notAuthorised, .configuration: break
    }
    if event == .runFinished || event == .lockAwaited { return nil }
    let next = remedy.isEmpty ? "\(pbxsyncd) doctor checks everything that a run depends on" : remedy
    return Alert(
      AlertRecord.Family.failure.key(of: event.name),
      "Runs fail: \(Self.title(of: event) ?? clause)",
      [.init([message], remedy: next)], patience: status == .outOfReach ? Alert.patience : 0)
  }

  /// The message up to its detail.
  private var clause: String {
    let text = message.prefix { $0 != ":" }
    return text.hasPrefix("The ") ? "t\(text.dropFirst())" : String(text)
  }

  private static func title(of event: MessageID) -> String? {
    switch event {
    case .keyRefused: "the PBX refuses the security key"
    case .directoryRefusedBind: "the directory refuses the bind"
    case .directoryUnreachable: "the directory is unreachable"
    case .pbxUnreachable: "the PBX is unreachable"
    case .configurationRefused: "the configuration can't be used"
    default: nil
    }
  }
}

extension RunReport {
  /// What needs a person, in the order of the findings.
  var alerts: [Alert] {
    let groups = UnprovenGroup.all(of: unproven)
    let objects = groups.flatMap(\.objects)
    let unproven =
      groups.isEmpty
      ? []
      : [
        Alert(
          AlertRecord.unproven, detail: Alert.detail(of: objects.map(\.key)),
          "It is unknown whether \(counted(objects.count, "object")) of the PBX \(objects.count == 1 ? "is" : "are") managed",
          groups.map { .init(["\($0.numbers): \($0.cause)"], remedy: $0.remedy) })
      ]
    return Alert.merged(findings.compactMap { $0.alert(in: self) } + unproven)
  }
}
