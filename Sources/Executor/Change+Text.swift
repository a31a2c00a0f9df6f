package import Domain
import Mapping
import Platform

/// The sentences that describe changes and conflicts. One place, so that the table on the terminal, the JSON and the
/// journal agree.
extension Change {
  package var actionWord: String { call.action.rawValue }

  package var causeText: String {
    switch cause {
    case .new: "new"
    case .wasTaken: "new, under a number that was taken before"
    case .allocated(let pool): "new, with a number allocated from the pool of \"\(pool)\""
    case .changed: "changed"
    case .takenOver(let entry): "number handed over from entry \(entry), which now has another number"
    case .handedOver(_, let dn): "number handed over from \(dn), which no longer has it"
    case .passedOn(let entry): "shared number, represented by entry \(entry) before"
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
    case .missing: "the entry is no longer found in the directory"
    case .disabled: "the account is disabled"
    case .renumbered: "the entry now has a different number"
    }
  }
}

extension Absence {
  /// When the removal is due, for display.
  package func dueText(_ policy: RemovalPolicy) -> String {
    let needed = reads < policy.completeReads ? "\(reads) of \(counted(policy.completeReads, "complete read"))" : nil
    let missing = reason == .disabled ? "" : ", missing in \(needed ?? counted(reads, "complete read"))"
    return "since \(localTime(since))\(missing), earliest removal \(localTime(since + policy.after))"
  }
}

extension Conflict {
  package var reasonText: String {
    switch reason {
    case .duplicate(_, let dn): "\(dn) has the number \(wanted.item.number)"
    case .occupied(_, let dn): "\(dn) still holds the number \(wanted.item.number)"
    case .leaving(let object, let policy):
      "the number \(wanted.item.number) still belongs to \(object.dn) (\(object.absence?.reason.text ?? "gone"))"
        + (policy.flatMap { policy in object.absence.map { ", \($0.dueText(policy))" } } ?? ", whose removal is held")
    case .protected: "the number \(wanted.item.number) is protected"
    case .keptProtected(let reason):
      "it is no longer wanted (\(reason.text)) and is kept, because the number \(wanted.item.number) is protected"
    case .outOfRange: "the number \(wanted.item.number) is outside the extension ranges"
    case .foreign(let since, _, _):
      "the PBX has had a foreign \(wanted.item.kind.rawValue) \(wanted.item.number) since \(localTime(since)) or longer"
    case .unproven(let unproven):
      "\(unproven.text(of: wanted.item.key)), since \(localTime(unproven.since))"
    case .refused(let answer, let since):
      "the PBX refused it at \(localTime(since)): \(answer.errorCode) \(answer.message)"
    case .quarantined(let until, _, let dn):
      "the number \(wanted.item.number) was \(dn.isEmpty ? "another entry" : dn)'s and is in quarantine until "
        + localTime(until)
    case .backingOff(let backoff):
      "it failed \(counted(backoff.failures, "time")), last with \"\(backoff.message)\", and is tried again at "
        + localTime(backoff.nextAt)
    case .poolExhausted(let pool, let foreign):
      "\(wanted.dn) has no number, and the pool \(pool.rangesText) of \"\(pool.source)\" has no free number"
        + (foreign.isEmpty ? "" : "; the PBX has foreign extensions under \(foreign.listed(to: 10)) of it")
    case .restored(let pool, let unclaimed):
      "\(wanted.dn) has no number, and "
        + (unclaimed.isEmpty
          ? "the restored ledger doesn't know whether the PBX has one for it in the pool \(pool.rangesText) of "
            + "\"\(pool.source)\""
          : "after the restore of the ledger it is unknown who has \(unclaimed.listed(to: 10)) of the pool \(pool.rangesText)")
    case .numberGone:
      "\(wanted.dn) no longer has a number in the directory, and still has extension \(wanted.item.number)"
    case .numberLost:
      "\(wanted.dn) no longer has a number in the directory, and the PBX lost its extension \(wanted.item.number); "
        + "a number from the pool would be its second one"
    case .recreated(let object):
      "\(wanted.dn) has no number and looks like \(object.dn), which is no longer found and still has \(object.key.number); "
        + "the pool allocates no number until that extension is removed"
    case .numbersHidden(let count):
      "\(wanted.dn) has no number, and the pool allocates none: \(counted(count, "entry no longer shows", "entries no longer show")) "
        + "a number, so a free number may have a holder"
    }
  }

  package var remedy: String {
    switch reason {
    case .leaving(_, nil): "decide on what is held (\(pbxsyncd) approve), or give the entry another number"
    case .leaving: "wait, or give the entry another number"
    case .duplicate, .occupied: "give one of the two another number in the directory"
    case .protected: "change [numbers] protected, or give the entry another number"
    case .keptProtected:
      "take the number out of [numbers] protected to have it removed, or leave it to the PBX: \(pbxsyncd) release "
        + wanted.item.number
    case .outOfRange: "widen [numbers] extension_ranges, or give the entry a number inside"
    case .foreign(_, _, isOfPool: true):
      "remove it on the PBX (each \(pbxsyncd) --sync-now asks again, and the daemon once a day), give the entry a number in the "
        + "directory, or if it is the entry's, give a table that shows it with its very values (\(pbxsyncd) adopt --csv FILE)"
    case .foreign(_, nil, _):
      "remove it on the PBX, and show that by a table of what it has then (\(pbxsyncd) audit --csv FILE --yes), "
        + "\(wanted.item.key.adoptionRemedy), or give the entry another number"
    case .foreign:
      "remove it on the PBX (each \(pbxsyncd) --sync-now asks again, and the daemon once a day), "
        + "\(wanted.item.key.adoptionRemedy), or give the entry another number"
    case .unproven: "\(wanted.item.key.adoptionRemedy), or remove it on the PBX"
    case .refused: "change the value in the directory"
    case .quarantined: "wait, or give the entry another number"
    case .backingOff: "check the PBX's log; to retry now: \(pbxsyncd) --sync-now"
    case .poolExhausted(_, let foreign):
      "widen extension.pool, or give the entry a number in the directory"
        + (foreign.isEmpty
          ? ""
          : ", or remove what the PBX has under the pool's numbers: each \(pbxsyncd) --sync-now asks for one of them")
    case .restored(_, []):
      "show all that the PBX has, with all columns: \(pbxsyncd) audit --csv FILE --yes; then the pool gives numbers again"
    case .restored(_, let unclaimed):
      "look at \(unclaimed.count == 1 ? "it" : "them") on the PBX: \(pbxsyncd) adopt NUMBER where it is the one of the person with "
        + "its mail address, \(pbxsyncd) release NUMBER where it is nobody's here; then the pool gives numbers again"
    case .numberGone, .numberLost: "restore the number in the directory, or set another"
    case .recreated(let object):
      "restore the entry's number in the directory (probably \(object.key.number)), or wait for the removal of "
        + "\(object.key.number); to decide on held changes: \(pbxsyncd) approve"
    case .numbersHidden:
      "make sure that the bind identity can read the attribute and that it has its old name; if the numbers were really removed, raise "
        + "[removal] max_value_count or max_value_fall"
    }
  }
}

extension Unproven {
  /// Why the object's owner is unknown, as a sentence without its full stop.
  package func text(of key: ObjectKey) -> String {
    switch reason {
    case .answerLost:
      "the answer to a call for \(key) was lost, and nothing shows whether the PBX's \(key) is managed"
    case .ledgerRestored: "an older ledger was restored, and nothing shows whether its record of \(key) is correct"
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
    let values = unproven?.hasOtherValues == true ? "; an audit showed other values than those sent" : ""
    return
      "\(key), \(name ?? item.name): \(reason)\(values); it is never changed or deleted until it is proved or adopted"
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

extension Site {
  /// The report of a site without entries, with the site's rule.
  package var vacancy: String {
    let rule =
      switch membership {
      case .below(let base): "base = \"\(base)\""
      case .valued(let attribute, let value): "attribute = \"\(attribute)\", value = \"\(value)\""
      }
    return "Site \"\(name)\" has no entries (\(rule))"
  }

  package var remedy: String {
    "correct its rule in [[sites]], check whether an earlier site selects its entries, or delete the site"
  }
}

extension MappingProblem {
  package var text: String {
    let value = value.isEmpty ? "" : " \"\(value)\""
    let attribute = attribute.isEmpty ? "" : " (\(attribute)\(value))"
    return "\(dn): \(reason)\(attribute)"
  }
}

extension PhonebookOverflow {
  package var text: String {
    let left = counted(wantedObjects.count, "contact isn't", "contacts aren't")
    return "\(left) in the phonebook: it has \(present), and max_contacts is \(limit)"
  }

  package var remedy: String { "raise [pbx] max_contacts, or let the sources' filters match fewer" }
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
