import Configuration
import Directory
import Domain
import Executor
import Journal
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Lets objects of the PBX that aren't ours be taken over as soon as the directory wants them. All that is named is
  /// right, or nothing is done.
  ///
  /// - Parameters:
  ///   - words: numbers and ranges.
  ///   - csv: a file as exported from a PBX.
  package func adopt(_ words: [String], csv: String?) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      let lock = try await StateFolder.lockWhenFree(folder)
      defer { withExtendedLifetime(lock) {} }
      let ledger = try await StateFolder.ledger(setup, under: lock)
      let state = try await ledger.state()
      var list = AdoptionList(setup.configuration.numbers.policy, state)
      for word in words { list.add(word: word) }
      let table = if let csv { try await currentTable(csv, ledger, setup.clock.wall) } else { nil as ExportTable? }
      if let table {
        if let csv, table.problems.isEmpty,
          let inDoubtCall = table.evidence(in: []).contradictionText(of: csv, to: try await ledger.laterChanges())
        {
          throw RunError(
            refusing: inDoubtCall, .dataError,
            remedy: "nothing is adopted; export the table anew, or name the numbers: \(pbxsyncd) adopt NUMBER")
        }
        list.add(table)
      }
      let preview =
        list.adoptions.isEmpty ? nil : await Result { try await RunPreview(setup, ledger, log: log).throwingFailure() }
      try list.refuse(unwanted(state.unproven.map(\.key), of: list, preview))
      let wanted = (try? preview?.get().pass.reading.wanted).map { Set($0.map(\.item.key)) }
      list.refuseOutOfRange(wanted: wanted)
      if let wanted { list.restrict(toWanted: wanted) }
      guard list.problems.isEmpty else {
        throw RunError(
          refusing: "nothing is adopted: \(list.problems.joined(separator: "; "))", .dataError,
          remedy: "mend the list and give it again")
      }
      let sight = try await ProbeAudit(setup: setup, ranges: []).presence(of: list.extensions, ledger)
      list.exclude(free: sight?.free ?? [])
      let unseen = list.unseen(but: sight?.taken ?? [])
      if list.adoptions.isEmpty, !list.free.isEmpty {
        throw RunError(refusing: list.freeText, remedy: "nothing is adopted")
      }
      try await ledger.allow(list.adoptions, at: ledger.now())
      let numbers = Set(list.adoptions.map(\.key.number)).count
      let passedOver =
        list.passedOver == 0
        ? "" : "; \(list.passedOver) \(list.passedOver == 1 ? "is" : "are") ours already or protected, or out of range"
      let end = localTime(ledger.now() + AllowedAdoption.validity)
      let done =
        "\(counted(numbers, "number")) may be taken over as soon as the directory wants \(numbers == 1 ? "it" : "them"), "
        + "until \(end)\(passedOver)"
      log.write(Event(.adoptionAllowed, "Allowed: \(done)", [.action: "adopt", .outcome: "allowed", .file: csv]))
      let unwanted = unwanted(list, preview)
      return CommandOutput(
        text: done + "\n" + (list.free.isEmpty ? "" : "\(list.freeText)\n") + Self.text(unseen: unseen)
          + list.nextStepText + list.outOfRangeText + unwanted.text
          + (table?.missingText(consequence: "so each costs an update, and an extension with an address a mail") ?? "")
          + (table?.repeatedText ?? ""),
        json: [
          "allowed": .count(numbers), "until": .number(ledger.now() + AllowedAdoption.validity),
          "passed_over": .count(list.passedOver),
          "out_of_range": .array(list.outOfRange.map(JSON.string)), "free": .array(list.free.map(JSON.string)),
          "not_seen": .array(unseen.map(JSON.string)),
          "unwanted": .array(unwanted.numbers.map(JSON.string)),
        ])
    }
  }

  /// What a permission lets happen under a number of which nobody knows whether the PBX has it.
  private static func text(unseen numbers: [String]) -> String {
    if numbers.isEmpty { return "" }
    return
      "Whether the PBX has \(numbers.inRanges.listed(to: 20)) wasn't seen: what is made there by hand until then may be taken over too; "
      + "to end that: \(pbxsyncd) release NUMBER\n"
  }

  /// Those of the unproven objects on the list that nobody in the directory wants: a permission to take them over would wait for
  /// whoever wants the number one day, and whatever has it then.
  private func unwanted(_ unproven: [ObjectKey], of list: AdoptionList, _ preview: Result<RunPreview, any Error>?)
    throws -> Set<
      ObjectKey
    >
  {
    let concerned = Set(unproven).intersection(list.adoptions.map(\.key))
    guard !concerned.isEmpty, let plan = try preview?.get().plan else { return [] }
    // Whether one whose answer was lost is wanted shows in what it is told as; the others are missed as any object is.
    let unknown = plan.unproven.filter { $0.unproven?.hasKnownValues == false }
    // Somebody else may want the number by now.
    return concerned.intersection((unknown + plan.pendingRemovals).map(\.key)).subtracting(
      plan.conflicts.map(\.wanted.item.key))
  }

  /// Those of the numbers that were named one by one which nobody in the directory wants now; they are allowed all the same.
  private func unwanted(_ list: AdoptionList, _ preview: Result<RunPreview, any Error>?) -> (
    numbers: [String], text: String
  ) {
    guard !list.named.isEmpty, let preview else { return ([], "") }
    do {
      let preview = try preview.get()
      let wanted = Set(preview.pass.reading.wanted.map(\.item.number))
      let rest = Set(list.named).subtracting(wanted).subtracting(list.outOfRange).sorted()
      if rest.isEmpty { return ([], "") }
      let texts = rest.map { number in
        let plain = String(number.drop { $0 == "+" || $0 == "0" })
        return plain != number && wanted.contains(plain) ? "\(number) (\(plain) is wanted)" : number
      }
      return (rest, "Nobody in the directory wants these now: \(texts.listed(to: 20))\n")
    } catch {
      return ([], "Whether the directory wants them couldn't be asked: \(RunError(error).message)\n")
    }
  }
}

extension AdoptionList {
  fileprivate var freeText: String {
    "Free on the PBX, so there is nothing to adopt: \(free.inRanges.listed(to: 20))"
  }

  /// What comes next, and what it costs.
  fileprivate var nextStepText: String {
    if adoptions.isEmpty { return "" }
    let isCostly = adoptions.contains { $0.item == nil }
    return "Next step: wait for the daemon's next run, or \(pbxsyncd) --sync-now"
      + (isCostly
        ? "; what is adopted by its number costs one update, and an extension with an address one mail (none where a table of "
          + "all columns shows it as it is wanted: --csv FILE)\n" : "\n")
  }

  fileprivate var outOfRangeText: String {
    outOfRange.isEmpty
      ? "" : "Outside [numbers] extension_ranges, so never adopted as extensions: \(outOfRange.listed(to: 20))\n"
  }
}

extension [String] {
  /// Numbers in their order, with those that follow each other as ranges.
  fileprivate var inRanges: [String] {
    var ranges: [(first: String, last: String)] = []
    for number in self {
      let next = ranges.last.flatMap { last in
        NumberRange("\(last.last)-\(String(repeating: "9", count: last.last.utf8.count))")?.number(after: last.last)
      }
      if next == number { ranges[ranges.count - 1].last = number } else { ranges.append((number, number)) }
    }
    return ranges.map { $0.first == $0.last ? $0.first : "\($0.first)-\($0.last)" }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
