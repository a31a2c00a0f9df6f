import TestSupport
import Testing

/// A month of a company of 300, played by a script, with pbxsyncd as shipped.
@Suite(.timeLimit(.minutes(15))) struct `A month of a company` {
  @Test func `mails nobody without a reason, deletes who left alone, and leaves nobody without a phone`() async throws {
    var month = try await Month(Company(of: 300, seed: 2026))
    try await month.waitForReplica()

    // The first week: the first load, and what happens everywhere.
    try await month.day()
    try await month.day {
      $0.somebodyJoins()
      $0.somebodyJoins()
      $0.somebodyMarries()
    }
    try await month.day {
      $0.somebodyLeaves()
      for _ in 0..<3 { $0.somebodyGetsAnAlias() }
    }
    try await month.waitForReplica()
    month.takeFirstServerAway()
    try await month.day {
      $0.somebodyGetsASecondNumber()
      $0.somebodyGetsASecondNumber()
    }
    month.bringFirstServerBack()
    try await month.day {
      $0.somebodyIsReplaced()
      $0.somebodyLeaves()
    }

    // The second: the numbers of a department are hidden for two days.
    try await month.day {
      $0.somebodyMarries(withNewAddress: false)
      $0.somebodyIsDisabled()
      $0.somebodyJoins()
    }
    try await month.mistakeInAccess(to: "telephoneNumber", of: "sales")
    try await month.day { $0.somebodyMarries() }
    let hidden = try await month.day({ $0.somebodyJoins() }, expecting: 4)
    #expect(hidden.held.map(\.objects.count) == [50] && hidden.held.map(\.action) == ["removal"])
    try await month.mendAccess()
    try await month.day()
    try await month.day {
      for _ in 0..<5 { $0.somebodysNumberIsWrittenOtherwise() }
      for _ in 0..<3 { $0.somebodyMovesToAnotherDepartment() }
      $0.somebodyIsRecreated()
    }

    // The third: a filter that leaves nine of ten out, and a replica that lags behind when it is needed.
    try month.mistakeInFilter()
    try await month.day(expecting: nil)
    try await month.day({ $0.somebodyLeaves() }, expecting: nil)
    try month.mendFilter()
    let left = try await month.later(hours: 6, expecting: 4)
    try await month.adminApproves(left)
    try await month.day { $0.somebodyGetsAnotherNumber() }
    month.stopReplication()
    try await month.day {
      $0.somebodyMarries()
      $0.somebodyJoins()
    }
    month.takeFirstServerAway()
    try await month.later(hours: 2, expecting: 69)
    month.bringFirstServerBack()
    try await month.resumeReplication()
    month.takeFirstServerAway()
    try await month.later(hours: 2)
    month.bringFirstServerBack()
    try await month.day {
      $0.twoSwapTheirNumbers()
      $0.somebodyIsDisabled()
    }

    // The fourth: the mail domain is renamed, in two steps, and a department's names are hidden.
    try await month.day { $0.everybodyGetsAnAddress(in: "new.example") }
    let renamed = try await month.day(
      { $0.everybodyLosesTheAddressBeforeThat(in: "new.example") }, expecting: 4)
    try await month.adminApproves(renamed)
    try await month.mistakeInAccess(to: "sn,mail", of: "support")
    var gone: Company.Employee?
    try await month.day({ gone = $0.somebodyIsDeletedByMistake() }, expecting: 4)
    try await month.mendAccess()
    try await month.day { company in gone.map { company.comesBack($0) } }
    try await month.day {
      $0.somebodyIsReplaced(keepingTheEntry: true)
      $0.somebodyJoins(alsoAt: "\ntelephoneNumber: +49 171 3920012")
    }
    try await month.day()

    print("A month of a company of 300: \(month.figures)")
    #expect(month.company.due.map(\.request) == [])
    // The first load, the new domain, and the people whose entries changed.
    #expect(month.figures.mails.values.reduce(0, +) == 615)
    #expect(month.figures.deletes == 6)
    // Each of the new ones waits a minute until pbxsyncd looks, and nobody else waits at all.
    #expect(month.figures.secondsWithoutPhone == 60 * month.figures.newNumbers)
  }
}
