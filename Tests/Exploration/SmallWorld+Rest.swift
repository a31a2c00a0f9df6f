import Domain
import Reconcile

/// What decides whether a state comes to rest.
struct RestKey: Hashable {
  let directory: UInt32
  let ledger: UInt32
  let pbx: UInt32
}

/// From each state, runs without faults lead to rest, and what is there then must be right.
///
/// A day passes before each run, and a careful admin approves what is held and clears up what is unproven.
extension SmallWorld {
  /// How many days a state may need until it rests.
  private static let patience = 10

  package func checkRest(from start: State) throws(Violation) {
    guard start.run == 0 else { return }
    var state = start
    var path: [RestKey] = []
    for day in 0... {
      let key = RestKey(directory: state.directory, ledger: state.ledger, pbx: state.pbx)
      if restful.contains(key) || path.last == key || waitsForValue(state) { break }
      if day > Self.patience {
        let hasCalls = !ledgers[state.ledger].state.inDoubt.isEmpty
        throw Violation(
          hasCalls ? .nothingInDoubtForEver : .quietWhenSettled, "after \(day) days: \(text(of: state))")
      }
      path.append(key)
      try passDay(&state)
      try clearUp(&state)
      state = try runWithoutFaults(from: state).state
      let second = try runWithoutFaults(from: state)
      // Nothing has happened since the last run: where that was the last one, this one sends nothing.
      if RestKey(directory: second.state.directory, ledger: second.state.ledger, pbx: second.state.pbx)
        == RestKey(directory: state.directory, ledger: state.ledger, pbx: state.pbx)
      {
        if second.hasSent { throw Violation(.quietWhenSettled, text(of: state)) }
      }
      state = second.state
    }
    if let last = path.last, !restful.contains(last),
      last == RestKey(directory: state.directory, ledger: state.ledger, pbx: state.pbx)
    {
      try checkAtRest(state)
    }
    restful.formUnion(path)
  }

  /// Whether a call is in doubt whose number is wanted with a value that the PBX refuses. Nothing settles it until the value is
  /// corrected: the refusal may come before the check of the number, so it doesn't show whether the object exists.
  private func waitsForValue(_ state: State) -> Bool {
    let inDoubt = Set(ledgers[state.ledger].state.inDoubt.flatMap(\.call.touchedKeys))
    if inDoubt.isEmpty { return false }
    return directories[state.directory].read(.complete, settings.kinds, since: nil).wanted.contains {
      inDoubt.contains($0.item.key) && $0.item.fields[1].value == PBXModel.refusedName
    }
  }

  /// The calls in doubt that nothing explains.
  private func openCalls(_ state: State, _ planned: PlannedRun) -> [InDoubtCall] {
    ledgers[state.ledger].state.inDoubt.filter { inDoubtCall in
      !inDoubtCall.call.touchedKeys.contains { isKept($0, planned, state) }
    }
  }

  /// Whether the object under a number stays as it is: its entry has a conflict, or shows no number like most others.
  private func isKept(_ key: ObjectKey, _ planned: PlannedRun, _ state: State) -> Bool {
    let ledger = ledgers[state.ledger]
    let inDoubt = ledger.state.inDoubt.filter { $0.call.touchedKeys.contains(key) }
    let holders = [ledger.object(key)?.entry].compactMap(\.self) + inDoubt.map(\.entry)
    return holders.contains { holder in
      planned.reading.sighting(of: holder, as: key.kind) == .withoutNumber
        || planned.plan.conflicts.contains { $0.wanted.entry == holder && $0.wanted.item.kind == key.kind }
    }
  }

  /// A run without faults, as a state after it.
  package func runWithoutFaults(from start: State) throws(Violation) -> (state: State, hasSent: Bool) {
    var state = begin(.complete, start)
    var hasSent = false
    while let run = runs[state.run] {
      if run.current?.call != nil, run.current?.seen == nil {
        hasSent = true
        state = try send(.none, state)
      } else {
        state = try step(state)
      }
    }
    return (state, hasSent)
  }

  /// What a careful admin does.
  private func clearUp(_ state: inout State) throws(Violation) {
    let directory = directories[state.directory]
    let wanted = directory.read(.complete, settings.kinds, since: nil).wanted
    var ledger = ledgers[state.ledger]
    var pbx = pbxs[state.pbx]
    for hold in ledger.holds { ledger.approve(hold.name) }
    for object in ledger.state.unproven {
      let key = object.key
      if pbx.objects[key]?.first?.origin != .program {
        ledger.release(key)
        pbx.objects[key] = pbx.objects[key]?.map { PBXModel.Object(item: $0.item, origin: .foreign) }
      } else if wanted.contains(where: { $0.item.key == key }) {
        ledger.allow(key)
      } else {
        pbx.objects[key] = nil
        ledger.state.objects.removeAll { $0.key == key }
      }
    }
    ledger.normalize(completeReads: settings.policy.removal.completeReads, isRunning: false)
    state.ledger = ledgers.number(of: ledger)
    state.pbx = pbxs.number(of: pbx)
  }

  // MARK: - At rest

  private func checkAtRest(_ state: State) throws(Violation) {
    let pbx = pbxs[state.pbx]
    let number = plan(.complete, state)
    let planned = plans[number]
    if !openCalls(state, planned).isEmpty { throw Violation(.nothingInDoubtForEver, text(of: state)) }
    let wanted = planned.reading.wanted
    for wantedObject in wanted {
      let key = wantedObject.item.key
      // An object that the PBX lost and refused to have again is reported until an audit.
      if pbx.edited.contains(key) || ledgers[state.ledger].state.lost.contains(where: { $0.key == key }) { continue }
      let own = (pbx.objects[key] ?? []).filter { $0.origin == .program }
      if let conflict = planned.plan.conflicts.first(where: {
        $0.wanted.item.key == key && $0.wanted.entry == wantedObject.entry
      }) {
        if !isJustified(conflict, planned, pbx) {
          throw Violation(.equalAtRest, "\(key) of \(wantedObject.entry): \(conflict.reason): \(text(of: state))")
        }
      } else if own.count != 1 || own[0].item != wantedObject.item {
        throw Violation(.equalAtRest, "\(key) of \(wantedObject.entry) isn't on the PBX: \(text(of: state))")
      }
    }
    for (key, objects) in pbx.objects where objects.contains(where: { $0.origin == .program }) {
      if wanted.contains(where: { $0.item.key == key }) || pbx.edited.contains(key) { continue }
      if isKept(key, planned, state) { continue }
      throw Violation(.equalAtRest, "\(key) is left on the PBX: \(text(of: state))")
    }
  }

  /// Whether the PBX or the directory gives the reason for a conflict.
  private func isJustified(_ conflict: Conflict, _ planned: PlannedRun, _ pbx: PBXModel) -> Bool {
    let key = conflict.wanted.item.key
    let rivals = planned.reading.wanted.filter { $0.item.key == key && $0.entry != conflict.wanted.entry }
    return switch conflict.reason {
    case .duplicate: !rivals.isEmpty
    case .foreign: pbx.objects[key]?.contains { $0.origin != .program } == true
    case .refused: conflict.wanted.item.fields.contains { $0.value == PBXModel.refusedName }
    case .occupied(let holder, _):
      planned.reading.sighting(of: holder, as: key.kind) == .withoutNumber
        || planned.plan.conflicts.contains { $0.wanted.entry == holder && $0.wanted.item.kind == key.kind }
    default: false
    }
  }

  /// A state in words, for messages.
  package func text(of state: State) -> String {
    let ledger = ledgers[state.ledger]
    let pbx = pbxs[state.pbx]
    let objects = pbx.objects.sorted { $0.key < $1.key }.flatMap { key, objects in
      objects.map { "\(key) \($0.item.fields[1].value) (\($0.origin))" }
    }
    let rows = ledger.state.objects.map { object in
      "\(object.key) \(object.item.fields[1].value) of \(object.entry)"
        + (object.unproven.map { " unproven, \($0.reason.rawValue)" } ?? "")
        + (object.absence.map { " \($0.reason.rawValue) in \($0.reads)" } ?? "")
    }
    let inDoubt = ledger.state.inDoubt.map { "in doubt: \($0.call.code)" }
    let refusals = ledger.state.refusals.map { "\($0.item.key) \($0.answer.status)" }
    let people = directories[state.directory].people.enumerated().map { index, person in
      person.map { person in
        "\(DirectoryModel.entries[index])\(person.name)\(person.isDisabled ? " disabled" : "") \(person.number ?? "-")/\(person.contact ?? "-")"
      } ?? "-"
    }
    return "directory [\(people.joined(separator: ", "))], PBX [\(objects.joined(separator: ", "))], "
      + "ledger [\((rows + inDoubt + refusals).joined(separator: ", "))]"
  }
}

extension SmallWorld {
  /// The request that leaves next, in words; nil if none does.
  package func request(in state: State) -> String? { runs[state.run]?.current?.call?.code }
}
