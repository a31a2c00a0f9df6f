import Domain
import Testing

@testable import Executor

@Suite(.timeLimit(.minutes(5))) struct `The event of a change` {
  private static func person(_ last: String, email: String = "") -> Extension {
    Extension(number: "1001", firstName: "Per", lastName: last, email: email)
  }

  @Test func `is old and new of each field that it changes`() {
    let before = ManagedObject(
      .extension(Self.person("Holm", email: "per@example.com")), entry: EntryID("e"), dn: "uid=per")
    let after = ManagedObject(.extension(Self.person("Halm")), entry: EntryID("e"), dn: "uid=per")
    let change = Change(
      .updateExtension(Self.person("Halm")), before: before, entry: EntryID("e"), dn: "uid=per", cause: .changed)
    let changeResult = ChangeResult(outcome: .holds(after, replacing: nil), answer: CallResult(.accepted))
    #expect(
      changeResult.event(of: change).1
        == "Updated extension 1001, Per Halm: last_name Holm -> Halm, email per@example.com -> (empty)")
  }
}
