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
    "The service has started and read its configuration.")
  public static let serviceStopping = MessageID(
    "serviceStopping", .info, "b0aad8d0a24840abbd431e573fa234c4",
    "The service is stopping and finishes the requests in flight.")
  public static let configurationReloaded = MessageID(
    "configurationReloaded", .info, "e5454f6461834129a07d9f7a1154388f",
    "A changed configuration was read and is in force.")
  public static let configurationRefused = MessageID(
    "configurationRefused", .error, "0656c0585ced4160bc4cd512c886eb3a",
    "The configuration has errors; the message names each with its line. The previous configuration stays in force.")
  public static let runFinished = MessageID(
    "runFinished", .info, "76f868f638e04d7890aecff8d33b1aad",
    "A run has finished; the fields count what it did.")
  public static let runFailed = MessageID(
    "runFailed", .error, "496c56df1f0e4b8c9afae02251d1943c",
    "A run stopped before its end. The reason: @PBX_REASON@.")
  public static let readIncomplete = MessageID(
    "readIncomplete", .warning, "21492b3ff85845019647065c9cadd0b2",
    "The read of the directory was incomplete, so it removes nobody. The reason: @PBX_REASON@.")
  public static let searchMade = MessageID(
    "searchMade", .debug, "eac17d45b09e4280b3ae4a161a014d35",
    "A search, as the ldapsearch command that repeats it.")
  public static let added = MessageID(
    "added", .notice, "d8709d784ca44c6cb8e180affdecb821",
    "The @PBX_KIND@ @PBX_NUMBER@ was added to the PBX. Its entry is @PBX_DN@.")
  public static let updated = MessageID(
    "updated", .notice, "f3f30074991c4d8f8fa190185a785eed",
    "The @PBX_KIND@ @PBX_NUMBER@ was updated on the PBX; the message has old and new values. Its entry is "
      + "@PBX_DN@.")
  public static let deleted = MessageID(
    "deleted", .notice, "5aefd50e6af54f12b29bae5eb776f979",
    "The @PBX_KIND@ @PBX_NUMBER@ was removed from the PBX. Its entry was @PBX_DN@.")
  public static let changeFailed = MessageID(
    "changeFailed", .warning, "6f1e07d9b0b040bbad1b84314ab42293",
    "The PBX failed to @PBX_ACTION@ the @PBX_KIND@ @PBX_NUMBER@; the next run retries it.")
  public static let changeInDoubt = MessageID(
    "changeInDoubt", .warning, "299aec45a47242429ec4762de9acce2f",
    "The result of a call is unknown: @PBX_ACTION@ @PBX_KIND@ @PBX_NUMBER@. It got no clear answer; the message "
      + "says when the result will be found out.")
  public static let objectRefused = MessageID(
    "objectRefused", .warning, "f0f5457be11545c5bda9e00b71382602",
    "The PBX refuses the values of the @PBX_KIND@ @PBX_NUMBER@. They aren't sent again until they change in the "
      + "directory.")
  public static let numberConflict = MessageID(
    "numberConflict", .warning, "94b58893806043589b522bb36cd5e2cd",
    "The number @PBX_NUMBER@ isn't given to @PBX_DN@: @PBX_REASON@.")
  public static let numberNotAllowed = MessageID(
    "numberNotAllowed", .warning, "e73dcc1e57464282bfd2827e27f53f6d",
    "The number @PBX_NUMBER@ isn't given to @PBX_DN@: @PBX_REASON@.")
  public static let foreignObject = MessageID(
    "foreignObject", .warning, "0401982276ce421e85ea8a15eca00b03",
    "The PBX has a foreign @PBX_KIND@ @PBX_NUMBER@; it isn't changed. The entry @PBX_DN@ waits for the number.")
  public static let objectUnproven = MessageID(
    "objectUnproven", .warning, "5d1c8f0e6b7a4c39a2e4d7f15b90c3e8",
    "Nothing shows whether the PBX's @PBX_KIND@ @PBX_NUMBER@ is managed, so it isn't changed.")
  public static let presenceLearned = MessageID(
    "presenceLearned", .info, "c27d3f9a41e84d0fb6a95e0d8f7b2164",
    "pbxsyncd has learned whether this PBX reveals by a refused call that a number is taken.")
  public static let entryUnmappable = MessageID(
    "entryUnmappable", .warning, "3ca1bbe523a54cbe931daa9e970b2790",
    "An entry, or one of its fields, has invalid data: @PBX_DN@. The reason: @PBX_REASON@.")
  public static let removalsHeld = MessageID(
    "removalsHeld", .error, "6034c74c4f274a27809e808d4af0bdc2",
    "Removals are held until an admin decides. The reason: @PBX_REASON@. The message names the people.")
  public static let keyRefused = MessageID(
    "keyRefused", .error, "b6e13c8ac56d47ff9042b3f213f5e10e",
    "The PBX refuses the security key; nothing more is sent until it accepts one.")
  public static let directoryUnreachable = MessageID(
    "directoryUnreachable", .error, "4def55043c484b8b96b66e6cba0b170c",
    "No directory server is reachable, or none with a trusted certificate.")
  public static let directoryRefusedBind = MessageID(
    "directoryRefusedBind", .error, "b295fa20d587466a90ad8d48460b3e02",
    "The directory refuses the bind DN or its password.")
  public static let pbxUnreachable = MessageID(
    "pbxUnreachable", .error, "e8547654dc1c4300bfdb6e31f7eb72a8",
    "The PBX is unreachable, or its certificate isn't trusted.")
  public static let readCertified = MessageID(
    "readCertified", .info, "4901efec55ea464f96bcf3718140128d",
    "A full read of the directory was complete; the message is its read report.")
  public static let viewChanged = MessageID(
    "viewChanged", .warning, "4ba6348fcd5f40abaa1b42d2ec50d558",
    "The search settings have changed since the last complete read: @PBX_REASON@. Removals of objects that are "
      + "first missing with the new settings are held until an admin decides.")
  public static let numberResting = MessageID(
    "numberResting", .warning, "dab11896ee6646cead47bb06b376bf20",
    "The number @PBX_NUMBER@ isn't given to @PBX_DN@ yet: @PBX_REASON@.")
  public static let adopted = MessageID(
    "adopted", .notice, "402b37ee4b8a4ee29cc06f2311e4d8d6",
    "The @PBX_KIND@ @PBX_NUMBER@ of the PBX was adopted and is managed from now on.")
  public static let removalsApproved = MessageID(
    "removalsApproved", .notice, "16736bffa1724d27b99f0f383483d37e",
    "An admin approved a set of held removals; the next run makes them.")
  public static let removalsRejected = MessageID(
    "removalsRejected", .notice, "f7412c80817c481583a38531871a0819",
    "An admin rejected a set of held removals; its objects are kept. If a limit held them, the grace period of all who are missing starts again."
  )
  public static let fallAccepted = MessageID(
    "fallAccepted", .notice, "effc19bc973a41158d62144fbf795fb2",
    "An admin accepted the lower entry count of a source.")
  public static let adoptionAllowed = MessageID(
    "adoptionAllowed", .notice, "9de65e367d224951847af5f58fb26864",
    "An admin permitted pbxsyncd to adopt objects of the PBX, for a day.")
  public static let recovered = MessageID(
    "recovered", .notice, "b6e11c6822694af5ac34cb905e4a31c5",
    "Recovered: runs work again.")
  public static let backupFailed = MessageID(
    "backupFailed", .warning, "4308db875d58447f8ca28ece399d428e",
    "The ledger's daily backup failed.")
  public static let metricsFailed = MessageID(
    "metricsFailed", .warning, "5d349735aa634e15b64ae0914449be7f",
    "The metrics file for Prometheus couldn't be written.")
  public static let ledgerRestored = MessageID(
    "ledgerRestored", .notice, "23f0a309fd3e4ba4bf13fea04146a508",
    "A backup replaced the ledger.")
  public static let ledgerRebound = MessageID(
    "ledgerRebound", .notice, "1be33b5710e747d9a05b0833d31b5e55",
    "An admin bound the ledger to another PBX.")
  public static let listening = MessageID(
    "listening", .info, "d9d9d1b4e97845f7afa11e92a61b940e",
    "Receiving change notifications: changes reach the PBX at once.")
  public static let notListening = MessageID(
    "notListening", .info, "fc202b9f08a74845b1f5bf5b1069b42d",
    "No change notifications; checking the directory at each poll.")
  public static let siteVacant = MessageID(
    "siteVacant", .warning, "de006541b1bb4c8b949e1d1873c94d32",
    "The site \"@PBX_SOURCE@\" of the configuration has no entries in a complete read.")
  public static let exclusionUnmatched = MessageID(
    "exclusionUnmatched", .warning, "7a929995bfaf4437a34ed27875a06ea4",
    "An exclusion of a source matches none of its entries, so it excludes nobody.")
  public static let numberAllocated = MessageID(
    "numberAllocated", .notice, "eadc3cc31da34837b9d821d710bc12ad",
    "@PBX_DN@ has no number in the directory and got @PBX_NUMBER@ from its source's pool.")
  public static let numberMissing = MessageID(
    "numberMissing", .warning, "f1033f46b3784bdf95afb986a964b381",
    "An entry has no number. The reason: @PBX_REASON@.")
  public static let directoryWritten = MessageID(
    "directoryWritten", .notice, "1284c16461d245889dbb094c024d21b9",
    "An allocated number was written to the directory.")
  public static let directoryWriteFailed = MessageID(
    "directoryWriteFailed", .warning, "f40b94a3967f4ddea5f035545bd88784",
    "An allocated number couldn't be written to the directory; the next run retries it.")
  public static let phonebookFull = MessageID(
    "phonebookFull", .warning, "b4af6ab99a24491f870d9e55c6ed9856",
    "The phonebook is full, so some contacts weren't added; the message counts them.")
  public static let pbxLostObject = MessageID(
    "pbxLostObject", .warning, "27a810a58f214e16939230b3469db3e4",
    "The PBX has lost the managed @PBX_KIND@ @PBX_NUMBER@: it may have been restored to an earlier state, or "
      + "somebody removed the object there.")
  public static let released = MessageID(
    "released", .notice, "8a4eae66c8044f34ba6c1f728a26e1e5",
    "An admin released the @PBX_KIND@ @PBX_NUMBER@: it stays on the PBX and is no longer managed.")
  public static let auditFinished = MessageID(
    "auditFinished", .notice, "d14ef8238c0c469b84eaf2083bfef60e",
    "An audit has corrected the ledger, and the run that follows sends missing objects again; or the daemon has probed all extensions after a loss."
  )
  public static let personForgotten = MessageID(
    "personForgotten", .notice, "b7fa2e1d96354e2ab638520486184723",
    "An admin removed a person's data from the ledger.")
  public static let ledgerMade = MessageID(
    "ledgerMade", .notice, "0b1f7f9266cc4d3ba6529b50c679ea06",
    "A run created a new ledger: no object on the PBX is managed yet.")

  public static let lockAwaited = MessageID(
    "lockAwaited", .info, "8670d1043b9046388666849a3fdf32ed",
    "Another run or command is using the ledger, and this run waits for it.")
  public static let changesHeld = MessageID(
    "changesHeld", .error, "4a2463d4134840048514b62cf2fb36f2",
    "Updates or additions are held until an admin decides. The reason: @PBX_REASON@. The message counts them and "
      + "their mails.")
  public static let changesApproved = MessageID(
    "changesApproved", .notice, "dd9a92ba2fff486093f58ab52c5b1765",
    "An admin approved a set of held updates or additions; the next run makes them.")
  public static let changesRejected = MessageID(
    "changesRejected", .notice, "891e8638c98f4683b4d007dfa07c6c0c",
    "An admin rejected a set of held updates or additions; they aren't made until the directory wants other values.")
  public static let rejectionOvertaken = MessageID(
    "rejectionOvertaken", .notice, "e91dba62151a4c6c9148abc40f6717ac",
    "The directory wants other values than those that an admin rejected, and the update also makes some of the rejected ones."
  )
  public static let approvalLapsed = MessageID(
    "approvalLapsed", .notice, "35a65df7e6714203b92fcf0728314e66",
    "An approval has lapsed: the change is no longer wanted, or with other values, or its table is too old."
  )
  public static let frozen = MessageID(
    "frozen", .notice, "054d898708e8406e8e7e3037405ad695",
    "An admin has frozen pbxsyncd: it reads the directory and sends nothing.")
  public static let thawed = MessageID(
    "thawed", .notice, "479658de0c4f4a238aa82dface372a87",
    "A freeze has ended, by its time or by an admin: runs send again.")
  public static let alertSent = MessageID(
    "alertSent", .info, "0fba12533459486dbc7bd3f006661a8a",
    "An alert was sent by mail or to the webhook.")
  public static let alertFailed = MessageID(
    "alertFailed", .warning, "8a29e5c31a6442e29ae3845d844d688f",
    "An alert couldn't be sent by mail or to the webhook; it is tried again later, and runs go on.")

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
    .changesHeld, .changesApproved, .changesRejected, .rejectionOvertaken, .approvalLapsed, .frozen, .thawed,
    .alertSent, .alertFailed,
  ]
}
