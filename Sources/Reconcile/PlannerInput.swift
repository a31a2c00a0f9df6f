import Domain

/// The input of one plan, indexed for the planner.
struct PlannerInput {
  let reading: ReadResult
  /// Values that only their order decides.
  let arbitraryValues: [ArbitraryValue]
  let policy: Policy
  let now: Timestamp

  /// The managed objects by number. An add or an adoption in doubt without a row in the ledger is included, with the values that it sent.
  let owned: [ObjectKey: ManagedObject]
  /// The objects of `owned` that only a call in doubt may have created.
  let assumed: Set<ObjectKey>
  /// Objects that may be managed and aren't proved to be: no call is sent for them.
  let unproven: [ObjectKey: ManagedObject]
  /// Calls without a known outcome, by every number that they may have left the object under.
  let inDoubtCalls: [ObjectKey: [InDoubtCall]]
  let refusals: [ObjectKey: Refusal]
  /// Foreign objects that may be adopted.
  let adoptions: [ObjectKey: AllowedAdoption]
  let formerHolders: [ObjectKey: FormerHolder]
  let backoffs: [ObjectKey: ChangeBackoff]
  let approvals: [Approval]
  private let (extensionLoss, contactLoss): (NumberLoss, NumberLoss)
  let searchChanges: [String: SearchChange]
  let rejections: Set<Approval.Member>
  /// Who has an object, managed or not.
  let holders: Set<NumberClaims.Claimant>
  private let (rejectedValues, approvedValues): (Set<Approval.Member>, Set<Approval.Member>)
  let undecided: Set<ObjectKey>
  private let undecidedValues: Set<Approval.Member>
  let loaded: Set<ObjectKind>
  let recent: [HeldSet.Action: [ObjectKey: LedgerState.Recent]]
  /// Objects that a table showed again, undecided in time, and wanted by now: their owner is no longer proved.
  let lapsed: Set<ObjectKey>
  private let counts: [ObjectKind: Int]
  /// Counts of all entries, if the plan concerns a part of them.
  let totals: LedgerState.Totals?
  /// How many managed objects of a kind are of entries that are missing or disabled.
  let leavers: [ObjectKind: Int]
  let allocations: [Allocation]
  /// The claims that follow from allocations.
  let allocated: Set<Dispute>
  /// Objects of the PBX that are known to be foreign.
  let knownForeign: [ObjectKey: KnownForeign]
  let sharedMailboxes: Set<String>
  /// When an older ledger was restored that isn't proved yet.
  let restored: [ObjectKind: Timestamp]
  /// An admin's order to send nothing.
  let freeze: Freeze?
  /// Claims to numbers that other entries held at the last complete read.
  let disputes: Set<Dispute>
  /// Managed objects that the PBX was seen not to have, each with its holder: it may turn out to have them.
  let lost: [ObjectKey: FormerHolder]
  /// Allocates numbers to entries without a number in the directory.
  private(set) var allocator = PoolAllocator()
  /// All wanted objects, each with its number.
  private(set) var wanted: [WantedObject] = []
  /// Fields that the directory may hide.
  private(set) var hiddenValues: [HeldSet] = []
  /// Objects for which an admin rejected the loss of a field.
  private(set) var keptValues: [HeldObject] = []
  /// The objects that keep a field for now although the directory has emptied it.
  private(set) var deferredLosses: [WantedObject] = []
  /// The objects of missing or disabled entries, each with the DNs of present entries that look like the same and can't have it now.
  private(set) var recreated: [ObjectKey: [String]] = [:]
  /// Contacts that aren't wanted because they are users too.
  private(set) var alsoUsers: [WantedObject] = []

  init(_ reading: ReadResult, _ state: LedgerState, _ policy: Policy, now: Timestamp) {
    var reading = reading
    arbitraryValues = reading.arbitraryValues(beside: state)
    reading.decide(by: state)
    self.reading = reading
    var policy = policy
    // A frozen PBX isn't asked again, so what it refused stays a conflict.
    if state.freeze != nil { policy.foreignRetry = .never }
    self.policy = policy
    self.now = now

    var owned: [ObjectKey: ManagedObject] = Dictionary(minimumCapacity: state.objects.count)
    var unproven: [ObjectKey: ManagedObject] = [:]
    let lapsed = Self.lapsed(state.objects, reading, at: now)
    for var object in state.objects {
      if lapsed.contains(object.key) {
        object.absence = nil
        object = object.unproven(.pbxReplaced, since: now)
      }
      object.item = object.item.comparable
      if object.isManaged { owned[object.key] = object } else { unproven[object.key] = object }
    }
    self.lapsed = lapsed
    var assumed: Set<ObjectKey> = []
    var inDoubtCalls: [ObjectKey: [InDoubtCall]] = [:]
    for inDoubtCall in state.inDoubt {
      for key in inDoubtCall.call.keys {
        inDoubtCalls[key, default: []].append(
          key == inDoubtCall.call.key ? inDoubtCall.withoutEarlierNumber(unproven) : inDoubtCall)
      }
      if inDoubtCall.mayCreate(beside: state.inDoubt), let item = inDoubtCall.call.item, owned[item.key] == nil,
        unproven[item.key] == nil
      {
        owned[item.key] = ManagedObject(item, entry: inDoubtCall.entry, dn: inDoubtCall.dn)
        assumed.insert(item.key)
      }
    }
    self.owned = owned
    leavers = owned.values.reduce(into: [:]) { counts, object in
      let sighting = reading.sighting(of: object.entry, as: object.key.kind)
      if sighting == nil || sighting == .disabled { counts[object.key.kind, default: 0] += 1 }
    }
    self.assumed = assumed
    self.unproven = unproven
    self.inDoubtCalls = inDoubtCalls
    refusals = Dictionary(state.refusals.map { ($0.item.key, $0) }, uniquingKeysWith: { first, _ in first })
    adoptions = Dictionary(state.adoptions.map { ($0.key, $0.comparable) }, uniquingKeysWith: { first, _ in first })
    formerHolders = Dictionary(state.formerHolders.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    backoffs = Dictionary(state.backoffs.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    extensionLoss = NumberLoss(of: .extension, in: reading, remembering: state)
    contactLoss = NumberLoss(of: .contact, in: reading, remembering: state)
    approvals = state.approvals
    searchChanges = Dictionary(
      (state.searchChanges + reading.searchChanges).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    rejections = state.rejections
    holders = owned.values.reduce(into: Set(unproven.values.map(NumberClaims.Claimant.init))) {
      $0.insert(NumberClaims.Claimant($1))
    }
    rejectedValues = Set(state.rejections.map(\.ofAnyEntry))
    approvedValues = Set(state.approvals.flatMap(\.members).map(\.ofAnyEntry))
    undecided = Set(state.undecided.map(\.key))
    undecidedValues = Set(state.undecided.map(\.ofAnyEntry))
    loaded = state.loaded
    recent = state.recent
    let counted = state.totals == nil ? Set(owned.keys) : assumed
    counts = counted.reduce(into: state.totals?.managed ?? [:]) { counts, key in counts[key.kind, default: 0] += 1 }
    totals = state.totals
    allocations = state.allocations
    allocated = Set(state.allocations.map { Dispute($0.key, $0.entry) })
    knownForeign = Dictionary(state.knownForeign.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    sharedMailboxes = state.sharedMailboxes
    restored = state.restored
    freeze = state.freeze
    self.lost = Dictionary(state.lost.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    disputes = state.disputes
    allocator = PoolAllocator(self)
    let allotted =
      allocator.wantedObjects.contains { $0.open != nil }
      ? allocator.decided(by: PresentObjects(state)) : allocator.wantedObjects
    (wanted, alsoUsers) = withoutUsers(allotted.isEmpty ? reading.wanted : reading.wanted + allotted)
    let hidden = HiddenValues(wanted, self)
    (wanted, hiddenValues, keptValues) = (hidden.wanted, hidden.held, hidden.rejected)
    deferredLosses = hidden.deferred
    recreated = allocator.recreated.merging(namesakes()) { $0 + $1 }
  }

  private static func lapsed(_ objects: [ManagedObject], _ reading: ReadResult, at now: Timestamp) -> Set<ObjectKey> {
    let old = objects.filter { object in object.isManaged && object.absence?.evidenceEnd.map { $0 <= now } == true }
    if old.isEmpty { return [] }
    let wanted = Set(reading.wanted.map(\.item.key))
    return Set(
      old.filter { object in
        wanted.contains(object.key) || reading.sighting(of: object.entry, as: object.key.kind) == .mapped
      }.map(\.key))
  }

  /// How many entries with an object no longer show a number.
  func numberLoss(of kind: ObjectKind) -> NumberLoss {
    switch kind {
    case .extension: extensionLoss
    case .contact: contactLoss
    }
  }

  /// The count of managed objects of a kind, including those that this plan doesn't concern.
  func count(of kind: ObjectKind) -> Int { counts[kind] ?? 0 }

  /// Whether an admin rejected the change. The values decide, not the entry's ID.
  func isRejected(_ member: Approval.Member) -> Bool { rejectedValues.contains(member.ofAnyEntry) }

  /// Whether an admin has still to decide on the change, likewise.
  func isUndecided(_ member: Approval.Member) -> Bool { undecidedValues.contains(member.ofAnyEntry) }

  /// Whether an admin approved the change, likewise.
  func isApproved(_ member: Approval.Member) -> Bool { approvedValues.contains(member.ofAnyEntry) }

  /// The rejections that hold although no change may meet them: nothing is planned for an unproven object, beside a conflict, or while
  /// no entry wants the object's number, as between two reads of an entry that is created again.
  var standingRejections: Set<Approval.Member> {
    if rejections.isEmpty { return [] }
    let items = Set(wanted.map(\.item))
    let keys = Set(items.map(\.key))
    let claims = Set(wanted.map { Dispute($0.item.key, $0.entry) })
    return rejections.filter { member in
      if let item = member.wanted {
        let isWanted = items.contains(item) || present(member.key) != nil && !keys.contains(member.key)
        return isWanted && owned[member.key]?.item != item
      }
      return unproven[member.key]?.entry == member.entry && !claims.contains(Dispute(member.key, member.entry))
    }
  }

  /// The entry that has the number, may have got it by a call in doubt, or had it until the PBX lost it.
  func holder(of key: ObjectKey) -> EntryID? {
    owned[key]?.entry ?? unproven[key]?.entry ?? inDoubtCalls[key]?.first?.entry ?? lost[key]?.entry
  }

  /// The ledger's object under the number, managed or not.
  func present(_ key: ObjectKey) -> ManagedObject? { owned[key] ?? unproven[key] }

  /// Whether the PBX has, or may have, an object under the number that is managed or named for adoption.
  func mayExist(_ key: ObjectKey) -> Bool {
    present(key) != nil || inDoubtCalls[key] != nil || adoptions[key] != nil
  }

  /// Whether no call may be sent for this number, whatever object has it.
  func isUntouchable(_ key: ObjectKey) -> Bool { policy.numbers.isProtected(key.number) || foreign(key) != nil }

  /// The known foreign object with this number; nil if there is none, or if it may be adopted. One in another form isn't found by the number.
  func foreign(_ key: ObjectKey) -> KnownForeign? {
    guard let known = knownForeign[key], known.form != nil || !mayAdopt(key) else { return nil }
    return known
  }

  /// When the PBX was last asked for an object that is known to be foreign, or when that became known.
  func askedAt(_ foreign: KnownForeign) -> Timestamp { refusals[foreign.key]?.askedAt ?? foreign.since }

  /// Whether another add may find out if it is still there; the PBX refuses the add while it is. Never for a contact.
  func mayAskAgain(_ foreign: KnownForeign) -> Bool {
    foreign.key.kind == .extension && policy.foreignRetry.isDue(askedAt: askedAt(foreign), at: now)
  }

  /// Why a wanted object whose number is known to be foreign must wait.
  func reason(_ foreign: KnownForeign, isOfPool: Bool = false) -> Conflict.Reason {
    let nextAt = foreign.key.kind == .extension ? askedAt(foreign) + ForeignRetry.pause : nil
    return .foreign(
      since: foreign.since, nextAt: nextAt, isOfPool: isOfPool || allocator.pool(of: foreign.key) != nil,
      form: foreign.form)
  }

  /// Why a wanted object with the number of an unproven object must wait. nil if that object is as wanted, may be adopted,
  /// or is due for another add, which the PBX refuses while the object is there.
  func obstacle(to wantedObject: WantedObject) -> Unproven? {
    let key = wantedObject.item.key
    guard let object = unproven[key], !mayAdopt(key), !isAsWanted(object, wantedObject) else { return nil }
    return key.kind == .extension && policy.foreignRetry == .always ? nil : object.unproven
  }

  /// Whether an unproven object needs no call, as far as its values are known.
  func isAsWanted(_ object: ManagedObject, _ wantedObject: WantedObject) -> Bool {
    object.unproven?.isAsSent == true && object.item == wantedObject.item && object.entry == wantedObject.entry
      && inDoubtCalls[object.key] == nil
  }

  /// The refusal by the PBX of exactly this object, or of its number, which is taken for every entry. A taken number doesn't count once
  /// the object may be adopted, or when another add is due; other refusals don't while an admin has the entry retried.
  func refusal(of wanted: WantedObject) -> Refusal? {
    guard let refusal = refusals[wanted.item.key],
      refusal.answer.status == .taken && owned[wanted.item.key] == nil
        || refusal.item == wanted.item && refusal.entry == wanted.entry
    else { return nil }
    let isOver =
      refusal.answer.status == .taken
      ? mayAdopt(wanted.item.key) || policy.foreignRetry.isDue(askedAt: refusal.askedAt, at: now)
      : policy.retriedEntries.contains(wanted.entry)
    return isOver ? nil : refusal
  }

  /// Whether a foreign object under this number may be adopted. Not under a number from a pool, unless it may be managed
  /// or was allocated to an entry that is to have exactly that object.
  func mayAdopt(_ key: ObjectKey) -> Bool {
    let isAllowed = adoptions[key]?.isAsItIs == false
    if allocator.pool(of: key) != nil {
      return isAllowed && (unproven[key] != nil || allocator.adoptable.contains(key))
    }
    return isAllowed || policy.existing == .adopt && knownForeign[key] == nil
  }

  /// Why an entry may not have the number: a table showed an object with other values there.
  func obstacle(toOthersThan adoption: AllowedAdoption?, _ wantedObject: WantedObject) -> Unproven? {
    guard let adoption, adoption.isAsItIs, adoption.item?.isStored(as: wantedObject.item) != true,
      owned[adoption.key] == nil,
      !mayAdopt(adoption.key)
    else { return nil }
    return Unproven(.ledgerRestored, since: restored[adoption.key.kind] ?? now)
  }

  /// Whether the PBX may have a managed object under the number although the ledger has none: one that an older, restored
  /// ledger doesn't know, or one that appeared to be lost.
  func mayHaveManaged(_ key: ObjectKey) -> Bool { restored[key.kind] != nil || lost[key] != nil }

  /// The object that the PBX may have under the number of a new extension: if it may be managed, it was probably created for this
  /// entry. Its values are unknown. What is known to be foreign, such as after a release, is nobody's.
  func presumed(_ wantedObject: WantedObject) -> ManagedObject? {
    let key = wantedObject.item.key
    guard mayHaveManaged(key), key.kind == .extension, refusals[key]?.answer.status != .taken,
      knownForeign[key] == nil
    else { return nil }
    let reason: Unproven.Reason = lost[key] != nil ? .lossDenied : .notInBackup
    return ManagedObject(wantedObject.item, entry: wantedObject.entry, dn: wantedObject.dn).unproven(reason, since: now)
  }

  /// Why the change isn't tried yet. Values that no earlier call had are tried at once, and so is a change of an entry that an admin
  /// names. A repeated mail waits in every run, any other change only in those that no admin waits for.
  func backoff(of change: Change) -> ChangeBackoff? {
    guard policy.backsOff || change.mayRepeatMail, !change.differsFromCallsInDoubt,
      !policy.retriedEntries.contains(change.entry), let backoff = backoffs[change.call.key], backoff.nextAt > now
    else { return nil }
    return backoff
  }

  /// Whether an object that is to be adopted has the wanted values already, so that nothing is sent: only a table shows that. What the
  /// ledger remembers of an unproven object doesn't.
  func isAdoptedAsItIs(_ wantedObject: WantedObject) -> Bool {
    let key = wantedObject.item.key
    guard owned[key] == nil, inDoubtCalls[key] == nil, let adoption = adoptions[key],
      allocator.pool(of: key) == nil || unproven[key] != nil || allocator.adoptable.contains(key)
    else { return false }
    return adoption.item?.isStored(as: wantedObject.item) == true
  }

  /// The removal after which the number still rests.
  func rest(of key: ObjectKey) -> FormerHolder? {
    guard key.kind == .extension, let formerHolders = formerHolders[key], formerHolders.at + policy.numbers.rest > now
    else { return nil }
    return formerHolders
  }
}

extension Call {
  /// Every number that the object may be known by while the call's outcome isn't known.
  var keys: [ObjectKey] {
    if case .updateContact(_, let registered) = self, registered != key.number {
      return [key, ObjectKey(.contact, registered)]
    }
    return [key]
  }
}

extension AllowedAdoption {
  /// The same adoption, with values that can be compared.
  fileprivate var comparable: AllowedAdoption {
    AllowedAdoption(key, item: item?.comparable, asItIs: isAsItIs, until: until)
  }
}

extension InDoubtCall {
  /// Whether its object may be managed from now on although the ledger has no row for it: an add, or the update that adopts an object.
  /// Not a contact's renumbering, nor the update that follows one: its row has the earlier number.
  fileprivate func mayCreate(beside all: [InDoubtCall]) -> Bool {
    switch call.action {
    case .add: true
    case .update: call.keys.count == 1 && !all.contains { $0.call.key == call.key && $0.call.keys.count > 1 }
    case .delete: false
    }
  }

  /// The same call without the earlier number if the object there is unproven: the contact isn't looked for there.
  fileprivate func withoutEarlierNumber(_ unproven: [ObjectKey: ManagedObject]) -> InDoubtCall {
    guard case .updateContact(let contact, let registered) = call, registered != contact.number,
      unproven[ObjectKey(.contact, registered)] != nil
    else { return self }
    return InDoubtCall(
      intent: intent, call: .updateContact(contact, registeredNumber: contact.number), entry: entry, dn: dn)
  }
}
