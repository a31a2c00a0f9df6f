import Domain

@testable import Ledger

let ada = PBXObject.extension(
  Extension(number: "1815", firstName: "Ada", lastName: "Lovelace", email: "ada@example.com", callerID: "+441815"))
let bob = PBXObject.contact(Contact(number: "+4930901", firstName: "Bob", lastName: "Bau", company: "Bau GmbH"))
let bobMoved = PBXObject.contact(Contact(number: "+4930902", firstName: "Bob", lastName: "Bau", company: "Bau GmbH"))

/// An object as it is known right after a copy of the ledger was put in place.
func restored(_ item: PBXObject, at time: Timestamp) -> ManagedObject {
  item.owned().unproven(.ledgerRestored, since: time)
}

extension PBXObject {
  /// Created by us for an entry that is named after the number.
  func owned(ownership: ManagedObject.Ownership = .created, absence: Absence? = nil) -> ManagedObject {
    ManagedObject(self, entry: EntryID("entry-\(number)"), dn: "uid=\(number)", ownership: ownership, absence: absence)
  }

  var refusal: Refusal {
    Refusal(
      self, entry: EntryID("entry-\(number)"),
      answer: CallResult(.refused, errorCode: "FNAME_INVALID", message: "First name is invalid"), since: 40)
  }
}

/// A read of one source with every value set, so that none can get lost unseen.
func certificate(entries: Int, filter: String = "hash", incomplete: String? = nil) -> ReadReport {
  var record = ReadReport(server: "ldaps://ldap1.example.com", bindDN: "cn=pbxsyncd", startedAt: 20)
  record.vendor = "OpenLDAP"
  record.name = "ldap1"
  record.invocationID = "7c1e"
  record.marker = "20261124000000.000000Z#000000#000#000000"
  record.canaries = 1
  record.canariesWanted = 2
  record.incomplete = incomplete
  record.endedAt = 25
  var search = SearchReport(
    source: "users", query: .init(kind: .extension, base: "ou=people", scope: "sub", filterHash: filter))
  search.entries = entries
  search.pages = 6
  search.referrals = 1
  search.resultCode = 4
  search.previousEntries = 9
  search.values = ValueCounts([.number: 12, .email: 0], at: 19)
  record.searches = [search]
  return record
}

extension LedgerState {
  /// What an earlier ledger with one extension leaves: its first load was before the limits.
  static var migrated: LedgerState {
    var state = LedgerState(owned: [ada.owned()])
    state.loaded = [.extension]
    return state
  }
}

extension Call {
  var intent: Intent { Intent(self, entry: EntryID("entry-\(key.number)"), dn: "uid=\(key.number)", at: 10) }
}

extension Ledger {
  func beginRun() throws(LedgerError) -> RunID { try beginRun(RunStart(trigger: "sync-now", pid: 4711, at: 1)) }

  /// Intends a call and concludes it with this outcome; returns the intent.
  @discardableResult
  func settle(
    _ call: Call, _ outcome: Outcome, answer: CallResult = CallResult(.accepted), in run: RunID, at time: Timestamp = 20
  ) async throws(LedgerError) -> Int64 {
    let intent = try await recordIntents([call.intent], in: run)[0]
    try await recordOutcomes([RecordedOutcome(of: [intent], answer: answer, outcome: outcome, at: time)])
    return intent
  }
}
