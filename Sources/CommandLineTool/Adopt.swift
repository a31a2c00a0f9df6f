import Configuration
import Directory
import Domain
import Executor
import Journal
import Ledger
import Platform
import Reconcile
package import Sync

extension CommandContext {
  /// Permits to adopt objects of the PBX as soon as the directory wants them. If the list has an error, nothing is done.
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
        if let csv, table.problems.isEmpty, let doubt = try await doubt(about: table, csv, ledger, setup) {
          throw RunError(
            refusing: doubt, .dataError,
            remedy: "nothing is adopted; export the table again, or name the numbers: \(pbxsyncd) adopt NUMBER")
        }
        list.add(table)
      }
      let preview =
        list.adoptions.isEmpty ? nil : await Result { try await RunPreview(setup, log: log).throwingFailure() }
      try list.refuse(unwanted(state.unproven.map(\.key), of: list, preview))
      let wantedObjects = try? preview?.get().read.reading.wanted
      let wanted = wantedObjects.map { Set($0.map(\.item.key)) }
      try await list.matchForms(table, wantedObjects, state, ledger, setup)
      list.refuseOutOfRange(wanted: wanted)
      if let wanted { list.restrict(toWanted: wanted) }
      if let table, let wantedObjects { list.excludeStrangers(of: table, wanted: wantedObjects) }
      guard list.problems.isEmpty else {
        throw RunError(
          refusing: "nothing is adopted: \(list.problems.joined(separator: "; "))", .dataError,
          remedy: "correct the list and give it again")
      }
      let sight = try await ProbeAudit(setup: setup, ranges: []).presence(of: list.extensions, ledger)
      list.exclude(free: sight?.free ?? [])
      let unseen = list.unseen(but: sight?.taken ?? [])
      if list.adoptions.isEmpty, list.renumbered.isEmpty, !list.free.isEmpty {
        throw RunError(
          refusing: list.freeText,
          remedy: list.freeUnproven.isEmpty
            ? "check the numbers; the next run adds extensions that the directory wants"
            : "check the numbers; \(pbxsyncd) --sync-now adds those that the directory wants, and \(pbxsyncd) release NUMBER ends "
              + "the record of an unproven one")
      }
      try await ledger.allow(list.adoptions, at: ledger.now())
      try await ledger.apply(
        list.renumbered.flatMap { object, number in
          [.foreignGone(object.key), .foreignGone(ObjectKey(.contact, number)), .adopt(object)]
        }, at: ledger.now())
      // An addition of a contact would make one more.
      let foreign = (table?.repeated ?? []).map(\.key) + list.foreignStrangers
      try await ledger.apply(foreign.map(LedgerUpdate.foreign), at: ledger.now())
      let numbers = Set(list.adoptions.map(\.key.number)).count
      let end = localTime(ledger.now() + AllowedAdoption.validity)
      let done =
        numbers == 0
        ? "\(list.renumbered.isEmpty ? "Nothing to adopt" : "Nothing else to adopt")\(list.passedOverText)"
        : "\(counted(numbers, "number")) will be adopted when the directory assigns \(numbers == 1 ? "it" : "them"), "
          + "until \(end)\(list.passedOverText)"
      for (object, number) in list.renumbered {
        log.write(
          Event(
            .adoptionAllowed, "Adopted \(object.key), whose number becomes \(number)", action: "adopt",
            outcome: "allowed",
            object.key, of: object.entry, dn: object.dn, [.file: csv]))
      }
      if numbers > 0 {
        log.write(Event(.adoptionAllowed, "Allowed: \(done)", [.action: "adopt", .outcome: "allowed", .file: csv]))
      }
      let unwanted = unwanted(list, preview, setup, at: ledger.now())
      let effect = AdoptionEffect(list.adoptions, wantedObjects ?? [])
      let freeze = try await ledger.freeze()
      let frozenText = freeze.map { "\($0.waitText); a permission that ends before lapses\n" } ?? ""
      return CommandOutput(
        text: list.renumberedText + done + "\n" + frozenText + (list.free.isEmpty ? "" : "\(list.freeText)\n")
          + Self.text(unseen: unseen)
          + effect.text + list.nextStepText + list.strangersText + list.unwantedText + list.outOfRangeText
          + unwanted.text
          + (table?.missingText(consequence: "so each adoption costs an update, and a mail if it has an address") ?? "")
          + (table?.repeatedText ?? "") + list.doubledText,
        json: [
          "allowed": .count(numbers), "until": .number(ledger.now() + AllowedAdoption.validity),
          "renumbered": .array(
            list.renumbered.map { object, number in
              ["on_the_pbx": .string(object.key.number), "number": .string(number), "dn": .string(object.dn)]
            }),
          "passed_over": .count(list.passedOver + list.unwanted.count),
          "unwanted_unproven": .strings(list.unwanted.map(\.number)),
          "out_of_range": .strings(list.outOfRange), "free": .strings(list.free),
          "strangers": .array(
            list.strangers.map { key, shown, wanted in
              [
                "kind": .string(key.kind.rawValue), "number": .string(key.number),
                "shown": .string(shown), "name": .string(wanted.item.name), "dn": .string(wanted.dn),
              ]
            }),
          "not_seen": .strings(unseen), "overwritten": effect.json,
          "repeated": table?.repeatedJSON ?? .array([]),
          "unwanted": .strings(unwanted.numbers), "frozen": freeze?.json ?? .null,
        ])
    }
  }

  /// Why a table isn't the PBX's present one, as a clause; nil if nothing shows that.
  private func doubt(
    about table: ExportTable, _ csv: String, _ ledger: Ledger, _ setup: CompiledConfiguration
  ) async throws(LedgerError) -> String? {
    let evidence = table.evidence(in: [])
    if let text = evidence.contradictionText(of: csv, to: try await ledger.laterChanges()) { return text }
    return try await TableAge(evidence, try await Audit(evidence, ledger, setup), ledger, isPart: true)?.text(of: csv)
  }

  /// The effect of a permission for numbers that weren't probed.
  private static func text(unseen numbers: [String]) -> String {
    if numbers.isEmpty { return "" }
    return
      "Not probed on the PBX: \(numbers.inRanges.listed(to: 20)). Objects created there by hand until then may be adopted too; "
      + "to end that: \(pbxsyncd) release NUMBER\n"
  }

  /// Unproven objects on the list that the directory doesn't want: a permission to adopt them would apply to a later entry with
  /// the number, and to another object.
  private func unwanted(_ unproven: [ObjectKey], of list: AdoptionList, _ preview: Result<RunPreview, any Error>?)
    throws -> Set<
      ObjectKey
    >
  {
    let concerned = Set(unproven).intersection(list.adoptions.map(\.key))
    guard !concerned.isEmpty, let plan = try preview?.get().plan else { return [] }
    // A wanted object whose answer was lost is a conflict; the others are missing like any object.
    let unwanted = plan.unproven.filter { $0.unproven?.hasKnownValues == false || $0.absence != nil }
    // Another entry may want the number by now.
    return concerned.intersection(unwanted.map(\.key)).subtracting(
      plan.conflicts.map(\.wanted.item.key))
  }

  /// Numbers named one by one that the directory doesn't want now; they are permitted all the same. Those that a pool gives to entries
  /// without a number from now on aren't among them, and are told with these entries.
  private func unwanted(
    _ list: AdoptionList, _ preview: Result<RunPreview, any Error>?, _ setup: CompiledConfiguration, at now: Timestamp
  ) -> (numbers: [String], text: String) {
    guard !list.named.isEmpty, let preview else { return ([], "") }
    do {
      let preview = try preview.get()
      let wanted = Set(preview.read.reading.wanted.map(\.item.number))
      let unclaimed = Set(list.named).subtracting(wanted).subtracting(list.outOfRange)
        .subtracting(list.strangers.map(\.key.number))
      if unclaimed.isEmpty { return ([], "") }
      var state = preview.state
      let keys = Set(list.adoptions.map(\.key))
      state.adoptions = state.adoptions.filter { !keys.contains($0.key) } + list.adoptions
      let plan = Reconcile.plan(
        for: preview.read.reading, remembering: state, by: setup.policy(backsOff: false), at: now)
      let given = plan.allocations.filter { unclaimed.contains($0.number) }.sorted { $0.key < $1.key }
      let pools = Set(given.map(\.pool)).sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      let pooled =
        given.isEmpty
        ? ""
        : "In the pool of \(pools), for entries without a number that look like the PBX's extensions: "
          + "\(given.map { "\($0.number) for \($0.dn)" }.listed(to: 20))\n"
      let rest = unclaimed.subtracting(given.map(\.number)).sorted()
      if rest.isEmpty { return ([], pooled) }
      let texts = rest.map { number in
        let plain = String(number.drop { $0 == "+" || $0 == "0" })
        return plain != number && wanted.contains(plain) ? "\(number) (\(plain) is wanted)" : number
      }
      return (
        rest,
        pooled + "No entry would get these numbers now: \(texts.listed(to: 20))\n"
          + "  Next step: \(pbxsyncd) release NUMBER where it is another person's; an entry that the directory gives the number within a "
          + "day adopts it\n"
      )
    } catch {
      return (
        [], "The directory couldn't be read, so it is unknown whether an entry has them: \(RunError(error).message)\n"
      )
    }
  }
}

extension AdoptionList {
  /// Finds the contacts of the list that are the directory's in another form.
  fileprivate mutating func matchForms(
    _ table: ExportTable?, _ wanted: [WantedObject]?, _ state: LedgerState, _ ledger: Ledger,
    _ setup: CompiledConfiguration
  ) async throws(LedgerError) {
    let contacts = wanted?.filter { $0.item.kind == .contact }
    let there = Set(state.objects.map(\.key) + state.inDoubt.map(\.call.key) + (table?.rows.map(\.key) ?? []))
    let managed = state.objects.map(\.key).filter { $0.kind == .contact }.map(\.number)
    let numbers =
      if let contacts { Set(contacts.map(\.item.number)) } else { try await ledger.wantedNumbers(of: .contact) }
    let forms = ContactForms(setup.sources.first?.dialPlans, numbers.union(managed))
    matchForms(forms, wanted: contacts) { there.contains($0) }
  }

  /// Contacts that are managed from now on, with the numbers that the next run gives them.
  fileprivate var renumberedText: String {
    if renumbered.isEmpty { return "" }
    return
      "Managed from now on (\(renumbered.count)): the PBX has the number in another form, and the next run gives it the directory's\n"
      + paragraph(ofFirst: renumbered, all: "plan | less") { object, number in
        "  \(object.key) becomes \(number), \(object.item.name), \(object.dn)"
      }
  }

  /// Contacts in another form than a managed one, or than another one of the table.
  fileprivate var doubledText: String {
    if doubled.isEmpty { return "" }
    return
      "\nAnother form of a number that is managed, or in the table too (\(doubled.count)): none of them is adopted\n"
      + paragraph(
        ["  Next step: if the PBX has both, remove this form there; otherwise correct it there"]
          + doubled.prefix(20).map { "  contact \($0.onPBX) beside \($0.number)" })
  }

  fileprivate var freeText: String {
    "Free on the PBX, nothing to adopt: \(free.inRanges.listed(to: 20))"
  }

  /// Numbers of a range or a table that are left out, and why, as a clause; empty without any.
  fileprivate var passedOverText: String {
    let texts = [
      (passedOver, "managed already, protected or out of range"), (unwanted.count, "unproven and of no entry"),
    ]
    return texts.filter { $0.0 > 0 }.map { "; \($0.0) \($0.0 == 1 ? "is" : "are") \($0.1)" }.joined()
  }

  /// What to do about unproven objects that the directory doesn't want.
  fileprivate var unwantedText: String {
    if unwanted.isEmpty { return "" }
    let number = unwanted.count == 1 ? unwanted[0].number : "NUMBER"
    return
      "Unproven, and no entry has the number: \(unwanted.map { "\($0)" }.listed(to: 20))\n  Next step: remove a leaver's on the PBX; "
      + "then, or if it isn't one: \(pbxsyncd) release \(number)\n"
  }

  /// Objects that look like another person's, with what the table shows.
  fileprivate var strangersText: String {
    if strangers.isEmpty { return "" }
    return "\nProbably another person's (\(strangers.count)), by all names and the address: left out\n"
      + paragraph(
        ofFirst: strangers,
        below: [
          "  Next step: if it is to become the entry's all the same, give its number too: \(pbxsyncd) adopt --csv FILE NUMBER; "
            + "otherwise remove it on the PBX, or give the entry another number"
        ], all: "adopt --csv FILE --json"
      ) { key, shown, wanted in
        "  \(key): the PBX has \(shown), and \(wanted.item.name), \(wanted.dn), would get it"
      }
  }

  /// The next step, and its cost.
  fileprivate var nextStepText: String {
    if adoptions.isEmpty { return "" }
    let isCostly = adoptions.contains { $0.item == nil }
    return
      "Next step: wait for the daemon's next run, or \(pbxsyncd) --sync-now; to see first what it would do: \(pbxsyncd) plan"
      + (isCostly
        ? "; an object adopted by its number costs one update, and an extension with an address one mail (none if a table with "
          + "all columns shows the wanted values: --csv FILE)\n" : "\n")
  }

  fileprivate var outOfRangeText: String {
    outOfRange.isEmpty
      ? "" : "Outside [numbers] extension_ranges, never adopted as extensions: \(outOfRange.listed(to: 20))\n"
  }
}

extension [String] {
  /// Numbers in order, consecutive ones as ranges.
  var inRanges: [String] {
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
