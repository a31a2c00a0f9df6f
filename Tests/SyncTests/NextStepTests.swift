import Domain
import Executor
import Platform
import Testing

@testable import Sync

@Suite(.timeLimit(.minutes(15))) struct `The next step for a foreign number` {
  private func nextStep(_ item: PBXObject, asksAgainAt next: Timestamp?) -> String {
    Conflict(WantedObject(item, entry: EntryID("e"), dn: "uid=a"), .foreign(since: 0, nextAt: next)).remedy
  }

  @Test func `is a table for a contact, which the PBX is never asked for`() {
    let contact = Contact(number: "49301", firstName: "", lastName: "", company: "X")
    let step = nextStep(.contact(contact), asksAgainAt: nil)
    #expect(step.contains("audit --csv FILE --yes") && !step.contains("asks again"), "\(step)")
  }

  @Test func `is another run for an extension, which asks again`() {
    let step = nextStep(.extension(Extension(number: "1001", firstName: "A", lastName: "B")), asksAgainAt: 1)
    #expect(step.contains("--sync-now asks again"), "\(step)")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The next step for a change in back-off` {
  private func conflict(of key: String, repeatsMail: Bool) -> Conflict {
    let backoff = ChangeBackoff(ObjectKey(.extension, key), failures: 2, nextAt: 0, message: "no answer")
    let item = PBXObject.extension(Extension(number: "1102", firstName: "A", lastName: "B"))
    return Conflict(
      WantedObject(item, entry: EntryID("e"), dn: "uid=a,dc=b"), .backingOff(backoff, mayRepeatMail: repeatsMail))
  }

  /// In a swap two entries have the number.
  @Test func `names the entry by its DN if only it may be sent`() {
    #expect(conflict(of: "1102", repeatsMail: true).remedy.contains("sync \(shellQuoted("uid=a,dc=b")) sends it now"))
  }

  @Test func `is that of the change that it follows, which failed`() {
    let follower = conflict(of: "1101", repeatsMail: false)
    #expect(follower.reasonText.hasPrefix("it follows the change of extension 1101, which failed 2 times"))
    #expect(follower.reasonText.hasSuffix("nothing was sent for extension 1102 itself"))
    #expect(follower.remedy.hasPrefix("see to extension 1101 first"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A change of the search settings` {
  private let change = SearchChange("the filter of \"people\" was (a=b) and is now (a=c)", of: .extension, at: 0)

  private func text(_ filter: String) -> String {
    var search = SearchReport(
      source: "people", query: SearchReport.Query(kind: .extension, base: "dc=x", scope: "sub", filterHash: ""))
    search.asked = filter.isEmpty ? "" : "filter \(filter)\nnumber {n}"
    return change.text(beside: [search])
  }

  @Test func `is told as past once other settings are in force`() {
    #expect(text("(a=c)") == change.text && text("") == change.text)
    #expect(text("(a=b)") == "the filter of \"people\" was (a=b) and, for a while, (a=c)")
  }
}
