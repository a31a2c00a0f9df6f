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

  /// The source of a kind, by its place in the configuration.
  private struct Source: Hashable {
    let kind: Kind
    let position: Int
  }

  init(_ wanted: [Wanted], _ world: World) {
    self.wanted = wanted
    var losers: [Int: Owned] = [:]
    for (index, wish) in wanted.enumerated() {
      guard let object = world.owned[wish.item.key], object.item != wish.item, object.entry == wish.entry,
        !object.item.emptied(by: wish.item).isEmpty
      else { continue }
      losers[index] = object
    }
    if losers.isEmpty { return }

    let approved = Set(world.approvals.flatMap(\.members))
    func member(_ index: Int) -> Approval.Member {
      Approval.Member(wanted[index].item.key, wanted[index].entry, .update, wanted: wanted[index].item)
    }
    losers = losers.filter { !approved.contains(member($0.key)) }
    for index in losers.keys.sorted() where world.rejections.contains(member(index)) {
      rejected += losers.removeValue(forKey: index).map { [HeldObject($0, losing: wanted[index])] } ?? []
      keep(Set(Field.allCases), at: index, world)
    }
    let hidden = hiddenFields(losers, world)
    var objects: [Source: [HeldObject]] = [:]
    for (index, object) in losers.sorted(by: { $0.key < $1.key }) {
      let source = Source(kind: object.key.kind, position: wanted[index].source)
      let lost = object.item.emptied(by: wanted[index].item)
      if let fields = hidden[source], !lost.isDisjoint(with: fields.keys) {
        objects[source, default: []].append(HeldObject(object, losing: wanted[index]))
      } else if !world.reading.isComplete, world.undecided.contains(object.key) {
        // What a few entries tell is a part of what is held.
        keep(lost, at: index, world)
      }
    }
    if hidden.isEmpty { return }
    // Each entry's objects, for those who get another number: a search among all for each of them would take for ever.
    let managed = Dictionary(grouping: world.owned.values) { Claims.Claimant(entry: $0.entry, kind: $0.key.kind) }
    for index in wanted.indices {
      let source = Source(kind: wanted[index].item.kind, position: wanted[index].source)
      if let fields = hidden[source], !approved.contains(member(index)) {
        keep(Set(fields.keys), at: index, world, managed)
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

  private func hiddenFields(_ losers: [Int: Owned], _ world: World) -> [Source: [Field: Share]] {
    var shares: [Source: [Field: Share]] = [:]
    for (index, object) in losers {
      let source = Source(kind: object.key.kind, position: wanted[index].source)
      for field in object.item.emptied(by: wanted[index].item) {
        shares[source, default: [:]][field, default: (0, 0)].lost += 1
      }
    }
    for wish in wanted {
      let source = Source(kind: wish.item.kind, position: wish.source)
      guard let fields = shares[source], let object = world.owned[wish.item.key], object.entry == wish.entry else {
        continue
      }
      for (field, value) in object.item.fields where !value.isEmpty && fields[field] != nil {
        shares[source]?[field]?.had += 1
      }
    }
    return shares.mapValues { fields in fields.filter { world.rules.removal.isHidden(lost: $1.lost, of: $1.had) } }
      .filter { !$0.value.isEmpty }
  }

  /// Leaves fields that are empty as the PBX has them. Who gets another number keeps what is known of the earlier one.
  ///
  /// - Parameter managed: what each entry has; not needed for an entry that keeps its number.
  private mutating func keep(
    _ fields: Set<Field>, at index: Int, _ world: World, _ managed: [Claims.Claimant: [Owned]] = [:]
  ) {
    let wish = wanted[index]
    let object =
      world.owned[wish.item.key].flatMap { $0.entry == wish.entry ? $0 : nil }
      ?? managed[Claims.Claimant(entry: wish.entry, kind: wish.item.kind)]?.min { $0.key < $1.key }
    guard let object else { return }
    let lost = object.item.emptied(by: wish.item).intersection(fields)
    wanted[index] = Wanted(
      wish.item.taking(lost, from: object.item), entry: wish.entry, dn: wish.dn, source: wish.source)
  }

  private static func text(_ fields: [Field: Share], of source: Source, _ rules: Rules) -> String {
    let parts = fields.sorted { $0.key.rawValue < $1.key.rawValue }.map { field, share in
      "\(share.lost) of \(share.had) \(source.kind.rawValue)s would lose their \(field.rawValue)"
    }
    let names = rules.sources[source.kind] ?? []
    let place = names.indices.contains(source.position) ? "in \"\(names[source.position])\" " : ""
    return place + parts.joined(separator: " and ") + ", more than max_value_fall = \(rules.removal.maxValueFall); "
      + "it stays on the PBX: an access rule that hides the attribute, or one that has another name now, looks like this"
  }
}

extension HeldObject {
  fileprivate init(_ object: Owned, losing wish: Wanted) {
    self.init(object.key, wish.entry, dn: wish.dn, before: object, wanted: wish.item)
  }
}
