import Domain
import PBXSimulator

/// Knows what is true, and judges each request by it.
///
/// It sees what the directory showed and what the PBX did, and nothing of the program.
struct Oracle {
  /// What the admin set.
  struct Limits {
    var completeReads = 2
    /// In seconds.
    var grace: Int64 = 86_400
    var maxCount = 2
    /// Whether a number gets a new object for another entry.
    var makesNumbersAnew = false
  }

  /// Who made an object on the PBX.
  enum Origin: Hashable {
    case hand
    case program(person: Int)
    /// The program, to see whether the number is taken.
    case probe
  }

  /// Since when complete reads no longer show that a person wants a number.
  private struct Miss {
    var reads = 0
    let since: Int64
  }

  let limits: Limits
  private(set) var extensions: [String: Origin] = [:]
  private(set) var contacts: [String: [Origin]] = [:]
  /// The mails that each person may get, and those that were sent.
  private var allowedMails: [Int: Int] = [:]
  private(set) var mails: [Int: Int] = [:]
  private var misses: [ObjectKey: [Int: Miss]] = [:]
  /// What the reads have shown of each person, so that a request can be explained by it.
  private var shown: [Int: Set<Person>] = [:]
  private var latest: [Int: Person] = [:]
  /// Each person as a read has shown them last, also those who aren't shown now.
  private var seen: [Int: Person] = [:]
  /// The last complete read.
  private var lastShown: Set<Person> = []
  /// The times of removals that no admin approved, by kind.
  private var removals: [ObjectKind: [Int64]] = [:]
  private var approved: Set<ObjectKey> = []
  private var released: Set<ObjectKey> = []
  private var rejected: Set<ObjectKey> = []
  /// Of these, those that stay until the entry of their person is found again.
  private var kept: [ObjectKey: Int] = [:]
  /// Whose entries were created again.
  private var recreated: Set<Int> = []
  /// The numbers that somebody changed on the PBX: the program can't know.
  private var disturbed: Set<ObjectKey> = []
  /// The people whose extensions somebody deleted on the PBX, or restored to another state.
  private var disturbedPeople: Set<Int> = []
  /// The numbers whose last call may be unknown to the program.
  private var inDoubt: Set<ObjectKey> = []
  var isFrozen = false

  init(_ limits: Limits) { self.limits = limits }

  /// Whether the program can't know what is under a number.
  private func isUnknown(_ key: ObjectKey) -> Bool {
    disturbed.contains(key) || released.contains(key) || rejected.contains(key)
  }

  /// Whether the program may take an object under this number for its own.
  func isDisturbed(_ key: ObjectKey) -> Bool { disturbed.contains(key) }

  // MARK: - What happens beside the program

  mutating func made(byHand key: ObjectKey) {
    if key.kind == .extension {
      extensions[key.number] = .hand
    } else {
      contacts[key.number, default: []].append(.hand)
    }
  }

  /// The PBX no longer has, or has again, what it had.
  mutating func restore(extensions restored: [String: Origin]) {
    for number in Set(restored.keys).union(extensions.keys) where restored[number] != extensions[number] {
      disturbed.insert(ObjectKey(.extension, number))
      for case .program(let id)? in [restored[number], extensions[number]] {
        allowedMails[id, default: 0] += 1
        disturbedPeople.insert(id)
      }
    }
    extensions = restored
  }

  /// An admin ends the management of an object, whether it is there or not.
  mutating func release(_ key: ObjectKey) {
    released.insert(key)
    if key.kind == .extension {
      if extensions[key.number] != nil { extensions[key.number] = .hand }
    } else {
      contacts[key.number] = contacts[key.number]?.map { _ in .hand }
    }
  }

  /// An admin keeps objects whatever the directory shows.
  ///
  /// - Parameter untilFound: whether they stay until their entries are found again.
  mutating func reject(_ keys: some Sequence<ObjectKey>, untilFound: Bool) {
    rejected.formUnion(keys)
    guard untilFound else { return }
    for key in keys {
      let origins = key.kind == .extension ? extensions[key.number].map { [$0] } : contacts[key.number]
      if case .program(let id)? = origins?.first { kept[key] = id }
    }
  }

  /// An admin approves removals.
  mutating func approve(_ keys: some Sequence<ObjectKey>) {
    approved.formUnion(keys)
    for key in keys { kept[key] = nil }
  }

  /// A read has shown these people, as the program sees it.
  ///
  /// - Parameter isRecorded: whether the program could store that it saw them.
  mutating func read(_ people: Set<Person>, isComplete: Bool, isRecorded: Bool, at now: Int64) {
    kept = kept.filter { key, id in !people.contains { $0.id == id && ($0.has(key.kind) || $0.isDisabled) } }
    for var person in people {
      if person.generation > 0 { recreated.insert(person.id) }
      // A new ID is nothing that a mail tells.
      person.generation = 0
      seen[person.id] = person
      if latest[person.id] == person { continue }
      latest[person.id] = person
      shown[person.id, default: []].insert(person)
      allowedMails[person.id, default: 0] += 1
    }
    guard isComplete else { return }
    lastShown = people
    // Who comes back gets a mail again.
    latest = latest.filter { id, _ in people.contains { $0.id == id } }
    let numbers = Dictionary(people.map { ($0.id, $0) }) { first, _ in first }
    for (number, origin) in extensions { note(ObjectKey(.extension, number), origin, numbers, isRecorded, at: now) }
    for (number, origins) in contacts {
      for origin in origins { note(ObjectKey(.contact, number), origin, numbers, isRecorded, at: now) }
    }
  }

  private mutating func note(
    _ key: ObjectKey, _ origin: Origin, _ people: [Int: Person], _ isRecorded: Bool, at now: Int64
  ) {
    guard case .program(let id) = origin else { return }
    if people[id]?.mayWant(key) == true {
      if isRecorded { misses[key]?[id] = nil }
    } else {
      misses[key, default: [:]][id, default: Miss(since: now)].reads += 1
    }
  }

  // MARK: - Requests

  /// An answer that the program couldn't read: it may have to send the same again.
  mutating func lostAnswer(of call: LoggedCall) {
    for item in call.items {
      if let id = Self.person(item) { allowedMails[id, default: 0] += 1 }
      inDoubt.formUnion(Self.keys(item))
    }
  }

  /// The PBX has executed some objects of a call.
  mutating func executed(_ call: LoggedCall, at now: Int64, _ people: [Int: Person]) throws(Violation) {
    if isFrozen { throw Violation(.nothingWhileFrozen, "\(call.action) \(call.items)") }
    for item in call.items.prefix(call.done) {
      switch call.action {
      case "addExt": try add(item)
      case "updateExt": try update(item, people)
      case "deleteExt": try remove(ObjectKey(.extension, item["ExtentionNumber"] ?? ""), at: now, people)
      case "addPhonebook": try add(contact: item)
      case "updatePhonebook": try update(contact: item, at: now, people)
      case "deletePhonebook": try remove(ObjectKey(.contact, Self.digits(item["PhoneNumber"])), at: now, people)
      default: throw Violation(.nothingWithoutRead, "the action \(call.action)")
      }
      inDoubt.subtract(Self.keys(item))
    }
  }

  private mutating func add(_ item: [String: String]) throws(Violation) {
    let number = item["ExtentionNumber"] ?? ""
    // A probe, which a PBX that doesn't check names takes for an extension; an update or a delete follows.
    if item["FirstName"] == "" {
      extensions[number] = .probe
      return
    }
    let id = try owner(of: item, "addExt \(number)")
    let others = extensions.filter { $0.value == .program(person: id) && !isUnknown(ObjectKey(.extension, $0.key)) }
    if latest[id]?.keepsAny == true, let other = others.keys.min() {
      throw Violation(.oneNumber, "\(number) for p\(id), who has \(other)")
    }
    extensions[number] = .program(person: id)
    misses[ObjectKey(.extension, number)] = nil
    try mail(id)
  }

  private mutating func update(_ item: [String: String], _ people: [Int: Person]) throws(Violation) {
    let number = item["ExtentionNumber"] ?? ""
    let key = ObjectKey(.extension, number)
    let id = try owner(of: item, "updateExt \(number)")
    let before: Int
    switch extensions[number] {
    case .program(let person): before = person
    case .probe:
      extensions[number] = .program(person: id)
      return try mail(id)
    case .hand, nil: throw Violation(.foreignUntouched, "updateExt \(number)")
    }
    if before != id {
      // Two entries with one number are a mistake: it is handed over once its holder isn't shown.
      // After a lost answer the program knows of no handover.
      if people[before]?.mayWant(key) == true,
        lastShown.contains(where: { $0.id == before && $0.mayWant(key) }),
        !inDoubt.contains(key)
      {
        throw Violation(.nobodyLoses, "\(number) of p\(before) becomes p\(id)'s")
      }
      extensions[number] = .program(person: id)
      misses[key] = nil
      // Whose number was handed over may get it back.
      allowedMails[before, default: 0] += 1
    }
    try mail(id)
  }

  private mutating func remove(_ key: ObjectKey, at now: Int64, _ people: [Int: Person]) throws(Violation) {
    let origin: Origin?
    if key.kind == .extension {
      origin = extensions.removeValue(forKey: key.number)
    } else {
      origin = contacts[key.number]?.first
      contacts[key.number]?.removeFirst()
      if contacts[key.number]?.isEmpty == true { contacts[key.number] = nil }
    }
    if origin == .probe { return }
    guard case .program(let id)? = origin else { throw Violation(.foreignUntouched, "\(key) is deleted") }
    // Another person may have the DN that was used before.
    if limits.makesNumbersAnew, recreated.contains(id) { return misses[key] = nil }
    // Who was seen with another number and is hidden since has that one. An approved removal may be of an earlier holder, if the
    // handover is in doubt: the present one gets an object of its own after it. It may also be of somebody who is hidden, and got
    // the number again after the approval.
    let isApproved = approved.contains(key) && (inDoubt.contains(key) || !lastShown.contains { $0.id == id })
    // A guest who still has another extension had two for a moment.
    let isLast = key.kind == .contact || !extensions.values.contains(.program(person: id))
    let isWanted = people[id]?.wants(key) == true || (isLast && people[id]?.mayWant(key) == true)
    // After a restore of the PBX the ledger may say that it is an earlier holder's: then this person gets a new one.
    let isMadeAnew = limits.makesNumbersAnew && disturbed.contains(key)
    if isWanted, seen[id]?.mayWant(key) != false, !isApproved, !isMadeAnew {
      throw Violation(.nobodyLoses, "\(key) of p\(id) is deleted")
    }
    if kept[key] != nil { throw Violation(.rejectionStands, "\(key) of p\(id)") }
    defer { misses[key] = nil }
    // Who has another number was seen, not missed.
    if lastShown.contains(where: { $0.id == id && !$0.isDisabled && $0.has(key.kind) }) { return }
    if disturbed.contains(key) || approved.contains(key) { return }
    guard let miss = misses[key]?[id] else { throw Violation(.absenceIsProved, "\(key) of p\(id) was never missed") }
    let wasSeen = lastShown.contains { $0.id == id }
    if now - miss.since < limits.grace || (!wasSeen && miss.reads < limits.completeReads) {
      throw Violation(
        .absenceIsProved, "\(key) of p\(id) is deleted after \(now - miss.since) s and \(miss.reads) reads")
    }
    removals[key.kind, default: []].removeAll { $0 <= now - 86_400 }
    removals[key.kind, default: []].append(now)
    if removals[key.kind, default: []].count > limits.maxCount {
      throw Violation(.removalsAreLimited, "\(key) of p\(id), the \(removals[key.kind, default: []].count)th in a day")
    }
  }

  private mutating func add(contact item: [String: String]) throws(Violation) {
    let number = Self.digits(item["PhoneNumber"])
    let id = try owner(of: item, "addPhonebook \(number)")
    if contacts[number]?.contains(.program(person: id)) == true {
      throw Violation(.contactOnce, "\(number) of c\(id)")
    }
    contacts[number, default: []].append(.program(person: id))
    misses[ObjectKey(.contact, number)]?[id] = nil
  }

  private mutating func update(contact item: [String: String], at now: Int64, _ people: [Int: Person])
    throws(Violation)
  {
    let (old, new) = (Self.digits(item["RegisteredPhoneNumber"]), Self.digits(item["PhoneNumber"]))
    let id = try owner(of: item, "updatePhonebook \(old)")
    guard let origin = contacts[old]?.first else { return }
    guard case .program(let before) = origin else { throw Violation(.foreignUntouched, "updatePhonebook \(old)") }
    let key = ObjectKey(.contact, old)
    if before != id, people[before]?.wants(key) == true,
      lastShown.contains(where: { $0.id == before && $0.wants(key) }), !inDoubt.contains(key)
    {
      throw Violation(.nobodyLoses, "the contact \(old) of c\(before) becomes c\(id)'s")
    }
    contacts[old]?.removeFirst()
    if contacts[old]?.isEmpty == true { contacts[old] = nil }
    contacts[new, default: []].append(.program(person: id))
    misses[ObjectKey(.contact, new)]?[id] = nil
  }

  private mutating func mail(_ id: Int) throws(Violation) {
    mails[id, default: 0] += 1
    if mails[id, default: 0] > allowedMails[id, default: 0] {
      throw Violation(
        .mailsAreBounded, "p\(id) got \(mails[id, default: 0]) mails and should get \(allowedMails[id, default: 0])")
    }
  }

  /// Whose values an item has, as some read has shown them.
  private func owner(of item: [String: String], _ what: String) throws(Violation) -> Int {
    guard let id = Self.person(item) else { throw Violation(.nothingWithoutRead, "\(what): \(item)") }
    if shown[id]?.contains(where: { $0.lastName == item["LastName"] }) == true { return id }
    throw Violation(.nothingWithoutRead, "\(what) \(item)")
  }

  /// The person in an object's first name: `P3` or `C3`.
  private static func person(_ item: [String: String]) -> Int? {
    guard let name = item["FirstName"], let first = name.first, "PC".contains(first) else { return nil }
    return Int(name.dropFirst())
  }

  private static func keys(_ item: [String: String]) -> [ObjectKey] {
    [("ExtentionNumber", ObjectKind.extension), ("PhoneNumber", .contact), ("RegisteredPhoneNumber", .contact)]
      .compactMap { field, kind in item[field].map { ObjectKey(kind, digits($0)) } }
  }

  private static func digits(_ number: String?) -> String { (number ?? "").filter { $0 != "+" } }

  // MARK: - At rest

  /// Compares the PBX with the directory.
  ///
  /// - Parameter waiting: numbers with a call in doubt, while an entry has a conflict that only a person can end.
  /// - Parameter hasConflicts: whether the program has reported any.
  func checkAtRest(_ people: [Int: Person], waiting: Set<ObjectKey>, hasConflicts: Bool) throws(Violation) {
    let unknown = released.union(rejected).union(waiting).union(disturbed)
    for guest in people.values.sorted(by: { $0.id < $1.id }) where guest.keepsAny {
      let numbers = extensions.filter { $0.value == .program(person: guest.id) }.keys.sorted()
      if numbers.contains(where: { unknown.contains(ObjectKey(.extension, $0)) }) { continue }
      if numbers.count > 1 || (numbers.isEmpty && !hasConflicts && !disturbedPeople.contains(guest.id)) {
        throw Violation(.equalAtRest, "p\(guest.id) of the pool has \(numbers)")
      }
    }
    for kind in ObjectKind.allCases {
      let wanted = Dictionary(grouping: people.values.filter { $0.number(kind) != nil }) { $0.number(kind) ?? "" }
      let present = kind == .extension ? extensions.mapValues { [$0] } : contacts
      for number in Set(wanted.keys).union(present.keys).sorted() {
        let origins = present[number] ?? []
        // A hand-made object has the number.
        if origins.contains(.hand) || unknown.contains(ObjectKey(kind, number)) { continue }
        let claimants = wanted[number] ?? []
        // Nobody gets a number that several entries want.
        if origins.isEmpty && claimants.count > 1 { continue }
        if origins.isEmpty || origins.count > 1 {
          throw Violation(.equalAtRest, "\(kind) \(number) is there \(origins.count) times")
        }
        guard case .program(let id) = origins[0], !claimants.contains(where: { $0.id == id }),
          kind == .contact || people[id]?.keepsAny != true
        else { continue }
        // Who can't have the new number keeps the old one.
        guard let new = people[id]?.number(kind),
          unknown.contains(ObjectKey(kind, new)) || wanted[new, default: []].count > 1
            || present[new]?.contains(.program(person: id)) == false
        else {
          throw Violation(.equalAtRest, "\(kind) \(number) is p\(id)'s")
        }
      }
    }
  }
}
