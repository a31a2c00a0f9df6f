import Directory
package import Domain
import Executor
import Journal
import Platform

// Wanted objects that a run left out.

extension Conflict {
  /// Whether the change only waits for its next try.
  var isBackingOff: Bool { if case .backingOff = reason { true } else { false } }

  /// The next step where only one entry was read, and the others are as they were stored.
  package var remedyBesideOldEntries: String {
    switch reason {
    case .duplicate, .occupied:
      "if that has changed since it was last read, a complete run settles both: \(pbxsyncd) --sync-now; otherwise \(remedy)"
    default: remedy
    }
  }

  /// The remedy for several conflicts with the same reason: it names the number of none.
  package var remedyOfSeveral: String {
    let number = wanted.item.number
    let general = remedy.replacing(" sync \(shellQuoted(wanted.dn))", with: " sync WHO")
    return number.isEmpty ? general : general.replacing(" \(number)", with: " NUMBER")
  }

  /// Its report. It has no event if the PBX's answer was reported as one already.
  private var explanation: (event: MessageID?, topic: String, reason: String, remedy: String) {
    let (key, number) = (wanted.item.key, wanted.item.number)
    /// The other entry; one that was created again has the same DN.
    func other(_ dn: String) -> String { dn == wanted.dn ? "an earlier entry with this DN" : dn }
    return switch reason {
    case .duplicate(_, let dn):
      (
        .numberConflict, "duplicate number", "\(other(dn)) has the number \(number)",
        "give one of the two another number in the directory"
          + (key.kind == .contact
            ? ", or let them share it: [[contacts]] shared = \"company\" shows their company, \"first\" one of them"
            : "")
      )
    case .occupied(_, let dn):
      (
        .numberConflict, "number not free yet", "\(other(dn)) still holds the number \(number)",
        "give one of the two another number in the directory"
      )
    case .leaving(let object, let removal):
      (
        .numberConflict, "number not free yet",
        "the number \(number) still belongs to \(other(object.dn)) (\(object.absence?.reason.text ?? "gone")), "
          + removal.text(of: object),
        "\(removal.remedy), or give the entry another number"
      )
    case .protected:
      (
        .numberNotAllowed, "protected number", "the number \(number) is protected",
        "change [numbers] protected, or give the entry another number"
      )
    case .keptProtected(let reason):
      (
        .numberNotAllowed, "protected leaver",
        "it is no longer wanted (\(reason.text)) and is kept, because the number \(number) is protected",
        "take the number out of [numbers] protected to have it removed, or leave it to the PBX: \(pbxsyncd) release \(number)"
      )
    case .keptForeign(let reason, let since):
      (
        nil, "foreign number",
        "it is no longer wanted (\(reason.text)) and is kept, because the PBX has had another \(key.kind.rawValue) \(number) since "
          + "\(localTime(since)) or longer, and a call could reach either",
        "remove on the PBX what isn't needed, and show that by a table of what it has then (\(pbxsyncd) audit --csv FILE --yes); or leave "
          + "both to the PBX: \(pbxsyncd) release \(number)"
      )
    case .emergency:
      (
        .numberNotAllowed, "emergency number",
        "the number \(number) is an emergency number, and an extension with it would receive emergency calls",
        "give the entry another number; if such calls are meant to reach it, name \(number) in allow_emergency of [numbers]"
      )
    case .outOfRange:
      (
        .numberNotAllowed, "number out of range", "the number \(number) is outside the extension ranges",
        "widen [numbers] extension_ranges, or give the entry a number inside"
      )
    case .foreign(let since, _, _, let form?):
      (
        nil, "foreign number",
        "the PBX has had a foreign contact \(form), the same number in another form, since \(localTime(since)) or longer",
        "if it belongs to the entry, have it managed and get the directory's form by a table that shows it (\(pbxsyncd) adopt --csv "
          + "FILE); otherwise remove it on the PBX, and show that by a table of what it has then (\(pbxsyncd) audit --csv FILE --yes)"
      )
    case .foreign(let since, let nextAt, let isOfPool, nil):
      (
        nil, "foreign number",
        "the PBX has had a foreign \(key.kind.rawValue) \(number) since \(localTime(since)) or longer",
        foreignRemedy(isAskedAgain: nextAt != nil, isOfPool: isOfPool)
      )
    case .unproven(let unproven):
      (
        unproven.hasKnownValues ? .objectUnproven : nil, "unproven object",
        "\(unproven.text(of: key)), since \(localTime(unproven.since))",
        "\(key.adoptionRemedy), or remove it on the PBX"
      )
    case .refused(let answer, let since):
      (
        nil, "refused by the PBX",
        "the PBX refused it at \(localTime(since)): \(answer.errorCode) \(answer.message)",
        "change the value in the directory, or send it again: \(pbxsyncd) sync WHO"
      )
    case .quarantined(let until, _, let dn):
      (
        .numberResting, "number not free yet",
        "the number \(number) was \(dn.isEmpty ? "another entry" : other(dn))'s and is in quarantine until \(localTime(until))",
        "wait, or give the entry another number"
      )
    case .backingOff(let backoff, _) where backoff.key != wanted.item.key:
      (
        nil, "in back-off",
        "it follows the change of \(backoff.key), which failed \(counted(backoff.failures, "time")), last with "
          + "\"\(backoff.message)\", and waits until \(localTime(backoff.nextAt)); nothing was sent for \(wanted.item.key) itself",
        "see to \(backoff.key) first, which has a next step of its own; this change is made with it"
      )
    case .backingOff(let backoff, mayRepeatMail: true):
      (
        nil, "in back-off",
        "the answer to its update was lost (\(counted(backoff.failures, "time")), last \"\(backoff.message)\"), and each try may mail "
          + "the person, so all runs wait until \(localTime(backoff.nextAt))",
        "\(pbxsyncd) sync \(shellQuoted(wanted.dn)) sends it now"
      )
    case .backingOff(let backoff, mayRepeatMail: false):
      (
        nil, "in back-off",
        "it failed \(counted(backoff.failures, "time")), last with \"\(backoff.message)\", and is tried again at "
          + localTime(backoff.nextAt),
        "check the PBX's log; to retry now: \(pbxsyncd) --sync-now"
      )
    case .poolExhausted(let pool, let foreign):
      (
        .numberMissing, "pool exhausted",
        "\(wanted.dn) has no number, and the pool \(pool.rangesText) of \"\(pool.source)\" has no free number"
          + (foreign.isEmpty ? "" : "; the PBX has foreign extensions under \(foreign.listed(to: 10)) of it"),
        "widen extension.pool, or give the entry a number in the directory"
          + (foreign.isEmpty
            ? ""
            : ", or remove what the PBX has under the pool's numbers: each \(pbxsyncd) --sync-now asks for one of them")
      )
    case .restored(let pool, []):
      (
        .numberMissing, "number missing",
        "\(wanted.dn) has no number, and the restored ledger doesn't know whether the PBX has one for it in the pool "
          + "\(pool.rangesText) of \"\(pool.source)\"",
        "show all that the PBX has, with all columns: \(pbxsyncd) audit --csv FILE --yes; then the pool gives numbers again"
      )
    case .restored(let pool, let unclaimed):
      (
        .numberMissing, "number missing",
        "\(wanted.dn) has no number, and it is unknown who has \(unclaimed.listed(to: 10)) of the pool \(pool.rangesText), which a "
          + "table showed",
        "look at \(unclaimed.count == 1 ? "it" : "them") on the PBX: \(pbxsyncd) adopt NUMBER where it is the one of the person "
          + "with its mail address, or with its names if it has none, \(pbxsyncd) release NUMBER where it is nobody's here; then the pool gives numbers again"
      )
    case .poolUnknown(let pool, let taken):
      (
        .numberMissing, "number missing",
        "\(wanted.dn) has no number, and the PBX has more extensions in the pool \(pool.rangesText) of \"\(pool.source)\" than the ledger "
          + "knows there (\(taken.listed(to: 10))): one of them may be this person's, as after the loss of a ledger",
        "restore the lost ledger (\(pbxsyncd) ledger restore), or have the extensions adopted by a table of what the PBX has "
          + "(\(pbxsyncd) adopt --csv FILE); \(pbxsyncd) release NUMBER where one is nobody's here; then the pool gives numbers again"
      )
    case .numberGone:
      (
        .numberMissing, "number missing",
        "\(wanted.dn) no longer has a number in the directory, and still has extension \(number)",
        "restore the number in the directory, or set another"
      )
    case .numberLost:
      (
        .numberMissing, "number missing",
        "\(wanted.dn) no longer has a number in the directory, and the PBX lost its extension \(number); a number from the "
          + "pool would be its second one",
        "restore the number in the directory, or set another"
      )
    case .recreated(let object, let isDisabled, let removal):
      (
        .numberMissing, "number missing",
        "\(wanted.dn) has no number and looks like \(other(object.dn)), which \(isDisabled ? "is disabled" : "no source finds") and which still has \(object.key.number); "
          + "the pool allocates no number while that extension is there"
          + (removal.map { ", \($0.text(of: object))" } ?? ""),
        "restore the entry's number in the directory (probably \(object.key.number)); if the two are different people, approve the "
          + "removal of \(object.key.number)\(removal == nil ? " once it is held" : "") (\(pbxsyncd) approve), and the pool "
          + "allocates a number"
      )
    case .blocked:
      (
        .numberConflict, "blocked by a rejection", "it requires a change that an admin rejected",
        "approve the rejected set (\(pbxsyncd) approve lists it), or give the entry another number"
      )
    case .numbersHidden(let count):
      (
        .numberMissing, "number missing",
        "\(wanted.dn) has no number, and the pool allocates none: "
          + "\(counted(count, "entry no longer shows", "entries no longer show")) a number, so a free number may have a holder",
        "make sure that the bind identity can read the attribute and that it has its old name; if the numbers were really "
          + "removed, raise [removal] max_value_count or max_value_fall"
      )
    }
  }

  private func foreignRemedy(isAskedAgain: Bool, isOfPool: Bool) -> String {
    let again = "remove it on the PBX (each \(pbxsyncd) --sync-now asks again, and the daemon once a day)"
    if isOfPool {
      return "\(again), give the entry a number in the directory, or if it is the entry's, give a table that shows it "
        + "with its very values (\(pbxsyncd) adopt --csv FILE)"
    }
    let table = "show that by a table of what it has then (\(pbxsyncd) audit --csv FILE --yes)"
    let removal = isAskedAgain ? again : "remove it on the PBX, and \(table)"
    return "\(wanted.item.key.adoptionRemedy); otherwise \(removal), or give the entry another number"
  }

  /// What it is about, in a few words.
  package var topic: String { explanation.topic }
  package var reasonText: String { explanation.reason }
  package var remedy: String { explanation.remedy }

  /// Whether no action is needed: an admin protects a leaver's number.
  var isAsAdminWants: Bool { if case .keptProtected = reason { true } else { false } }

  /// Whether the topic says all of the reason but the number.
  var isExplainedByTopic: Bool {
    switch reason {
    case .protected, .emergency, .outOfRange: true
    default: false
    }
  }

  /// When time alone lets it be tried again, in seconds since 1970; nil where something must change first.
  package var dueAt: Timestamp? {
    switch reason {
    case .quarantined(let until, _, _): until
    case .backingOff(let backoff, _): backoff.nextAt
    case .foreign(_, let nextAt, _, _): nextAt
    default: nil
    }
  }

  var event: Event? {
    let (id, _, reason, remedy) = explanation
    return id.map {
      Event(
        $0, "Left out \(wanted.item.key): \(reason); \(remedy)", action: "skip", outcome: "conflict", wanted.item.key,
        of: wanted.entry, dn: wanted.dn, [.reason: reason, .remedy: remedy])
    }
  }

  var json: JSON {
    [
      "kind": .string(wanted.item.kind.rawValue), "number": .string(wanted.item.number),
      "name": .string(wanted.item.name), "dn": .string(wanted.dn), "entry": .string(wanted.entry.text),
      "reason": .string(reasonText), "remedy": .string(remedy),
    ]
  }
}

extension Conflict.Removal {
  /// The state of the object, as a clause.
  fileprivate func text(of object: ManagedObject) -> String {
    switch self {
    case .pending(let policy): object.absence?.dueText(policy) ?? "whose removal is pending"
    case .held: "whose removal is held"
    case .rejected: "whose removal an admin rejected"
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .pending: "wait"
    case .held: "decide on what is held (\(pbxsyncd) approve)"
    case .rejected: "approve the rejected removal after all (\(pbxsyncd) approve lists it)"
    }
  }
}

extension PhonebookOverflow {
  package var text: String {
    let left = counted(wantedObjects.count, "contact isn't", "contacts aren't")
    return "\(left) in the phonebook: it has \(present), and max_contacts is \(limit)"
  }

  package var remedy: String { "raise [pbx] max_contacts, or let the sources' filters match fewer" }

  var event: Event {
    Event(
      .phonebookFull, "\(text); \(remedy)",
      [
        .action: "skip", .kind: ObjectKind.contact.rawValue, .outcome: "skipped", .reason: text, .remedy: remedy,
      ])
  }

  var json: JSON {
    ["limit": .count(limit), "present": .count(present), "left_out": .count(wantedObjects.count)]
  }
}
