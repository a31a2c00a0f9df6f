/// What kind of event it is, by an id that stays the same for good, in the journal's field `MESSAGE_ID`.
///
/// `docs/events.md` lists them; `journalctl MESSAGE_ID=...` finds them.
public struct MessageID: Hashable, Sendable {
  /// As in the name of the constant.
  public let name: String
  /// 128 random bits as 32 digits, as systemd.journal-fields(7) asks.
  public let text: String
  /// What events of this kind have unless one says otherwise.
  public let level: Level
  /// What it means to an admin.
  public let meaning: String

  private init(_ name: String, _ level: Level, _ text: String, _ meaning: String) {
    self.name = name
    self.level = level
    self.text = text
    self.meaning = meaning
  }
}

// Made with `systemd-id128 new`. Once released, an id is never changed or given to another kind.
extension MessageID {
  public static let serviceStarted = MessageID(
    "serviceStarted", .info, "5b18099c796745a1afb539d16e690c1d",
    "The service is up and has read its configuration.")
  public static let serviceStopping = MessageID(
    "serviceStopping", .info, "b0aad8d0a24840abbd431e573fa234c4",
    "The service was asked to stop, and finishes what it has begun.")
  public static let configurationReloaded = MessageID(
    "configurationReloaded", .info, "e5454f6461834129a07d9f7a1154388f",
    "A changed configuration was read and is in force.")
  public static let configurationRefused = MessageID(
    "configurationRefused", .error, "0656c0585ced4160bc4cd512c886eb3a",
    "The configuration has errors, each of which the message names with its line; one that was in force stays so.")
  public static let runFinished = MessageID(
    "runFinished", .info, "76f868f638e04d7890aecff8d33b1aad",
    "A run came to its end; the fields count what it did.")
  public static let runFailed = MessageID(
    "runFailed", .error, "496c56df1f0e4b8c9afae02251d1943c",
    "A run stopped before its end; PBX_REASON says why.")
  public static let readIncomplete = MessageID(
    "readIncomplete", .warning, "21492b3ff85845019647065c9cadd0b2",
    "The directory couldn't be read whole, so nothing is removed on the strength of this read.")
  public static let searchMade = MessageID(
    "searchMade", .debug, "eac17d45b09e4280b3ae4a161a014d35",
    "A search, as the ldapsearch command that repeats it.")
  public static let added = MessageID(
    "added", .notice, "d8709d784ca44c6cb8e180affdecb821",
    "The PBX has a new extension or contact.")
  public static let updated = MessageID(
    "updated", .notice, "f3f30074991c4d8f8fa190185a785eed",
    "An extension or contact has new values; PBX_CHANGED names the fields.")
  public static let deleted = MessageID(
    "deleted", .notice, "5aefd50e6af54f12b29bae5eb776f979",
    "An extension or contact was removed.")
  public static let changeFailed = MessageID(
    "changeFailed", .warning, "6f1e07d9b0b040bbad1b84314ab42293",
    "The PBX couldn't make a change; the next run tries again.")
  public static let changeInDoubt = MessageID(
    "changeInDoubt", .warning, "299aec45a47242429ec4762de9acce2f",
    "No clear answer came, so it isn't known whether a change was made; the text says when that is found out.")
  public static let objectRefused = MessageID(
    "objectRefused", .warning, "f0f5457be11545c5bda9e00b71382602",
    "The PBX refuses the values; they are not sent again until they change in the directory.")
  public static let numberConflict = MessageID(
    "numberConflict", .warning, "94b58893806043589b522bb36cd5e2cd",
    "Two entries want one number; PBX_REASON names the one that keeps it.")
  public static let numberNotAllowed = MessageID(
    "numberNotAllowed", .warning, "e73dcc1e57464282bfd2827e27f53f6d",
    "A number is protected or outside the ranges that may be used.")
  public static let foreignObject = MessageID(
    "foreignObject", .warning, "0401982276ce421e85ea8a15eca00b03",
    "The number is taken on the PBX by an object that isn't ours, so it isn't touched.")
  public static let objectUnproven = MessageID(
    "objectUnproven", .warning, "5d1c8f0e6b7a4c39a2e4d7f15b90c3e8",
    "The PBX has an object under the number, and nothing proves that it is ours, so it isn't touched.")
  public static let presenceLearned = MessageID(
    "presenceLearned", .info, "c27d3f9a41e84d0fb6a95e0d8f7b2164",
    "It was found out whether the PBX tells by a refused call that a number is taken.")
  public static let entryUnmappable = MessageID(
    "entryUnmappable", .warning, "3ca1bbe523a54cbe931daa9e970b2790",
    "An entry, or a field of it, can't become what the configuration asks for; PBX_REMEDY says how to mend it.")
  public static let removalsHeld = MessageID(
    "removalsHeld", .error, "6034c74c4f274a27809e808d4af0bdc2",
    "A limit of [removal], a change of the search settings, or an audit that showed again what had been removed, stops removals of one kind; the message names them."
  )
  public static let keyRefused = MessageID(
    "keyRefused", .error, "b6e13c8ac56d47ff9042b3f213f5e10e",
    "The PBX refuses the security key; nothing more is sent until it takes one.")
  public static let directoryUnreachable = MessageID(
    "directoryUnreachable", .error, "4def55043c484b8b96b66e6cba0b170c",
    "No directory server answers, or none that can be trusted.")
  public static let directoryRefusedBind = MessageID(
    "directoryRefusedBind", .error, "b295fa20d587466a90ad8d48460b3e02",
    "The directory refuses the bind DN or its password.")
  public static let pbxUnreachable = MessageID(
    "pbxUnreachable", .error, "e8547654dc1c4300bfdb6e31f7eb72a8",
    "The PBX doesn't answer, or can't be trusted.")
  public static let readCertified = MessageID(
    "readCertified", .info, "4901efec55ea464f96bcf3718140128d",
    "The directory was read whole; the message is the read's certificate.")
  public static let viewChanged = MessageID(
    "viewChanged", .warning, "4ba6348fcd5f40abaa1b42d2ec50d558",
    "The search settings have changed since the last complete read: whoever the first complete read with the new ones doesn't show stays until an admin decides; who leaves later goes as usual."
  )
  public static let numberResting = MessageID(
    "numberResting", .warning, "dab11896ee6646cead47bb06b376bf20",
    "A number was freed by a removal and rests before somebody else gets it.")
  public static let adopted = MessageID(
    "adopted", .notice, "402b37ee4b8a4ee29cc06f2311e4d8d6",
    "An object of the PBX that wasn't ours was taken over.")
  public static let removalsApproved = MessageID(
    "removalsApproved", .notice, "16736bffa1724d27b99f0f383483d37e",
    "An admin approved a set of held removals; the next run makes them.")
  public static let removalsRejected = MessageID(
    "removalsRejected", .notice, "f7412c80817c481583a38531871a0819",
    "An admin rejected a set of held removals; its objects stay. Where a limit held them, their absence is counted anew."
  )
  public static let fallAccepted = MessageID(
    "fallAccepted", .notice, "effc19bc973a41158d62144fbf795fb2",
    "An admin believes that a source gives so few entries.")
  public static let adoptionAllowed = MessageID(
    "adoptionAllowed", .notice, "9de65e367d224951847af5f58fb26864",
    "An admin let objects of the PBX be taken over, for a day, as soon as the directory wants them.")
  public static let recovered = MessageID(
    "recovered", .notice, "b6e11c6822694af5ac34cb905e4a31c5",
    "What kept the runs from working is over.")
  public static let backupFailed = MessageID(
    "backupFailed", .warning, "4308db875d58447f8ca28ece399d428e",
    "The ledger's daily backup couldn't be made.")
  public static let metricsFailed = MessageID(
    "metricsFailed", .warning, "5d349735aa634e15b64ae0914449be7f",
    "The file for Prometheus couldn't be written.")
  public static let ledgerRestored = MessageID(
    "ledgerRestored", .notice, "23f0a309fd3e4ba4bf13fea04146a508",
    "A backup was put in the place of the ledger.")
  public static let ledgerRebound = MessageID(
    "ledgerRebound", .notice, "1be33b5710e747d9a05b0833d31b5e55",
    "The ledger was bound to another PBX, as an admin said.")
  public static let listening = MessageID(
    "listening", .info, "d9d9d1b4e97845f7afa11e92a61b940e",
    "The directory server tells of changes as they happen, so each reaches the PBX at once.")
  public static let notListening = MessageID(
    "notListening", .info, "fc202b9f08a74845b1f5bf5b1069b42d",
    "The directory server doesn't tell of changes, or does no more, so it is asked at each poll.")
  public static let siteVacant = MessageID(
    "siteVacant", .warning, "de006541b1bb4c8b949e1d1873c94d32",
    "No entry of a complete read is of a site of the configuration.")
  public static let exclusionUnmatched = MessageID(
    "exclusionUnmatched", .warning, "7a929995bfaf4437a34ed27875a06ea4",
    "A line among the exclusions of a source names none of its entries, so it keeps nobody out.")
  public static let numberAllocated = MessageID(
    "numberAllocated", .notice, "eadc3cc31da34837b9d821d710bc12ad",
    "An entry to which the directory gives no number was given one of its source's pool.")
  public static let numberMissing = MessageID(
    "numberMissing", .warning, "f1033f46b3784bdf95afb986a964b381",
    "An entry has no number: its source's pool is exhausted, or the directory no longer shows the one it had.")
  public static let directoryWritten = MessageID(
    "directoryWritten", .notice, "1284c16461d245889dbb094c024d21b9",
    "An allocated number was written to the directory.")
  public static let directoryWriteFailed = MessageID(
    "directoryWriteFailed", .warning, "f40b94a3967f4ddea5f035545bd88784",
    "An allocated number couldn't be written to the directory; the next run tries again.")
  public static let phonebookFull = MessageID(
    "phonebookFull", .warning, "b4af6ab99a24491f870d9e55c6ed9856",
    "The phonebook may hold no more contacts, so some weren't added; the message counts them.")
  public static let pbxLostObject = MessageID(
    "pbxLostObject", .warning, "27a810a58f214e16939230b3469db3e4",
    "The PBX didn't have an object of ours any more: it may have gone back in time, or somebody removed it there.")
  public static let released = MessageID(
    "released", .notice, "8a4eae66c8044f34ba6c1f728a26e1e5",
    "An admin ended the management of an object: it stays on the PBX, and nothing is sent about it.")
  public static let auditFinished = MessageID(
    "auditFinished", .notice, "d14ef8238c0c469b84eaf2083bfef60e",
    "The ledger was corrected by what the PBX was seen to have, and the run that follows sends again what is missing; or the daemon has asked for all extensions after a loss."
  )
  public static let personForgotten = MessageID(
    "personForgotten", .notice, "b7fa2e1d96354e2ab638520486184723",
    "An admin had a person's data removed from the ledger.")
  public static let ledgerMade = MessageID(
    "ledgerMade", .notice, "0b1f7f9266cc4d3ba6529b50c679ea06",
    "There was no ledger, so a run made one: nothing on the PBX is known to be ours.")

  public static let lockAwaited = MessageID(
    "lockAwaited", .info, "8670d1043b9046388666849a3fdf32ed",
    "A command of an admin works on the ledger, and the service's run waits until it has ended.")
  public static let changesHeld = MessageID(
    "changesHeld", .error, "4a2463d4134840048514b62cf2fb36f2",
    "A limit of [update] or [addition] stops all updates or additions of one kind; the message counts them and their mails."
  )
  public static let changesApproved = MessageID(
    "changesApproved", .notice, "dd9a92ba2fff486093f58ab52c5b1765",
    "An admin approved a set of held updates or additions; the next run makes them.")
  public static let changesRejected = MessageID(
    "changesRejected", .notice, "891e8638c98f4683b4d007dfa07c6c0c",
    "An admin rejected a set of held updates or additions; they aren't made until the directory wants others.")
  public static let approvalLapsed = MessageID(
    "approvalLapsed", .notice, "35a65df7e6714203b92fcf0728314e66",
    "What an admin approved isn't wanted any more, or with other values, or the table on which it rests is too old by now, so it isn't made."
  )

  /// Every kind, in the order of `docs/events.md`.
  public static let all: [MessageID] = [
    .serviceStarted, .serviceStopping, .configurationReloaded, .configurationRefused, .runFinished, .runFailed,
    .readIncomplete, .searchMade, .added, .updated, .deleted, .changeFailed, .changeInDoubt, .objectRefused,
    .numberConflict, .numberNotAllowed, .foreignObject, .objectUnproven, .presenceLearned, .entryUnmappable,
    .removalsHeld, .keyRefused, .directoryUnreachable, .directoryRefusedBind, .pbxUnreachable, .readCertified,
    .viewChanged, .numberResting, .adopted, .removalsApproved, .removalsRejected, .fallAccepted, .adoptionAllowed,
    .recovered, .backupFailed, .metricsFailed, .ledgerRestored, .ledgerRebound, .listening, .notListening,
    .siteVacant, .exclusionUnmatched, .numberAllocated, .numberMissing, .directoryWritten, .directoryWriteFailed,
    .phonebookFull, .pbxLostObject, .released, .auditFinished, .personForgotten, .ledgerMade, .lockAwaited,
    .changesHeld, .changesApproved, .changesRejected, .approvalLapsed,
  ]
}
