import Domain

@testable import Ledger

let ada = Item.extension(
  Extension(number: "1815", firstName: "Ada", lastName: "Lovelace", email: "ada@example.com", callerID: "+441815"))
let bob = Item.contact(Contact(number: "+4930901", firstName: "Bob", lastName: "Bau", company: "Bau GmbH"))
let bobMoved = Item.contact(Contact(number: "+4930902", firstName: "Bob", lastName: "Bau", company: "Bau GmbH"))

/// An object as it is known right after a copy of the ledger was put in place.
func restored(_ item: Item, at time: Seconds) -> Owned { item.owned().unproven(.ledgerRestored, since: time) }

extension Item {
  /// Created by us for an entry that is named after the number.
  func owned(ownership: Owned.Ownership = .created, absence: Absence? = nil) -> Owned {
    Owned(self, entry: EntryID("entry-\(number)"), dn: "uid=\(number)", ownership: ownership, absence: absence)
  }

  var refusal: Refusal {
    Refusal(
      self, entry: EntryID("entry-\(number)"),
      answer: Answer(.refused, errorCode: "FNAME_INVALID", message: "First name is invalid"), since: 40)
  }
}

/// A read of one source with every value set, so that none can get lost unseen.
func certificate(entries: Int, filter: String = "hash", incomplete: String? = nil) -> ReadRecord {
  var record = ReadRecord(server: "ldaps://ldap1.example.com", bindDN: "cn=pbxsyncd", startedAt: 20)
  record.vendor = "OpenLDAP"
  record.name = "ldap1"
  record.invocationID = "7c1e"
  record.marker = "20261124000000.000000Z#000000#000#000000"
  record.canaries = 1
  record.canariesWanted = 2
  record.incomplete = incomplete
  record.endedAt = 25
  var search = SearchRecord(
    source: "users", view: .init(kind: .extension, base: "ou=people", scope: "sub", filterHash: filter))
  search.entries = entries
  search.pages = 6
  search.referrals = 1
  search.resultCode = 4
  search.fellFrom = 9
  search.values = ValueCounts([.number: 12, .email: 0], at: 19)
  record.searches = [search]
  return record
}

extension Memory {
  /// What an earlier ledger with one extension leaves: its first load was before the limits.
  static var migrated: Memory {
    var memory = Memory(owned: [ada.owned()])
    memory.loaded = [.extension]
    return memory
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
    _ call: Call, _ outcome: Outcome, answer: Answer = Answer(.accepted), in run: RunID, at time: Seconds = 20
  ) async throws(LedgerError) -> Int64 {
    let intent = try await intend([call.intent], in: run)[0]
    try await conclude([Conclusion(of: [intent], answer: answer, outcome: outcome, at: time)])
    return intent
  }
}
