public import Domain

/// Evidence of the PBX's objects: a table exported from it, or answers to probes.
public struct PBXEvidence: Hashable, Sendable {
  /// The objects that the evidence covers: one that is covered and not shown doesn't exist.
  public enum Reach: Hashable, Sendable {
    case kind(ObjectKind)
    case keys(Set<ObjectKey>)
  }

  /// The PBX's objects, with their known values.
  public var objects: [ObjectKey: [ObjectField: String]]
  public var reach: Reach
  /// Nothing is concluded about numbers outside; empty for all.
  public var ranges: [NumberRange]
  /// Nothing is concluded about these numbers either: the evidence shows more than one object for each.
  public var unclear: Set<ObjectKey>
  /// When the evidence was taken; nil for now.
  public var takenAt: Timestamp?

  public init(
    _ objects: [ObjectKey: [ObjectField: String]], of reach: Reach, in ranges: [NumberRange] = [],
    excluding unclear: Set<ObjectKey> = [],
    at takenAt: Timestamp? = nil
  ) {
    self.objects = objects
    self.takenAt = takenAt
    self.unclear = unclear
    self.reach = reach
    self.ranges = ranges
  }

  /// The kind of which it shows all objects of the PBX, with all values.
  fileprivate var wholeKind: ObjectKind? {
    guard case .kind(let kind) = reach, ranges.isEmpty, unclear.isEmpty,
      objects.allSatisfy({ key, fields in kind.item(number: key.number, fields: fields) != nil })
    else { return nil }
    return kind
  }

  func covers(_ key: ObjectKey) -> Bool {
    if unclear.contains(key) { return false }
    let isInRange = ranges.isEmpty || ranges.contains { $0.contains(key.number) }
    return switch reach {
    case .kind(let kind): isInRange && key.kind == kind
    case .keys(let keys): isInRange && keys.contains(key)
    }
  }
}

extension PBXEvidence {
  /// The numbers for which the evidence contradicts calls that are known to have been done, in order.
  ///
  /// - Parameter changes: whether the object exists after the call, by number.
  public func contradictions(to changes: [ObjectKey: Bool]) -> (lacking: [ObjectKey], showing: [ObjectKey]) {
    let wrong = changes.filter { key, isThere in covers(key) && (objects[key] != nil) != isThere }
    return (wrong.filter(\.value).keys.sorted(), wrong.filter { !$0.value }.keys.sorted())
  }
}

/// Compares the PBX's objects with the ledger's, object by object.
public struct Audit: Hashable, Sendable {
  public struct Comparison: Hashable, Sendable {
    public let key: ObjectKey
    public let result: Result
    /// The ledger's object; nil if it has none.
    public let object: ManagedObject?
    /// The PBX's values, as far as known.
    public let fields: [ObjectField: String]
  }

  public enum Result: Hashable, Sendable, CaseIterable {
    /// As it should be.
    case equal
    /// Managed, unchanged and no longer wanted: it waits for its removal, or for a decision.
    case unwanted
    /// Managed, and no longer there.
    case lost
    /// Managed, and there with values sent earlier or edited by hand (`PBXObject.isEdited`).
    case different
    /// Managed, and there with values that an accepted update has replaced before: the PBX stores them in its own form, or somebody sets
    /// them again and again. A second update would only mail the person again.
    case stored
    /// Managed, but nothing shows that the PBX's object is managed: it may be foreign.
    case replaced
    /// Once managed, deleted or renumbered, and there again, or still, with values that were sent.
    case revived
    /// Once managed, deleted or renumbered, and the number is taken again, or still; the owner is unknown.
    case occupied
    /// Unproven, and there with the values that were sent: managed.
    case proved
    /// Unproven, and there with other or unknown values.
    case unproven
    /// Foreign, which wasn't known before.
    case foreign
    /// In a pool, and unknown to a restored ledger: probably once managed.
    case forgotten
    /// Known to be foreign.
    case knownForeign
    /// Known to be foreign, and no longer there.
    case foreignGone
    /// A call is in doubt; the next run settles it.
    case inDoubt
  }

  /// In the order of their numbers.
  public let comparisons: [Comparison]
  /// Whether only the numbers were probed, so that no values are known.
  public let isByNumber: Bool
  /// The kind that this evidence proves completely to a restored ledger.
  private let provedKind: ObjectKind?
  private let takenAt: Timestamp?
  /// Numbers of several contacts of the PBX: a call could reach either, and an addition would make one more.
  private let doubled: Set<ObjectKey>
  /// The objects that are known to be foreign.
  private let foreign: Set<ObjectKey>

  /// - Parameters:
  ///   - pools: the pools from which entries get numbers.
  ///   - sent: all values that the PBX has accepted for a managed object, as far as they were looked up.
  ///   - updates: the accepted updates of managed objects, likewise.
  public init(
    _ evidence: PBXEvidence, remembering state: LedgerState, former: [FormerObject], numbers: NumberPolicy,
    pools: [NumberPool] = [], sent: [ObjectKey: Set<PBXObject>] = [:], updates: [ObjectKey: [CompletedCall]] = [:]
  ) {
    isByNumber = if case .keys = evidence.reach { true } else { false }
    provedKind = evidence.wholeKind.flatMap { state.restored[$0] == nil ? nil : $0 }
    takenAt = evidence.takenAt
    let owned = Dictionary(state.objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let former = Dictionary(former.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let foreign = Set(state.knownForeign.map(\.key))
    self.foreign = foreign
    doubled = evidence.unclear.filter { $0.kind == .contact && !foreign.contains($0) }
    let taken = Set(state.refusals.filter { $0.answer.status == .taken }.map(\.item.key))
    var inDoubtCalls: [ObjectKey: Set<PBXObject>] = [:]
    for inDoubtCall in state.inDoubt {
      for key in inDoubtCall.call.keys {
        inDoubtCalls[key, default: []].formUnion([inDoubtCall.call.item].compactMap(\.self))
      }
    }
    let adoptable = Set(state.adoptions.map(\.key))
    // A table showed the values of these objects.
    let shown = Set(state.adoptions.filter { $0.item != nil }.map(\.key))
    let keys = Set(owned.keys).union(foreign).union(taken).union(inDoubtCalls.keys).union(shown).union(
      evidence.objects.keys)
    comparisons = keys.filter(evidence.covers).sorted().compactMap { key in
      let (object, fields) = (owned[key], evidence.objects[key])
      let result: Result? =
        // No run settles a call in doubt about an unproven object.
        if inDoubtCalls[key] != nil, object?.isManaged != false { .inDoubt } else if let object {
          Self.compare(
            object, fields, (object.provesBySent ? sent : inDoubtCalls)[key] ?? [],
            isStored: object.isStored(as: fields ?? [:], after: updates[key] ?? [], sent[key] ?? []))
        } else if let fields {
          if foreign.contains(key) {
            .knownForeign
          } else if former[key]?.isShown(by: fields) == true {
            .revived
          } else if former[key] != nil, fields.isEmpty {
            .occupied
          } else if numbers.isProtected(key.number) || adoptable.contains(key) {
            nil
          } else if state.restored[.extension] != nil, pools.contains(where: { $0.contains(key) }) {
            key.kind.item(number: key.number, fields: fields) == nil ? nil : .forgotten
          } else {
            .foreign
          }
        } else { foreign.contains(key) || taken.contains(key) || shown.contains(key) ? .foreignGone : nil }
      guard let result else { return nil }
      let revived = result == .revived ? former[key]?.object(with: fields ?? [:]) : nil
      return Comparison(key: key, result: result, object: object ?? revived, fields: fields ?? [:])
    }
  }

  /// - Parameters:
  ///   - sent: further values that prove the object: values that the PBX accepted or may have accepted.
  ///   - isStored: whether an accepted update has replaced these values before.
  private static func compare(
    _ object: ManagedObject, _ fields: [ObjectField: String]?, _ sent: Set<PBXObject>, isStored: Bool
  ) -> Result {
    guard let fields else { return .lost }
    if object.isManaged {
      let isAsItWas = object.item.differences(from: fields).isEmpty
      let isAsSent = sent.contains { $0.differences(from: fields).isEmpty }
      // Only such a table proves this object; an earlier table shows nothing about the PBX now.
      if object.absence?.isThereAgain == true {
        return fields.isEmpty ? .occupied : isAsItWas || isAsSent ? .revived : .replaced
      }
      if isAsItWas { return object.absence == nil ? .equal : .unwanted }
      let isEdited = object.item.isEdited(in: fields)
      if isStored, isEdited, object.absence == nil { return .stored }
      return isAsSent || isEdited ? .different : .replaced
    }
    guard let item = object.key.kind.item(number: object.key.number, fields: fields) else { return .unproven }
    return ([object.item] + sent).contains(where: item.isStored) ? .proved : .unproven
  }

  public func all(_ result: Result) -> [Comparison] { comparisons.filter { $0.result == result } }

  public func count(_ result: Result) -> Int { comparisons.count { $0.result == result } }

  /// Whether the PBX's objects are equal to the ledger's.
  public var isEqual: Bool {
    comparisons.allSatisfy { [.equal, .stored, .unwanted, .knownForeign].contains($0.result) }
  }

  /// Whether more than a fifth of five or more objects are missing, so that the evidence is probably from another PBX, or incomplete.
  public var lacksMany: Bool {
    let known = comparisons.filter { $0.object != nil && $0.result != .revived }
    return known.count >= 5 && (count(.lost) + count(.replaced)) * 5 > known.count
  }

  /// The corrections of the ledger by the evidence. The next run then sends one request for each lost or different object, and none for
  /// the others.
  public func corrections(at now: Timestamp) -> [LedgerUpdate] {
    (provedKind.map { [.known($0)] } ?? []) + doubled.sorted().map(LedgerUpdate.foreign)
      + comparisons.filter { foreign.contains($0.key) && $0.object != nil && $0.result != .lost }.map {
        .foreignGone($0.key)
      }
      + comparisons.compactMap { comparison in
        switch comparison.result {
        case .equal, .stored, .unwanted, .occupied, .knownForeign, .inDoubt: return nil
        case .unproven:
          guard var object = comparison.object, object.unproven?.hasOtherValues == false,
            !object.item.differences(from: comparison.fields).isEmpty
          else { return nil }
          object.unproven?.hasOtherValues = true
          return .unprove(object, inDoubtCalls: [])
        case .replaced:
          guard var object = comparison.object else { return nil }
          // The values that were sent still prove the object.
          object.unproven = Unproven(.pbxReplaced, since: now, hasOtherValues: true)
          return .seen(object)
        case .lost: return .lost(comparison.key)
        case .different, .revived, .proved:
          guard var object = comparison.object else { return nil }
          object.item = object.item.replacing(comparison.fields)
          if object.unproven?.reason == .ledgerRestored, object.absence?.change == nil {
            object.absence = Absence(.missing, since: now, reads: 0, change: Absence.sinceRestore)
          }
          object.unproven = nil
          if comparison.result == .revived {
            object.absence = Absence(
              .missing, since: min(now, takenAt ?? now), reads: 0, change: Absence.thereAgain)
          }
          return .seen(object)
        case .foreign: return .foreign(comparison.key)
        case .forgotten:
          let item = comparison.key.kind.item(number: comparison.key.number, fields: comparison.fields)
          return .allowed(AllowedAdoption(comparison.key, item: item, asItIs: true))
        case .foreignGone: return .foreignGone(comparison.key)
        }
      }
  }
}

extension ManagedObject {
  /// Whether each field with another value had exactly this value when an accepted update gave it the present one, and nobody but the PBX
  /// or its users ever set that.
  ///
  /// - Parameters:
  ///   - updates: the accepted updates of the object.
  ///   - sent: all values that were sent. The PBX has such a value again only if it, or the table, is of an earlier time.
  fileprivate func isStored(
    as known: [ObjectField: String], after updates: [CompletedCall], _ sent: Set<PBXObject>
  ) -> Bool {
    item.differences(from: known).allSatisfy { change in
      !sent.contains { $0.isStored(change.old, in: change.field) }
        && updates.contains { update in
          update.before?.item.isStored(change.old, in: change.field) == true
            && update.call.item?.isStored(change.new, in: change.field) == true
        }
    }
  }

  /// Whether the values that were sent prove the object. A correct table proves an object that a wrong one showed as replaced or
  /// missing.
  fileprivate var provesBySent: Bool { unproven.map { [.pbxReplaced, .lossDenied].contains($0.reason) } ?? true }
}

extension FormerObject {
  fileprivate func isShown(by fields: [ObjectField: String]) -> Bool {
    key.kind.item(number: key.number, fields: fields).map { items.contains(where: $0.isStored) } ?? false
  }

  fileprivate func object(with fields: [ObjectField: String]) -> ManagedObject? {
    key.kind.item(number: key.number, fields: fields).map { shown in
      ManagedObject(items.first(where: shown.isStored) ?? shown, entry: entry, dn: dn)
    }
  }
}

extension PBXObject {
  /// Whether the PBX's object is this one with edited values, and not another that was created under its number. For an
  /// extension, its e-mail address and a name must match, or both names if either has no address. For a contact the names
  /// decide, or the company if it has none. A match may be overwritten or deleted, so a name or a shared caller ID isn't
  /// enough: an object with more edits must be adopted.
  fileprivate func isEdited(in known: [ObjectField: String]) -> Bool {
    /// Whether both have the same value; nil if one of them has none.
    func agrees(_ field: ObjectField) -> Bool? {
      let values = [fields.first { $0.field == field }?.value ?? "", known[field] ?? ""].map { $0.lowercased() }
      return values.contains("") ? nil : values[0] == values[1]
    }
    func isEqual(_ field: ObjectField) -> Bool {
      (fields.first { $0.field == field }?.value ?? "").lowercased() == known[field]?.lowercased()
    }
    let names = [ObjectField.firstName, .lastName]
    switch agrees(.email) {
    case true: return names.contains { agrees($0) == true }
    case false: return false
    case nil: break
    }
    guard names.allSatisfy(isEqual) else { return false }
    return names.contains { agrees($0) == true } || agrees(.company) == true
  }

  /// The fields with other known values: the changes from these values to the item's.
  public func differences(from known: [ObjectField: String]) -> [FieldChange] {
    fields.compactMap { field, value in
      guard let other = known[field], !field.isStored(other, as: value) else { return nil }
      return FieldChange(field, from: other, to: value)
    }
  }

  fileprivate func isStored(_ value: String, in field: ObjectField) -> Bool {
    fields.contains { $0.field == field && field.isStored(value, as: $0.value) }
  }

  /// The item with the known values, but for those that it only has in another form.
  fileprivate func replacing(_ known: [ObjectField: String]) -> PBXObject {
    var all = Dictionary(fields.map { ($0.field, $0.value) }, uniquingKeysWith: { first, _ in first })
    for (field, value) in known where all[field].map({ field.isStored(value, as: $0) }) != true { all[field] = value }
    return kind.item(number: number, fields: all) ?? self
  }
}
