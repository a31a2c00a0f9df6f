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
      let ledger = try await State.ledger(setup, under: lock)
      let memory = try await ledger.memory()
      var list = AdoptionList(setup.configuration.numbers.policy, owned: Set(memory.managed.map(\.key)))
      for word in words { list.add(word: word) }
      if let csv { list.add(ExportTable(try table(csv).rows)) }
      try await list.refuse(unwanted(memory.unproven.map(\.key), of: list, setup, ledger))
      guard list.faults.isEmpty else {
        throw Failure(
          refusing: "nothing is adopted: \(list.faults.joined(separator: "; "))", .dataError,
          remedy: "mend the list and give it again")
      }
      try await ledger.allow(list.adoptions, at: ledger.now())
      let numbers = Set(list.adoptions.map(\.key.number)).count
      let passedOver = list.passedOver == 0 ? "" : "; \(list.passedOver) are ours already or protected, or out of range"
      let done = "\(numbers) numbers may be taken over as soon as the directory wants them\(passedOver)"
      log.write(Event(.adoptionAllowed, "Allowed: \(done)", [.action: "adopt", .outcome: "allowed", .file: csv]))
      let unwanted = await unwanted(list, setup, ledger)
      return Reply(
        text: done + "\n" + list.outOfRangeText + unwanted.text,
        json: [
          "allowed": .count(numbers), "passed_over": .count(list.passedOver),
          "out_of_range": .array(list.outOfRange.map(JSON.string)),
          "unwanted": .array(unwanted.numbers.map(JSON.string)),
        ])
    }
  }

  /// Those of the unproven objects on the list that nobody in the directory wants: a permission to take them over would wait for
  /// whoever wants the number one day, and whatever has it then.
  private func unwanted(_ unproven: [Key], of list: AdoptionList, _ setup: Setup, _ ledger: Ledger) async throws
    -> Set<Key>
  {
    let concerned = Set(unproven).intersection(list.adoptions.map(\.key))
    if concerned.isEmpty { return [] }
    let plan = try await Outlook(setup, ledger, log: log).throwingFailure().plan
    // Whether one whose answer was lost is wanted shows in what it is told as; the others are missed as any object is.
    let unknown = plan.unproven.filter { $0.unproven?.hasKnownValues == false }
    // Somebody else may want the number by now.
    return concerned.intersection((unknown + plan.waiting).map(\.key)).subtracting(plan.parked.map(\.wanted.item.key))
  }

  /// Those of the numbers that were named one by one which nobody in the directory wants now; they are allowed all the same.
  private func unwanted(_ list: AdoptionList, _ setup: Setup, _ ledger: Ledger) async -> (
    numbers: [String], text: String
  ) {
    if list.named.isEmpty { return ([], "") }
    do {
      let outlook = try await Outlook(setup, ledger, log: log).throwingFailure()
      let wanted = Set(outlook.pass.reading.wanted.map(\.item.number))
      let rest = Set(list.named).subtracting(wanted).subtracting(list.outOfRange).sorted()
      if rest.isEmpty { return ([], "") }
      let texts = rest.map { number in
        let plain = String(number.drop { $0 == "+" || $0 == "0" })
        return plain != number && wanted.contains(plain) ? "\(number) (\(plain) is wanted)" : number
      }
      return (rest, "Nobody in the directory wants these now: \(texts.listed(to: 20))\n")
    } catch {
      return ([], "Whether the directory wants them couldn't be asked: \(Failure(error).message)\n")
    }
  }

  /// A table that an admin exported, with the time at which its file was written.
  func table(_ path: String) throws -> (rows: CSV, writtenAt: Seconds) {
    do {
      let file = try FileBytes(of: path, limit: 1 << 26)
      return (try CSV(file.bytes), file.modifiedAt)
    } catch let error as FileBytes.Failure {
      throw Failure(refusing: "\(path) can't be used: \(error.reason)", .dataError, remedy: error.remedy)
    } catch let error as CSV.Unreadable {
      throw Failure(
        refusing: "\(path) can't be used: \(error.reason)", .dataError,
        remedy: "give it as UTF-8, or as UTF-16 with its mark, with values between commas (RFC 4180)")
    }
  }
}

extension AdoptionList {
  fileprivate var outOfRangeText: String {
    outOfRange.isEmpty
      ? "" : "Outside [numbers] extension_ranges, so never adopted as extensions: \(outOfRange.listed(to: 20))\n"
  }
}
