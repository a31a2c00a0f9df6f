import Domain
import Executor
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
