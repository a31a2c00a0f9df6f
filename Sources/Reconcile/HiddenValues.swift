import Domain

/// Fields that so many objects would lose at once that the directory may hide them. An access rule or a renamed attribute
/// looks the same as people who have given up their e-mail addresses.
///
/// Such a field stays on the PBX until an admin accepts its loss. All other changes go on.
struct HiddenValues {
  /// The wanted objects, with the PBX's values for fields that may be hidden.
  private(set) var wanted: [WantedObject]
  /// The objects that would lose a field, one set per source.
  private(set) var held: [HeldSet] = []
  /// The objects for which an admin rejected the loss.
  private(set) var rejected: [HeldObject] = []
  /// The objects that keep a field for now although the directory has emptied it.
  private(set) var deferred: [WantedObject] = []

  /// The source of a kind, by its position in the configuration.
  private struct Source: Hashable {
    let kind: ObjectKind
    let position: Int

    init(_ wantedObject: WantedObject) { (kind, position) = (wantedObject.item.kind, wantedObject.source) }
  }

  /// The existing object of each wanted object's entry: under the wanted number, or otherwise under its lowest.
  private struct Holdings {
    private let input: PlannerInput
    /// The objects of entries that get another number.
    private var others: [NumberClaims.Claimant: ManagedObject] = [:]

    init(of wanted: [WantedObject], _ input: PlannerInput) {
      self.input = input
      if input.owned.isEmpty { return }
      let moving = Set(
        wanted.filter { input.owned[$0.item.key]?.entry != $0.entry }.map {
          NumberClaims.Claimant($0)
        })
      for object in input.owned.values {
        let claimant = NumberClaims.Claimant(object)
        guard moving.contains(claimant) else { continue }
        if let other = others[claimant], other.key < object.key { continue }
        others[claimant] = object
      }
    }

    subscript(wantedObject: WantedObject) -> ManagedObject? {
      if let object = input.owned[wantedObject.item.key],
        object.entry == wantedObject.entry || input.isRejected(wantedObject.update)
      {
        return object
      }
      return others[NumberClaims.Claimant(wantedObject)]
    }
  }

  init(_ wanted: [WantedObject], _ input: PlannerInput) {
    self.wanted = wanted
    let present = Holdings(of: wanted, input)
    let losers = wanted.indices.filter { index in
      let wantedObject = wanted[index]
      guard let object = present[wantedObject], object.item != wantedObject.item else { return false }
      return !object.item.emptied(by: wantedObject.item).isEmpty && !input.isApproved(wantedObject.update)
    }
    if losers.isEmpty { return }
    // Rejected losses count too.
    let hidden = input.reading.isComplete ? hiddenFields(losers, present, input) : [:]
    var objects: [Source: [HeldObject]] = [:]
    for index in losers {
      let wantedObject = wanted[index]
      guard let object = present[wantedObject] else { continue }
      let isRejected = input.isRejected(wantedObject.update)
      let lost = object.item.emptied(by: wantedObject.item)
      var fields = hidden[Source(wantedObject)].map { Set($0.keys) } ?? []
      // What was held stays held until an admin decides, however few are left.
      if input.reading.isComplete, input.isUndecided(wantedObject.update) { fields.formUnion(lost) }
      // An incomplete read empties no field: it doesn't show how many other entries lost the field too.
      keepValues(isRejected || !input.reading.isComplete ? lost : fields, at: index, from: object)
      let isMember = object.key == wantedObject.item.key && !lost.isDisjoint(with: fields)
      if isRejected, object.key == wantedObject.item.key {
        rejected.append(HeldObject(object, keeping: self.wanted[index], losing: wantedObject))
      } else if isMember {
        objects[Source(wantedObject), default: []].append(
          HeldObject(object, keeping: self.wanted[index], losing: wantedObject))
      }
    }
    held = objects.sorted { ($0.key.kind, $0.key.position) < ($1.key.kind, $1.key.position) }.map { source, objects in
      HeldSet(
        .update, of: source.kind, because: .hiddenValues, objects: objects.sorted { $0.key < $1.key },
        owned: input.count(of: source.kind),
        limit: hidden[source].map { Self.text($0, of: source, input.policy) }
          ?? objects.count.waitingText(.update, source.kind))
    }
  }

  /// How many objects lose a field, and how many have it.
  private typealias Share = (lost: Int, had: Int)

  private func hiddenFields(_ losers: [Int], _ present: Holdings, _ input: PlannerInput) -> [Source: [ObjectField:
    Share]]
  {
    var shares: [Source: [ObjectField: Share]] = [:]
    for index in losers {
      for field in present[wanted[index]]?.item.emptied(by: wanted[index].item) ?? [] {
        shares[Source(wanted[index]), default: [:]][field, default: (0, 0)].lost += 1
      }
    }
    if let totals = input.totals {
      for (source, fields) in shares {
        for field in fields.keys {
          shares[source]?[field]?.had = totals.valued[source.kind]?[source.position]?[field] ?? 0
        }
      }
    }
    for wantedObject in wanted where input.totals == nil {
      guard let fields = shares[Source(wantedObject)], let object = present[wantedObject] else { continue }
      for (field, value) in object.item.fields where !value.isEmpty && fields[field] != nil {
        shares[Source(wantedObject)]?[field]?.had += 1
      }
    }
    return shares.mapValues { fields in
      fields.filter { input.policy.removal.valueLimit(lost: $1.lost, of: $1.had) != nil }
    }
    .filter { !$0.value.isEmpty }
  }

  /// Keeps the PBX's values of emptied fields. An entry with a new number keeps the known values of its earlier number.
  private mutating func keepValues(_ fields: Set<ObjectField>, at index: Int, from object: ManagedObject) {
    let wantedObject = wanted[index]
    let lost = object.item.emptied(by: wantedObject.item).intersection(fields)
    if lost.isEmpty { return }
    deferred.append(wantedObject)
    wanted[index] = WantedObject(
      wantedObject.item.replacing(lost, from: object.item), entry: wantedObject.entry, dn: wantedObject.dn,
      source: wantedObject.source)
  }

  private static func text(_ fields: [ObjectField: Share], of source: Source, _ policy: Policy) -> String {
    let sorted = fields.sorted { $0.key.rawValue < $1.key.rawValue }
    let parts = sorted.map { field, share in
      "\(share.lost) of \(share.had) \(source.kind.rawValue)s would lose their \(field.rawValue)"
    }
    let limits = Set(sorted.compactMap { policy.removal.valueLimit(lost: $0.value.lost, of: $0.value.had) }).sorted()
    return policy.sourceText(source.position, source.kind) + parts.joined(separator: " and ")
      + ", more than \(limits.joined(separator: " and ")); "
      + "it stays on the PBX: an access rule that hides the attribute, or a renamed attribute, has the same effect"
  }
}

extension Policy {
  /// `in "people" ` for the source at this position; empty if sources have no names.
  func sourceText(_ position: Int, _ kind: ObjectKind) -> String {
    let names = sources[kind] ?? []
    return names.indices.contains(position) ? "in \"\(names[position])\" " : ""
  }
}

extension WantedObject {
  /// The member by which an admin decides on the object's update.
  var update: Approval.Member { Approval.Member(item.key, entry, .update, wanted: item) }
}

extension HeldObject {
  /// The update of an object that keeps its fields, and the loss that is held.
  fileprivate init(_ object: ManagedObject, keeping kept: WantedObject, losing wantedObject: WantedObject) {
    var object = object
    object.item = kept.item
    self.init(object.key, wantedObject.entry, dn: wantedObject.dn, before: object, wanted: wantedObject.item)
  }
}
