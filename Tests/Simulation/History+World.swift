import Domain
import Ledger
import PBXSimulator
import TestSupport

// What happens to the directory, the PBX and the clock between two runs.

extension History {
  /// One more than people, so that numbers are often wanted twice, and change hands.
  var numbers: [String] { (0...settings.people).map { "\(1001 + $0)" } }
  var contactNumbers: [String] { (0...settings.people / 2).map { "\(4_930_555_001 + $0)" } }

  func edit(person id: Int) {
    edited.insert(id)
    var people = host.directory.people
    var person = people[id] ?? Person(id: id, isGuest: settings.isGuest(id))
    switch Int.random(in: 0..<10, using: &random) {
    case 0: person.name += 1
    case 1, 2, 3: person.number = person.isGuest && one(in: 2) ? nil : numbers.randomElement(using: &random)
    case 4: person.contact = contactNumbers.randomElement(using: &random)
    case 5: person.contact = nil
    case 6: person.isDisabled.toggle()
    case 7: person.generation += 1
    case 8:
      people[id] = nil
      host.directory.people = people
      return note("edit p\(id) leaves")
    default:
      // Two people exchange their numbers.
      let other = Int.random(in: 0..<settings.people, using: &random)
      guard var second = people[other], other != id, person.number != nil, second.number != nil else { break }
      swap(&person.number, &second.number)
      people[other] = second
      edited.insert(other)
      note("edit \(second)")
    }
    people[id] = person
    host.directory.people = people
    note("edit \(person)")
  }

  /// Somebody deletes an extension on the PBX, or restores the PBX.
  func changePBX() {
    outcome.faults += 1
    guard let backup, one(in: 2) else {
      backup = (host.network.extensions, oracle.extensions)
      let own = oracle.extensions.filter { $0.value != .hand }.keys.sorted()
      guard one(in: 2), let number = own.randomElement(using: &random) else { return note("back up the PBX") }
      host.network.edit { $0.store.remove(extension: number) }
      var left = oracle.extensions
      left[number] = nil
      oracle.restore(extensions: left)
      return note("by hand: delete extension \(number)")
    }
    // What was made by hand and is the program's by now stays: it couldn't tell them apart.
    var origins = oracle.extensions
    for (number, origin) in backup.origins where origins[number] != .hand && origin != .hand {
      origins[number] = origin
    }
    for (number, origin) in origins where origin != .hand && backup.origins[number] == nil { origins[number] = nil }
    let records = Dictionary(backup.extensions.map { ($0.number, $0) }) { first, _ in first }
    host.network.edit { pbx in
      for (number, _) in oracle.extensions where origins[number] == nil { pbx.store.remove(extension: number) }
      for (number, origin) in origins where origin != oracle.extensions[number] {
        if let record = records[number] { pbx.store.insert(record) }
      }
    }
    oracle.restore(extensions: origins)
    note("restore the PBX")
  }

  func freeze() async throws {
    let isFrozen = !oracle.isFrozen
    try await host.withLedger { ledger in
      if isFrozen {
        _ = try await ledger.begin(Freeze(since: host.now))
      } else {
        _ = try await ledger.endFreeze()
      }
    }
    oracle.isFrozen = isFrozen
    note(isFrozen ? "freeze" : "thaw")
  }

  func change() {
    switch Int.random(in: 0..<30, using: &random) {
    case 3: changePBX()
    case 5:
      // A directory that was filled again has new IDs.
      guard one(in: 4) else { return }
      host.directory.people = host.directory.people.mapValues { person in
        var person = person
        person.generation += 1
        return person
      }
      edited.formUnion(host.directory.people.keys)
      note("all entries are created again")
    case 4:
      isNarrow = !isNarrow && one(in: 2)
      host.useFilter(isNarrow: isNarrow)
      note("narrow filter: \(isNarrow)")
    case 0:
      // Somebody makes an extension by hand, where there is none.
      let some = settings.hasGuests ? numbers + settings.pool.prefix(2) : numbers
      guard let number = some.randomElement(using: &random), oracle.extensions[number] == nil,
        !oracle.isDisturbed(ObjectKey(.extension, number))
      else { return }
      host.network.edit { pbx in
        pbx.store.insert(
          ExtensionRecord(["ExtentionNumber": number, "FirstName": "Hand", "EmailAddress": "hand@example.org"]))
      }
      oracle.made(byHand: ObjectKey(.extension, number))
      outcome.faults += 1
      note("by hand: extension \(number)")
    case 1:
      let step = chance(-86_400, -3600, 3600, 7 * 86_400)
      host.clock.step(Int64(step))
      outcome.faults += 1
      note("clock \(step)")
    case 2:
      host.clock.reboot()
      outcome.faults += 1
      note("reboot")
    default: edit(person: Int.random(in: 0..<settings.people, using: &random))
    }
  }

  func passTime() {
    let seconds = chance(60, 3600, 3600, 43_200, 86_400, 172_800)
    host.clock.pass(Int64(seconds))
    elapsed += Int64(seconds)
    note("pass \(seconds)")
  }
}
