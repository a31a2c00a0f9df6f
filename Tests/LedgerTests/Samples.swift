import Domain
import Ledger

let ada = Item.extension(
  Extension(number: "1815", firstName: "Ada", lastName: "Lovelace", email: "ada@example.com", callerID: "+441815"))
let bob = Item.contact(Contact(number: "+4930901", firstName: "Bob", lastName: "Bau", company: "Bau GmbH"))
let bobMoved = Item.contact(Contact(number: "+4930902", firstName: "Bob", lastName: "Bau", company: "Bau GmbH"))

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

extension Call {
  var intent: Intent { Intent(self, entry: EntryID("entry-\(key.number)"), dn: "uid=\(key.number)", at: 10) }
}

extension Ledger {
  func beginRun() throws(LedgerError) -> RunID { try beginRun(RunStart(trigger: "sync-now", pid: 4711, at: 1)) }

  /// Intends a call and concludes it with this outcome; returns the intent.
  @discardableResult
  func settle(
    _ call: Call, _ outcome: Outcome, answer: Answer = Answer(.accepted), in run: RunID, at time: Seconds = 20
  ) throws(LedgerError) -> Int64 {
    let intent = try intend([call.intent], in: run)[0]
    try conclude([Conclusion(of: [intent], answer: answer, outcome: outcome, at: time)])
    return intent
  }
}
