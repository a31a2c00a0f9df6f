import Configuration
import Directory
import Domain
import Executor
import Journal
import Ledger
import Platform
package import Sync

extension CommandContext {
  /// Ends the management of objects, or the permission to adopt them: they stay on the PBX as they are, and nothing is sent
  /// about them until they are adopted again. If the list has an error, nothing is done.
  ///
  /// - Parameters:
  ///   - words: numbers and ranges.
  ///   - isConfirmed: whether a range also ends the management of all objects in it, and not only permissions, and no confirmation on
  ///     the terminal is needed.
  package func release(_ words: [String], isConfirmed: Bool) async -> ExitStatus {
    await answer { setup in
      let folder = setup.configuration.state.directory
      return try await confirming(in: folder) { lock, answered in
        let ledger = try await StateFolder.ledger(setup, under: lock)
        let state = try await ledger.state()
        let list = ReleaseList(words, state, isConfirmed: isConfirmed)
        guard list.problems.isEmpty else {
          throw RunError(
            refusing: "nothing is released: \(list.problems.joined(separator: "; "))", .dataError,
            remedy: list.needsOnlyYes
              ? "check the range, then: \(pbxsyncd) release \(words.joined(separator: " ")) --yes"
              : "correct the list and give it again")
        }
        // A program has named the numbers itself.
        if !isConfirmed, !isJSON, Terminal.canAsk, !list.managed.isEmpty {
          let names = list.managed.map { "\($0.key), \($0.item.name)" }.listed(to: 10, by: "; ")
          let question = "Stop managing \(names)? Everything stays on the PBX as it is. [y/N] "
          if answered != question { return .question(question) }
        }
        try await ledger.release(list.keys, at: ledger.now())
        for object in list.managed {
          log.write(
            Event(
              .released, "Released \(object.key), \(object.item.name): it stays on the PBX and is no longer managed",
              [
                .action: "release", .kind: object.key.kind.rawValue, .number: object.key.number, .dn: object.dn,
                .entry: object.entry.text, .outcome: "done",
              ]))
        }
        let lines = list.managed.map {
          "Released \($0.key), \($0.item.name): it stays on the PBX and is no longer managed"
        }
        // A number may have been permitted as both kinds.
        let ended = Set(list.keys.subtracting(list.managed.map(\.key) + list.foreign).map(\.number)).count
        let text =
          paragraph(lines) + (ended == 0 ? "" : "Permissions to adopt that ended: \(ended)\n")
          + (list.foreign.isEmpty
            ? "" : "Foreign from now on, and left to the PBX: \(list.foreign.map(\.number).listed(to: 20))\n")
          + (lines.isEmpty && list.foreign.isEmpty ? "" : "To manage one again: \(pbxsyncd) adopt NUMBER\n")
          + (list.spared.isEmpty
            ? "" : "Still managed, in the ranges: \(list.sparedText). To release these too: add --yes\n")
        return .done(
          CommandOutput(
            text: text,
            json: [
              "released": .array(list.managed.map(\.json)), "permissions_ended": .count(ended),
              "foreign": .array(list.foreign.map { .string($0.number) }),
            ]))
      }
    }
  }
}

/// Numbers that an admin names for release: managed objects, or permissions to adopt.
struct ReleaseList: Sendable {
  private(set) var keys: Set<ObjectKey> = []
  private(set) var managed: [ManagedObject] = []
  /// Extensions that the PBX reported as taken and that are surely foreign from now on.
  private(set) var foreign: [ObjectKey] = []
  /// Managed objects in a range, which stay managed: a range may be wider than intended.
  private(set) var spared: [ObjectKey] = []
  var sparedText: String { spared.map(\.number).listed(to: 20) }

  /// One sentence for each error.
  private(set) var problems: [String] = []

  /// Whether the only error is that ranges with managed objects need `--yes`.
  private(set) var needsOnlyYes = false

  init(_ words: [String], _ state: LedgerState, isConfirmed: Bool) {
    var wide = 0
    let owned = Dictionary(state.objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    // What the PBX reported as taken may be named too, as nobody's here.
    let permitted = Set(state.adoptions.map(\.key))
    let taken = Set(state.refusals.filter { $0.answer.status == .taken }.map(\.item.key))
    let allowed = permitted.union(taken)
    let inDoubtKeys = Set(
      state.inDoubt.flatMap { inDoubtCall -> [ObjectKey] in
        if case .updateContact(_, let registered) = inDoubtCall.call {
          return [inDoubtCall.call.key, ObjectKey(.contact, registered)]
        }
        return [inDoubtCall.call.key]
      })
    for word in words {
      let range = NumberRange(word)
      if range == nil, !isNumber(word) {
        problems.append("\(word) is neither a number nor a range such as 1000-1999")
        continue
      }
      var meant = allowed.union(owned.keys).filter { range?.contains($0.number) ?? ($0.number == word) }
      if !isNumber(word), !isConfirmed {
        let kept = meant.intersection(owned.keys)
        spared = Set(spared).union(kept).sorted()
        meant.subtract(kept)
        if meant.isEmpty, !kept.isEmpty {
          problems.append(
            "\(word) holds \(counted(kept.count, "managed object")), which a range releases only with --yes")
          wide += 1
          continue
        }
      }
      if meant.isEmpty {
        problems.append("\(word) isn't managed, has no permission to adopt, and isn't known to be taken")
      }
      for key in meant where inDoubtKeys.contains(key) {
        problems.append("\(key) has a call in doubt; let a run settle it first")
      }
      keys.formUnion(meant)
    }
    managed = keys.compactMap { owned[$0] }.sorted { $0.key < $1.key }
    foreign = keys.intersection(taken).subtracting(permitted).subtracting(owned.keys).sorted()
    spared.removeAll(where: keys.contains)
    needsOnlyYes = wide > 0 && wide == problems.count
  }
}
