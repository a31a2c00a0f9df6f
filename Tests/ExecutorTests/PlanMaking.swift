import Domain
import Ledger

@testable import Executor

func person(_ number: String, _ name: String = "Ada", email: String = "") -> PBXObject {
  .extension(Extension(number: number, firstName: name, email: email))
}

func object(_ item: PBXObject) -> ManagedObject {
  ManagedObject(item, entry: EntryID(item.number), dn: "uid=\(item.number)")
}

func change(
  _ call: Call, before: ManagedObject? = nil, settles: [InDoubtCall] = [], requires: [Int] = []
) -> Change {
  let number = call.key.number
  return Change(
    call, before: before, entry: EntryID(number), dn: "uid=\(number)", cause: before == nil ? .new : .changed,
    settles: settles, requires: requires)
}

func adds(_ numbers: ClosedRange<Int>, email: String = "") -> [Change] {
  numbers.map { change(.add(person("\($0)", email: email))) }
}

func update(_ number: String, email: String = "") -> Change {
  change(
    .update(person(number, email: email), knownAs: number), before: object(person(number, "Eva", email: email)))
}

func delete(_ number: String, settles: [InDoubtCall] = []) -> Change {
  change(.deleteExtension(number: number), before: object(person(number)), settles: settles)
}

/// The outcomes of the changes in a word each.
extension ExecutionResult {
  var words: [String] { changeResults.sorted { $0.key < $1.key }.map(\.value.word) }
}
