import Domain

/// Fields that so many objects would lose at once that the directory is believed to hide them: an access rule or an attribute
/// of another name looks just like people who have given up their e-mail address.
///
/// What isn't believed to be gone stays as the PBX has it until an admin says that it is. All else goes on.
struct HiddenValues {
  /// The wishes, with the PBX's values where the directory's aren't believed.
  private(set) var wanted: [Wanted]
  /// Those that would lose a field, one set a source.
  private(set) var held: [Held] = []
  /// Those that an admin said aren't to lose it.
  private(set) var rejected: [HeldObject] = []
  /// The first that loses a field as soon as a complete read shows it; nil where nobody does.
  private(set) var deferred: Wanted?

  /// The source of a kind, by its place in the configuration.
  private struct Source: Hashable {
    let kind: Kind
    let position: Int

    init(_ wish: Wanted) { (kind, position) = (wish.item.kind, wish.source) }
  }

  /// What each wish's entry has: under the wanted number, or else under its lowest.
  private struct Holdings {
    private let world: World
    /// The objects of those who get another number.
    private var others: [Claims.Claimant: Owned] = [:]

    init(of wanted: [Wanted], _ world: World) {
      self.world = world
      if world.owned.isEmpty { return }
      let moving = Set(
        wanted.filter { world.owned[$0.item.key]?.entry != $0.entry }.map {
          Claims.Claimant(entry: $0.entry, kind: $0.item.kind)
        })
      for object in world.owned.values {
        let claimant = Claims.Claimant(entry: object.entry, kind: object.key.kind)
        guard moving.contains(claimant) else { continue }
        if let other = others[claimant], other.key < object.key { continue }
        others[claimant] = object
      }
    }

    subscript(wish: Wanted) -> Owned? {
      if let object = world.owned[wish.item.key], object.entry == wish.entry { return object }
      return others[Claims.Claimant(entry: wish.entry, kind: wish.item.kind)]
    }
  }

  init(_ wanted: [Wanted], _ world: World) {
    self.wanted = wanted
    let approved = Set(world.approvals.flatMap(\.members))
    let present = Holdings(of: wanted, world)
    let losers = wanted.indices.filter { index in
      let wish = wanted[index]
      guard let object = present[wish], object.item != wish.item else { return false }
      return !object.item.emptied(by: wish.item).isEmpty && !approved.contains(wish.update)
    }
    if losers.isEmpty { return }
    // Also what was rejected is hidden: it counts with those who are asked about.
    let hidden = world.reading.isComplete ? hiddenFields(losers, present, world) : [:]
    var objects: [Source: [HeldObject]] = [:]
    for index in losers {
      let wish = wanted[index]
      guard let object = present[wish] else { continue }
      let isRejected = world.rejections.contains(wish.update)
      let fields = hidden[Source(wish)].map { Set($0.keys) } ?? []
      let lost = object.item.emptied(by: wish.item)
      // A read that isn't complete empties nothing: of a few entries nobody can say how many others lost the field too.
      if !isRejected, !world.reading.isComplete { deferred = deferred ?? wish }
      keep(isRejected || !world.reading.isComplete ? lost : fields, at: index, from: object)
      let isMember = object.key == wish.item.key && !lost.isDisjoint(with: fields)
      if isRejected, object.key == wish.item.key {
        rejected.append(HeldObject(object, keeping: self.wanted[index], losing: wish))
      } else if isMember {
        objects[Source(wish), default: []].append(HeldObject(object, keeping: self.wanted[index], losing: wish))
      }
    }
    held = objects.sorted { ($0.key.kind, $0.key.position) < ($1.key.kind, $1.key.position) }.map { source, objects in
      Held(
        .update, of: source.kind, because: .hiddenValues, objects: objects.sorted { $0.key < $1.key },
        owned: world.count(of: source.kind), limit: Self.text(hidden[source] ?? [:], of: source, world.rules))
    }
  }

  /// How many lose a field, and how many have it.
  private typealias Share = (lost: Int, had: Int)

  private func hiddenFields(_ losers: [Int], _ present: Holdings, _ world: World) -> [Source: [Field: Share]] {
    var shares: [Source: [Field: Share]] = [:]
    for index in losers {
      for field in present[wanted[index]]?.item.emptied(by: wanted[index].item) ?? [] {
        shares[Source(wanted[index]), default: [:]][field, default: (0, 0)].lost += 1
      }
    }
    for wish in wanted {
      guard let fields = shares[Source(wish)], let object = present[wish] else { continue }
      for (field, value) in object.item.fields where !value.isEmpty && fields[field] != nil {
        shares[Source(wish)]?[field]?.had += 1
      }
    }
    return shares.mapValues { fields in
      fields.filter { world.rules.removal.valueLimit(lost: $1.lost, of: $1.had) != nil }
    }
    .filter { !$0.value.isEmpty }
  }

  /// Leaves fields that are empty as the PBX has them. Who gets another number keeps what is known of the earlier one.
  private mutating func keep(_ fields: Set<Field>, at index: Int, from object: Owned) {
    let wish = wanted[index]
    let lost = object.item.emptied(by: wish.item).intersection(fields)
    if lost.isEmpty { return }
    wanted[index] = Wanted(
      wish.item.taking(lost, from: object.item), entry: wish.entry, dn: wish.dn, source: wish.source)
  }

  private static func text(_ fields: [Field: Share], of source: Source, _ rules: Rules) -> String {
    let sorted = fields.sorted { $0.key.rawValue < $1.key.rawValue }
    let parts = sorted.map { field, share in
      "\(share.lost) of \(share.had) \(source.kind.rawValue)s would lose their \(field.rawValue)"
    }
    let limits = Set(sorted.compactMap { rules.removal.valueLimit(lost: $0.value.lost, of: $0.value.had) }).sorted()
    let names = rules.sources[source.kind] ?? []
    let place = names.indices.contains(source.position) ? "in \"\(names[source.position])\" " : ""
    return place + parts.joined(separator: " and ") + ", more than \(limits.joined(separator: " and ")); "
      + "it stays on the PBX: an access rule that hides the attribute, or one that has another name now, looks like this"
  }
}

extension Wanted {
  /// By what an admin decides on the update that it leads to.
  fileprivate var update: Approval.Member { Approval.Member(item.key, entry, .update, wanted: item) }
}

extension HeldObject {
  /// All but the loss is made as ever.
  fileprivate init(_ object: Owned, keeping kept: Wanted, losing wish: Wanted) {
    var object = object
    object.item = kept.item
    self.init(object.key, wish.entry, dn: wish.dn, before: object, wanted: wish.item)
  }
}
