import Domain
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(15))) struct `The ledger gives back` {
  /// Scalar by scalar: `==` on strings takes é and e + ´ for the same.
  private func scalars(_ item: PBXObject) -> [[Unicode.Scalar]] { item.fields.map { Array($0.value.unicodeScalars) } }

  @Test(arguments: [
    "", " ", "  leading and trailing  ", "O'Brien; DROP TABLE objects;--", "\"quoted\" :name ?1 @x $y", "é", "e\u{301}",
    "ﬁ", "İstanbul ı ß ẞ", "שלום עולם", "\u{202E}reversed\u{202C}", "👩‍👩‍👧‍👦🏳️‍🌈", "𝕌𝕟𝕚𝕔𝕠𝕕𝕖", "\u{FEFF}bom", "\u{FFFD}\u{FFFF}",
    "\u{10FFFF}", "tab\tnewline\nreturn\r", "\u{1}\u{7F}\u{85}", "a\0b", "\0", String(repeating: "長", count: 100_000),
  ])
  func `every text exactly`(text: String) async throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.ledger)
    let run = try await ledger.beginRun()
    let items = [
      PBXObject.extension(Extension(number: "1", firstName: text, lastName: text, email: text, callerID: text)),
      PBXObject.contact(Contact(number: "n" + text, firstName: text, lastName: text, company: text)),
    ]
    for item in items {
      let object = ManagedObject(item, entry: EntryID(text), dn: text)
      try await ledger.settle(
        .add(item), .holds(object, replacing: nil),
        answer: CallResult(.accepted, errorCode: text, message: text), in: run)
    }
    try await ledger.apply([.allocate(Allocation(text, to: EntryID(text), dn: text, pool: text, at: 5))], at: 5)
    let state = try await ledger.state()
    let allocated = state.allocations.flatMap { [$0.number, $0.entry.text, $0.dn, $0.pool] }
    #expect(allocated.count == 4 && allocated.allSatisfy { $0.utf8.elementsEqual(text.utf8) })
    let answers = try await ledger.outcomes(of: run).map(\.answer)
    // Compared apart from the macro, which would print the longest of them scalar by scalar.
    let itemsAreSame = state.objects.map { scalars($0.item) } == items.map(scalars)
    #expect(itemsAreSame)
    #expect(state.objects.allSatisfy { $0.dn.utf8.elementsEqual(text.utf8) })
    #expect(state.objects.allSatisfy { $0.entry.text.utf8.elementsEqual(text.utf8) })
    #expect(answers.count == items.count)
    #expect(answers.allSatisfy { $0?.errorCode.utf8.elementsEqual(text.utf8) == true })
    #expect(answers.allSatisfy { $0?.message.utf8.elementsEqual(text.utf8) == true })
  }

  @Test func `ten thousand objects`() async throws {
    let folder = try TemporaryFolder()
    let objects = (0..<10_000).map { index in
      PBXObject.extension(
        Extension(
          number: "\(10_000 + index)", firstName: "First \(index)", lastName: "Last \(index)",
          email: "user\(index)@example.com", callerID: "+4930\(index)")
      ).owned()
    }
    do {
      let ledger = try Ledger(path: folder.ledger)
      let run = try await ledger.beginRun()
      let intents = try await ledger.recordIntents(objects.map { Call.add($0.item).intent }, in: run)
      #expect(try await ledger.state().inDoubt.map(\.call.item) == objects.map(\.item))
      try await ledger.recordOutcomes(
        zip(intents, objects).map { intent, object in
          RecordedOutcome(of: [intent], answer: CallResult(.accepted), outcome: .holds(object, replacing: nil), at: 3)
        })
    }
    #expect(try await Ledger(path: folder.ledger).state() == LedgerState(owned: objects))
  }
}
