package import Domain
import Platform

/// The sentences that describe changes and conflicts. One place, so that the table on the terminal, the JSON and the
/// journal agree.
extension Change {
  package var actionWord: String { call.action.rawValue }

  /// Whether it overwrites a foreign object: one that an admin named, or one under a number that the PBX reported as taken.
  package var adoptsForeign: Bool { overwrites && !mayAdoptForeign || adopts && before == nil && cause == .wasTaken }

  /// Whether it adopts an object if the PBX turns out to have one, and adds it otherwise: nothing is known of the number so far.
  package var mayAdoptForeign: Bool { adopts && before == nil && cause == .new }

  /// What is to be done or was done, as the counts have it, although the call begins otherwise: an object that the PBX had lost or didn't
  /// have was added, and one that is adopted is updated.
  package func action(_ result: ChangeResult?) -> Call.Action {
    switch call.action {
    case .update
    where result.map { $0.wasLost || overwrites && $0.isDone && !$0.isAdoption(by: self) } ?? mayAdoptForeign:
      .add
    case .add where result?.isAdoption(by: self) ?? adoptsForeign: .update
    case .add, .update, .delete: call.action
    }
  }

  package var causeText: String {
    switch cause {
    case .new: mayAdoptForeign ? "new; if the PBX has it already, it is adopted, as existing = \"adopt\" says" : "new"
    case .wasTaken where adoptsForeign: "adopted, as existing = \"adopt\" says: the PBX reported the number as taken"
    case .wasTaken: "new, under a number that was taken before"
    case .allocated(let pool): "new, with a number allocated from the pool of \"\(pool)\""
    case .changed: "changed"
    case .vacated(let entry): "number handed over from entry \(entry), which now has another number"
    case .handedOver(_, let dn): "number handed over from \(dn), which no longer has it"
    case .representativeChanged(let entry): "shared number, represented by entry \(entry) before"
    case .gone(let reason): "no longer wanted: \(reason.text)"
    case .inDoubt: "the result of an earlier call is unknown"
    case .adopted: "adopted, as an admin allowed"
    case .undone(let run): "run \(run) is undone"
    }
  }

  /// The object's name: the new one, or the last one of a removed object.
  package var name: String { call.item?.name ?? before?.item.name ?? "" }
}

extension ObjectKey {
  /// What an admin may do with an unmanaged object of the PBX, as an imperative.
  package var adoptionRemedy: String {
    "if it belongs to the entry, adopt it (\(pbxsyncd) adopt \(number)), which overwrites its values on the PBX"
  }
}

extension Absence.Reason {
  package var text: String {
    switch self {
    case .missing: "no source finds the entry"
    case .disabled: "the account is disabled"
    case .renumbered: "the entry no longer has this number"
    }
  }
}

extension Absence {
  /// When the removal is due, for display.
  package func dueText(_ policy: RemovalPolicy) -> String {
    let needed = reads < policy.completeReads ? "\(reads) of \(counted(policy.completeReads, "complete read"))" : nil
    let found = needed ?? counted(reads, "complete read")
    let evidence =
      switch reason {
      case .missing: ", missing in \(found)"
      case .renumbered: ", seen in \(found)"
      case .disabled: ""
      }
    return "since \(localTime(since))\(evidence), earliest removal \(localTime(since + policy.after))"
  }
}

extension Unproven {
  /// An audit that showed values of which none identifies the object.
  package static let strangeValues =
    "an audit showed other values, by an edit on the PBX, of an object made by hand, or of another PBX or its data"

  /// That an audit showed other values, unless the reason says so; empty without.
  package var valuesText: String {
    hasOtherValues && reason != .pbxReplaced ? "; an audit showed other values than those sent" : ""
  }

  /// Why the object's owner is unknown, as a sentence without its full stop.
  package func text(of key: ObjectKey) -> String {
    switch reason {
    case .answerLost:
      "the answer to a call for \(key) was lost, and nothing shows whether the PBX's \(key) is managed"
    case .ledgerRestored: "an older ledger was restored, and nothing shows whether its record of \(key) is correct"
    case .pbxReplaced where hasOtherValues:
      "\(Unproven.strangeValues), and nothing shows whether the PBX's \(key) is managed"
    case .pbxReplaced:
      "the PBX or its data was replaced, and nothing shows whether its \(key) is managed"
    case .lossDenied:
      "the PBX didn't have \(key) and now reports the number as taken; nothing shows whether it is managed"
    case .notInBackup:
      "the restored ledger doesn't know \(key), and the PBX reports the number as taken; nothing shows whether it is managed"
    }
  }
}

extension ManagedObject {
  /// The report of an unproven object, with the reason.
  ///
  /// - Parameter name: the name of the entry that claims it; nil for the last known name.
  package func unprovenText(as name: String? = nil) -> String {
    let reason = unproven.map { "\($0.text(of: key)), since \(localTime($0.since))" } ?? ""
    return
      "\(key), \(name ?? item.name): \(reason)\(unproven?.valuesText ?? ""); it is never changed or deleted until it is proved or adopted"
  }

  package var unprovenRemedy: String {
    let proof =
      unproven?.hasKnownValues == true
      ? "prove it and all others by what the PBX exports (\(pbxsyncd) audit --csv FILE --yes), or " : ""
    return proof
      + "look at it on the PBX; if it is yours and wanted: \(pbxsyncd) adopt \(key.number); if not, remove it there or leave it "
      + "alone, then: \(pbxsyncd) release \(key.number)"
  }
}

extension NumberPool.Pick {
  package var words: String {
    switch self {
    case .lowest: "the lowest that is free"
    case .rested: "the one that rested longest"
    }
  }
}

extension PresenceKnowledge {
  /// Whether the PBX reveals taken numbers, as a sentence without its full stop.
  package var text: String {
    switch form {
    case .name: "This PBX tells by a refused call (an empty first name) whether a number is taken"
    case .email: "This PBX tells by a refused call (a wrong e-mail address) whether a number is taken"
    case nil:
      "This PBX doesn't tell by a refused call whether a number is taken: an add whose answer is lost stays unproven if the "
        + "number is taken afterwards"
    }
  }
}

extension FieldChange {
  package var text: String {
    old.isEmpty ? "\(field.rawValue) \(new)" : "\(field.rawValue) \(old) -> \(new.isEmpty ? "(empty)" : new)"
  }
}
