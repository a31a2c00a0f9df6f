import Domain

/// What can happen in a state, and what follows.
extension SmallWorld {
  /// The events that are possible, in a fixed order.
  package func events(in state: State) -> [Event] {
    let budget = Budget(packed: state.budget)
    if let run = runs[state.run] {
      let isSending = run.current?.call != nil && run.current?.seen == nil
      // A kill before the first commit of a run leaves no trace.
      let kill: [Event] = budget.faults > 0 && run.stage != .planned ? [.kill] : []
      if !isSending { return [.step] + kill }
      let faults = budget.faults > 0 ? Event.Fault.allCases.filter { $0 != .none } : []
      return [.send(.none)] + faults.map(Event.send) + kill
    }
    let ledger = ledgers[state.ledger]
    var events: [Event] = [.run(.complete)]
    if budget.edits > 0 { events += edits(of: directories[state.directory]).map(Event.edit) }
    if budget.reads > 0 {
      let directory = directories[state.directory]
      events += [0, 1].filter { directory.people[$0] != nil }.map { .run(.incomplete(missing: $0)) }
      if directory.earlier != directory.people { events.append(.run(.lagging)) }
    }
    if budget.searches > 0 {
      events += [0, 1, 2].filter { $0 != directories[state.directory].search }.map(Event.search)
    }
    if budget.days > 0 { events.append(.day) }
    if budget.decisions > 0 {
      for (index, hold) in ledger.holds.enumerated() where hold.decision == nil {
        events += [.approve(index), .reject(index)]
      }
      for key in settings.keys {
        let isForeign =
          ledger.state.knownForeign.contains { $0.key == key }
          || ledger.state.refusals.contains { $0.item.key == key && $0.answer.status == .taken }
        let object = ledger.object(key)
        if (object?.isManaged == false || isForeign) && !ledger.state.adoptions.contains(where: { $0.key == key }) {
          events.append(.adopt(key))
        }
        // The command refuses an object with a call in doubt.
        let isInDoubt = ledger.state.inDoubt.contains { $0.call.touchedKeys.contains(key) }
        if object != nil, !isInDoubt { events.append(.release(key)) }
      }
    }
    if budget.hands > 0 {
      let pbx = pbxs[state.pbx]
      for key in settings.keys {
        if pbx.objects[key] == nil { events.append(.create(key)) } else { events.append(.erase(key)) }
      }
      if pbx.backup == nil { events.append(.backUp) } else if pbx.backup != pbx.objects { events.append(.restore) }
    }
    return events
  }

  func passDay(_ state: inout State) throws(Violation) {
    try change(&state, ledger: { ledger throws(Violation) in ledger.age() })
    change(
      &state,
      ghost: { ghost in
        for key in ghost.misses.keys { ghost.misses[key]?.days = 1 }
        ghost.removals = []
      })
  }

  private func edits(of directory: DirectoryModel) -> [Event.Edit] {
    var edits: [Event.Edit] = []
    for (index, person) in directory.people.enumerated() {
      guard let person else {
        if settings.extensionNumbers.isEmpty {
          edits += settings.contactNumbers.map { .join(index, $0) }
        } else {
          edits += settings.extensionNumbers.map { .join(index, $0) }
        }
        continue
      }
      edits.append(.leave(index))
      edits.append(person.isDisabled ? .enable(index) : .disable(index))
      edits += [0, 1, 2].filter { $0 != person.name && ($0 != 2 || index == 0) }.map { .name(index, $0) }
      if !settings.extensionNumbers.isEmpty {
        edits += settings.extensionNumbers.filter { $0 != person.number }.map { .number(index, $0) }
        if person.number != nil { edits.append(.number(index, nil)) }
      }
      edits += settings.contactNumbers.filter { $0 != person.contact }.map { .contact(index, $0) }
      if person.contact != nil, !settings.extensionNumbers.isEmpty { edits.append(.contact(index, nil)) }
    }
    if let a = directory.people[0], let b = directory.people[1] {
      if let number = a.number, let other = b.number, number != other { edits.append(.swap) }
      if let number = a.contact, let other = b.contact, number != other { edits.append(.swapContacts) }
    }
    return edits
  }

  /// The state after an event.
  package func state(after event: Event, in state: State) throws(Violation) -> State {
    var next = state
    var budget = Budget(packed: state.budget)
    switch event {
    case .step: return try step(state)
    case .finish: return try finishRun(state)
    case .run(let read):
      next = begin(read, state)
      if read != .complete { budget.reads -= 1 }
    case .send(let fault):
      next = try send(fault, state)
      if fault != .none { budget.faults -= 1 }
    case .kill:
      next = kill(state)
      budget.faults -= 1
    case .edit(let edit):
      var directory = directories[state.directory]
      directory.edit(edit, isContact: settings.extensionNumbers.isEmpty, remembering: settings.budget.reads > 0)
      next.directory = directories.number(of: directory)
      budget.edits -= 1
    case .search(let search):
      var directory = directories[state.directory]
      directory.search = search
      next.directory = directories.number(of: directory)
      budget.searches -= 1
    case .day:
      try passDay(&next)
      budget.days -= 1
    case .approve(let index):
      try change(&next, ledger: { ledger throws(Violation) in ledger.approve(ledger.holds[index].name) })
      budget.decisions -= 1
    case .reject(let index):
      let keys = ledgers[state.ledger].holds[index].members.map(\.key)
      try change(&next, ledger: { ledger throws(Violation) in ledger.reject(ledger.holds[index].name) })
      let ledger = ledgers[next.ledger]
      change(&next, ghost: { ghost in for key in keys where !ledger.isRejected(key) { ghost.misses[key] = nil } })
      budget.decisions -= 1
    case .adopt(let key):
      try change(&next, ledger: { ledger throws(Violation) in ledger.allow(key) })
      change(&next, pbx: { pbx in pbx.mark(key, .unknown) })
      budget.decisions -= 1
    case .release(let key):
      try change(&next, ledger: { ledger throws(Violation) in ledger.release(key) })
      change(&next, pbx: { pbx in pbx.mark(key, .foreign) })
      budget.decisions -= 1
    case .create(let key):
      let ledger = ledgers[state.ledger]
      change(&next, pbx: { pbx in pbx.create(key, ledger) })
      budget.hands -= 1
    case .erase(let key):
      change(
        &next,
        pbx: { pbx in
          pbx.remove(key)
          pbx.edited.insert(key)
        })
      budget.hands -= 1
    case .backUp:
      change(&next, pbx: { pbx in pbx.backup = pbx.objects })
    case .restore:
      let ledger = ledgers[state.ledger]
      change(&next, pbx: { pbx in pbx.restore(ledger) })
      budget.hands -= 1
    }
    next.budget = budget.packed
    return next
  }
}

extension DirectoryModel {
  fileprivate mutating func edit(_ edit: Event.Edit, isContact: Bool, remembering: Bool) {
    if remembering { earlier = people }
    switch edit {
    case .join(let index, let number):
      people[index] = isContact ? Person(contact: number) : Person(number: number)
    case .leave(let index): people[index] = nil
    case .disable(let index): people[index]?.isDisabled = true
    case .enable(let index): people[index]?.isDisabled = false
    case .number(let index, let number): people[index]?.number = number
    case .name(let index, let name): people[index]?.name = name
    case .contact(let index, let number): people[index]?.contact = number
    case .swap:
      let (first, second) = (people[0]?.number, people[1]?.number)
      people[0]?.number = second
      people[1]?.number = first
    case .swapContacts:
      let (first, second) = (people[0]?.contact, people[1]?.contact)
      people[0]?.contact = second
      people[1]?.contact = first
    }
  }
}

extension LedgerModel {
  func isRejected(_ key: ObjectKey) -> Bool {
    holds.contains { $0.decision == .rejected && $0.members.contains { $0.key == key } }
  }

  /// Whether the program may be sure of the object under a number, so that it can't notice a change by hand.
  fileprivate func believesIn(_ key: ObjectKey) -> Bool {
    guard object(key)?.isManaged == true else { return false }
    return !state.inDoubt.contains { $0.call.action == .delete && $0.call.key == key }
  }

  /// Whether an admin has allowed to adopt what is under a number. The permission lasts for a day, whatever happens there meanwhile.
  fileprivate func mayAdopt(_ key: ObjectKey) -> Bool { state.adoptions.contains { $0.key == key } }
}

extension PBXModel {
  fileprivate mutating func mark(_ key: ObjectKey, _ origin: Origin) {
    for index in (objects[key] ?? []).indices { objects[key]?[index].origin = origin }
  }

  /// Somebody creates an object by hand. Nothing tells it from one that was deleted by hand before, nor a contact from any other.
  fileprivate mutating func create(_ key: ObjectKey, _ ledger: LedgerModel) {
    let item: PBXObject =
      key.kind == .extension
      ? .extension(Extension(number: key.number, firstName: "Hand"))
      : .contact(Contact(number: key.number, firstName: "Hand", lastName: "Made"))
    let isForeign =
      !ledger.believesIn(key) && !ledger.mayAdopt(key)
      && (key.kind == .extension || ledger.state.knownForeign.contains { $0.key == key })
    objects[key, default: []].append(Object(item: item, origin: isForeign ? .foreign : .unknown))
    if !isForeign { edited.insert(key) }
  }

  fileprivate mutating func restore(_ ledger: LedgerModel) {
    guard let backup else { return }
    for key in Set(objects.keys).union(backup.keys) where objects[key] != backup[key] {
      objects[key] = backup[key]
      edited.insert(key)
      // What was removed since the backup is back, and what was foreign may stand where the ledger has a managed object, or where an
      // admin has allowed an adoption.
      let isBelieved = ledger.believesIn(key)
      for index in (objects[key] ?? []).indices {
        let isManaged = objects[key]?[index].origin == .program
        if ledger.mayAdopt(key) || isManaged != isBelieved { objects[key]?[index].origin = .unknown }
      }
    }
    self.backup = nil
  }
}
