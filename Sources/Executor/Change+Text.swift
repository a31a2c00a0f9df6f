package import Domain
import Mapping
import Platform

/// The sentences in which plans and events speak of changes and wishes. One place, so that the table on the terminal,
/// the JSON and the journal say the same.
extension Change {
  package var actionWord: String { call.action.rawValue }

  package var causeText: String {
    switch cause {
    case .new: "new"
    case .wasTaken: "new, under a number that was taken before"
    case .allocated(let pool): "new, with a number allocated from the pool of \"\(pool)\""
    case .changed: "changed"
    case .takenOver(let entry): "number taken over from entry \(entry), which has another one now"
    case .handedOver(_, let dn): "the number was \(dn)'s, and is this entry's now"
    case .passedOn(let entry): "a shared number, for which entry \(entry) stood before"
    case .gone(let reason): "gone: \(reason.text)"
    case .inDoubt: "an earlier call's outcome isn't known"
    case .adopted: "taken over, as an admin allowed"
    case .undone(let run): "run \(run) is undone"
    }
  }

  /// What the object is called, before it goes or after it comes.
  package var name: String { call.item?.name ?? before?.item.name ?? "" }
}

extension ObjectKey {
  /// What an admin may do with an object of the PBX that isn't managed, as an imperative.
  package var adoptionRemedy: String {
    "if it is the entry's, take it over (\(pbxsyncd) adopt \(number)), which overwrites its values on the PBX"
  }
}

extension Absence.Reason {
  package var text: String {
    switch self {
    case .missing: "the entry isn't in the directory's answer any more"
    case .disabled: "the account is disabled"
    case .renumbered: "the entry is there and doesn't ask for this number any more"
    }
  }
}

extension Absence {
  /// When the removal may come, for a person to read.
  package func dueText(_ policy: RemovalPolicy) -> String {
    let needed = reads < policy.completeReads ? " of the \(policy.completeReads) that it takes" : ""
    let reads =
      reason == .disabled
      ? "" : ", missed by \(counted(reads, "complete read"))\(needed)"
    return "since \(localTime(since))\(reads), not before \(localTime(since + policy.after))"
  }
}

extension Conflict {
  package var reasonText: String {
    switch reason {
    case .duplicate(_, let dn): "\(dn) has the number \(wanted.item.number)"
    case .occupied(_, let dn): "\(dn) still holds the number \(wanted.item.number)"
    case .leaving(let object, let policy):
      "the number \(wanted.item.number) was \(object.dn)'s (\(object.absence?.reason.text ?? "gone"))"
        + (policy.flatMap { policy in object.absence.map { ", \($0.dueText(policy)), and passes on then" } }
          ?? ", whose removal is held")
    case .protected: "the number \(wanted.item.number) is protected"
    case .keptProtected(let reason):
      "it isn't wanted any more (\(reason.text)) and stays, for the number \(wanted.item.number) is protected"
    case .outOfRange: "the number \(wanted.item.number) lies outside the extension ranges"
    case .foreign(let since, _, _):
      "the PBX has had a foreign \(wanted.item.kind.rawValue) \(wanted.item.number) since \(localTime(since)) or longer"
    case .unproven(let unproven):
      "\(unproven.text(of: wanted.item.key)), since \(localTime(unproven.since))"
    case .refused(let answer, let since):
      "the PBX refused it at \(localTime(since)): \(answer.errorCode) \(answer.message)"
    case .quarantined(let until, _, let dn):
      "the number \(wanted.item.number) was \(dn.isEmpty ? "somebody" : dn)'s and rests until \(localTime(until))"
    case .backingOff(let backoff):
      "it failed \(counted(backoff.failures, "time")), last with \"\(backoff.message)\", and is tried again at "
        + localTime(backoff.nextAt)
    case .poolExhausted(let pool, let foreign):
      "\(wanted.dn) has no number, and the pool \(pool.rangesText) of \"\(pool.source)\" has none left"
        + (foreign.isEmpty ? "" : "; the PBX has foreign extensions under \(foreign.listed(to: 10)) of it")
    case .restored(let pool, let unclaimed):
      "\(wanted.dn) has no number, and "
        + (unclaimed.isEmpty
          ? "the restored ledger doesn't know whether the PBX has one for it in the pool \(pool.rangesText) of "
            + "\"\(pool.source)\""
          : "since the ledger was restored nobody knows whose \(unclaimed.listed(to: 10)) of the pool \(pool.rangesText) "
            + (unclaimed.count == 1 ? "is" : "are"))
    case .numberGone: "the directory gives \(wanted.dn) no number any more, and it has \(wanted.item.number) still"
    case .numberLost:
      "the directory gives \(wanted.dn) no number any more, and the PBX lost its \(wanted.item.number); one from the pool would be a "
        + "second one"
    case .madeAnew(let object):
      "\(wanted.dn) has no number and looks like \(object.dn), which isn't found any more and has \(object.key.number) still; until "
        + "that is removed the pool gives none"
    case .numbersHidden(let count):
      "\(wanted.dn) has no number, and the pool gives none: \(counted(count, "entry shows", "entries show")) no number any more, so a "
        + "free one may be somebody's"
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
    case .backingOff: "see what the PBX says; \(pbxsyncd) --sync-now tries at once"
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
    case .numberGone, .numberLost: "let the directory show its number again, or give it another"
    case .madeAnew(let object):
      "let the directory show its number (\(object.key.number), most likely), or wait for the removal of "
        + "\(object.key.number); what is held is decided by \(pbxsyncd) approve"
    case .numbersHidden:
      "see that the bind identity can read the attribute, and that it has its old name; where they really have none any more, raise "
        + "[removal] max_value_count or max_value_fall"
    }
  }
}

extension Unproven {
  /// Why nobody can say whose the object is, as a sentence without its end.
  package func text(of key: ObjectKey) -> String {
    switch reason {
    case .answerLost:
      "the answer to a call for \(key) was lost, and nothing shows whether the PBX's \(key) is ours"
    case .ledgerRestored: "an older ledger was restored, and nothing shows whether \(key) is as it says"
    case .pbxReplaced:
      "the PBX, or what it had there, was replaced, and nothing shows whether its \(key) is ours"
    case .lossDenied:
      "the PBX was seen not to have \(key), and says now that the number is taken: nothing shows whether it is ours"
    case .notInBackup:
      "the restored ledger doesn't know \(key), and the PBX says that the number is taken: nothing shows whether it is ours"
    }
  }
}

extension ManagedObject {
  /// That an object is unproven, and why.
  ///
  /// - Parameter name: whom it is for; nil for the name that is remembered.
  package func unprovenText(as name: String? = nil) -> String {
    let reason = unproven.map { "\($0.text(of: key)), since \(localTime($0.since))" } ?? ""
    let values = unproven?.hasOtherValues == true ? "; an audit showed other values there than were sent" : ""
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
  /// That no entry is of it, and what tells its entries.
  package var vacancy: String {
    let rule =
      switch membership {
      case .below(let base): "base = \"\(base)\""
      case .valued(let attribute, let value): "attribute = \"\(attribute)\", value = \"\(value)\""
      }
    return "No entry is of the site \"\(name)\" (\(rule))"
  }

  package var remedy: String {
    "mend its rule in [[sites]], see whether an earlier site has its entries, or take it out"
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
  /// Whether the PBX tells, as a sentence without its end.
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
