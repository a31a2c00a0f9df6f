import Domain
import Reconcile

/// A directory and a ledger written down in a line or two, for the tables of cases.
struct Case {
  var reading = ReadResult()
  var state = LedgerState()
  var numbers = NumberPolicy()
  /// One complete read is enough and nothing waits, so that a case shows one thing.
  var removal = RemovalPolicy(completeReads: 1, after: 0, maxCount: 1000, maxPercent: 100)
  var update = ChangeLimits(maxCount: 1000, maxPercent: 100)
  var addition = ChangeLimits(maxCount: 1000, maxPercent: 100)
  var existing = ExistingPolicy.report
  var backsOff = false
  var retriedEntries: Set<EntryID> = []
  var foreignRetry = ForeignRetry.never
  var phonebook: [PhonebookPolicy] = []
  var maxContacts: Int?
  var now: Timestamp = 1_000_000

  /// `directory` and `ledger` list numbers by entry: `["a": "101"]`.
  init(directory: KeyValuePairs<String, String> = [:], ledger: KeyValuePairs<String, String> = [:]) {
    for (entry, number) in directory { want(person(entry, number), entry) }
    for (entry, number) in ledger { own(person(entry, number), entry) }
  }

  mutating func want(_ item: PBXObject, _ entry: String, dn name: String? = nil, source: Int = 0) {
    let name = name ?? dn(entry)
    reading.wanted.append(WantedObject(item, entry: EntryID(entry), dn: name, source: source))
    reading.record(.mapped, of: EntryID(entry), as: item.kind, dn: name, source: source)
  }

  /// An entry to which the directory gives no number.
  mutating func wantAny(
    _ entry: String, named name: String? = nil, from pool: NumberPool = pool("200-209"),
    writing attribute: String? = nil, email: String = "", source: Int = 0
  ) {
    let name = name ?? entry
    let wantedObject = WantedObject(person(name, "", email: email), entry: EntryID(entry), dn: dn(entry))
    reading.unnumbered.append(
      UnnumberedUser(wantedObject, pool: pool) { number in
        .init(
          person(name, number, email: email),
          write: attribute.map {
            DirectoryWrite(number, to: $0, of: dn(entry), entry: EntryID(entry), number: number)
          })
      })
    reading.record(.mapped, of: EntryID(entry), as: .extension, source: source)
  }

  /// The PBX lost an object of the entry, as an audit confirmed.
  mutating func lose(_ number: String, of entry: String) {
    state.lost.append(FormerHolder(ObjectKey(.extension, number), entry: EntryID(entry), dn: dn(entry), at: 1))
  }

  mutating func allocated(_ number: String, to entry: String) {
    state.allocations.append(Allocation(number, to: EntryID(entry), dn: dn(entry), pool: "people", at: 1))
  }

  /// The PBX has a foreign extension there, as its answer to this entry's add showed.
  mutating func refuse(_ number: String, of entry: String, askedAt: Timestamp = 1) {
    state.refusals.append(
      Refusal(
        person(entry, number), entry: EntryID(entry), answer: CallResult(.taken, errorCode: "EXTENSION_EXIST"),
        since: 1,
        askedAt: askedAt))
  }

  mutating func reserve(_ number: String, of entry: String) {
    reading.reserved.append(ReservedNumber(number, of: EntryID(entry), dn: dn(entry)))
  }

  mutating func free(_ number: String, of entry: String, at time: Timestamp) {
    state.formerHolders.append(
      FormerHolder(ObjectKey(.extension, number), entry: EntryID(entry), dn: dn(entry), at: time))
  }

  /// A person left, whose extension was removed.
  mutating func free(_ item: PBXObject, of entry: String, at time: Timestamp = 1) {
    state.formerHolders.append(FormerHolder(item, entry: EntryID(entry), dn: dn(entry), at: time))
  }

  mutating func own(_ item: PBXObject, _ entry: String, absence: Absence? = nil, unproven: Unproven.Reason? = nil) {
    state.objects.append(
      ManagedObject(
        item, entry: EntryID(entry), dn: dn(entry), absence: absence,
        unproven: unproven.map { Unproven($0, since: 1) }))
  }

  mutating func inDoubtCall(_ call: Call, _ entry: String, intent: Int64 = 1) {
    state.inDoubt.append(
      InDoubtCall(intent: intent, call: call, entry: EntryID(entry), dn: dn(entry)))
  }

  mutating func see(_ entry: String, as kind: ObjectKind = .extension, _ sighting: Sighting, source: Int = 0) {
    reading.record(sighting, of: EntryID(entry), as: kind, source: source)
  }

  /// An entry that wants nothing, with what could be mapped of it.
  mutating func see(_ entry: String, _ sighting: Sighting, having partial: PBXObject, dn name: String? = nil) {
    let name = name ?? dn(entry)
    reading.record(sighting, of: EntryID(entry), as: partial.kind, dn: name)
    reading.partial.append(WantedObject(partial, entry: EntryID(entry), dn: name))
  }

  private var policy: Policy {
    var policy = Policy(
      numbers: numbers, removal: removal, update: update, addition: addition, existing: existing,
      backsOff: backsOff, foreignRetry: foreignRetry, phonebook: phonebook, maxContacts: maxContacts)
    policy.retriedEntries = retriedEntries
    return policy
  }

  var plan: Plan { Reconcile.plan(for: reading, remembering: state, by: policy, at: now) }

  /// What follows from these entries, which the directory said have changed; nil for all that were read.
  func incrementalPlan(of entries: Set<EntryID>? = nil) -> IncrementalPlan {
    var reading = reading
    reading.markIncomplete(because: "a few entries were read by themselves")
    return IncrementalPlan(
      of: entries ?? reading.entries, in: reading, remembering: state, by: policy, at: now)
  }
}

func pool(_ ranges: String..., pick: NumberPool.Pick = .lowest) -> NumberPool {
  NumberPool(source: "people", ranges: ranges.compactMap(NumberRange.init), pick: pick)
}

func dn(_ entry: String) -> String { "uid=\(entry),dc=example,dc=com" }

func person(_ name: String, _ number: String, email: String = "") -> PBXObject {
  .extension(Extension(number: number, firstName: name, lastName: "L", email: email))
}

func contact(_ name: String, _ number: String, company: String = "") -> PBXObject {
  .contact(Contact(number: number, firstName: name, lastName: "L", company: company))
}

extension Plan {
  /// The calls in a form that a table can hold: `add extension 101 a`, `move contact 5 -> 6 b`.
  var calls: [String] {
    changes.map { change in
      if case .updateContact(let it, let registered) = change.call, registered != it.number {
        return "move contact \(registered) -> \(it.number) \(it.firstName)"
      }
      let name = change.call.item.map { " \($0.fields[1].value)" } ?? ""
      return "\(change.call.action.rawValue) \(change.call.key)\(name)"
    }
  }

  var conflictNumbers: [String] { conflicts.map { "\($0.wanted.item.number) \($0.wanted.entry)" } }
}

extension Settlement {
  /// The call to begin with, where it begins with one.
  var firstCall: Call? {
    var settlement = self
    return if case .follow(let call) = settlement.begin() { call } else { nil }
  }
}
