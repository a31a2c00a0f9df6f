import Configuration
import Domain
import Journal
import Ledger
import Platform

extension Invocation {
  /// Lets objects of the PBX that aren't ours be taken over as soon as the directory wants them. All that is named is
  /// right, or nothing is done.
  ///
  /// - Parameters:
  ///   - words: numbers and ranges.
  ///   - csv: a file as exported from a PBX.
  public func adopt(_ words: [String], csv: String?) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      let lock = try await State.lockWhenFree(folder)
      defer { withExtendedLifetime(lock) {} }
      let ledger = try State.ledger(folder, setup.clock)
      var list = AdoptionList(
        setup.configuration.numbers.policy, owned: Set(try await ledger.memory().managed.map(\.key)))
      for word in words { list.add(word: word) }
      if let csv { list.add(try table(csv)) }
      guard list.faults.isEmpty else {
        throw Failure(
          refusing: "nothing is adopted: \(list.faults.joined(separator: "; "))", .dataError,
          remedy: "mend the list and give it again")
      }
      try await ledger.allow(list.adoptions, at: ledger.now())
      let numbers = Set(list.adoptions.map(\.key.number)).count
      let passedOver = list.passedOver == 0 ? "" : "; \(list.passedOver) are ours already or protected"
      let done = "\(numbers) numbers may be taken over as soon as the directory wants them\(passedOver)"
      log.write(Event(.adoptionAllowed, "Allowed: \(done)", [.action: "adopt", .outcome: "allowed", .file: csv]))
      return Reply(
        text: done + "\n", json: ["allowed": .count(numbers), "passed_over": .count(list.passedOver)])
    }
  }

  private func table(_ path: String) throws -> CSV {
    do {
      return try CSV(try FileBytes(of: path, limit: 1 << 26).bytes)
    } catch let error as FileBytes.Failure {
      throw Failure(refusing: "\(path) can't be used: \(error.reason)", .dataError, remedy: error.remedy)
    } catch let error as CSV.Unreadable {
      throw Failure(
        refusing: "\(path) can't be used: \(error.reason)", .dataError,
        remedy: "give it as UTF-8 with values between commas (RFC 4180)")
    }
  }
}
