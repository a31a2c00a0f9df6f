import Domain

/// A value by which an entry is perhaps one of before that was created again, with another immutable ID.
enum EntrySign: Hashable {
  case mail(String), dn(String), names(String)

  /// The signs of an object's entry, the strongest first.
  static func all(of item: PBXObject, _ dn: String) -> [EntrySign] {
    let names = item.names.joined(separator: "\n")
    return (item.mail.map { [.mail($0.lowercased())] } ?? []) + (dn.isEmpty ? [] : [.dn(dn)])
      + (names.contains { $0 != "\n" } ? [.names(names)] : [])
  }

  /// Whether it identifies an entry. Names don't where both have a mail address, which then differs.
  func identifies(_ item: PBXObject, like other: PBXObject) -> Bool {
    if case .names = self { return item.mail == nil || other.mail == nil }
    return true
  }
}

extension WantedObject {
  /// How surely it is for the person or contact of an object, whose entry was created again; 0 if it may be another one.
  func likeness(to object: ManagedObject) -> Int { likeness(to: object.item, object.dn) }

  /// How surely it is for the person or contact that had a number before.
  func likeness(to former: FormerHolder) -> Int { likeness(to: former.item, former.dn) }

  /// One equal value isn't enough: colleagues share a mailbox, and a leaver's DN is used again.
  private func likeness(to other: PBXObject, _ otherDN: String) -> Int {
    let hasDN = !dn.isEmpty && dn == otherDN
    let names = zip(item.names, other.names).count { !$0.isEmpty && $0 == $1 }
    let hasNames = item.names == other.names && names > 0
    let mails = (item.mail?.lowercased(), other.mail?.lowercased())
    let hasMail = mails.0 != nil && mails.0 == mails.1
    let isSame =
      switch mails {
      case (let mail?, let other?) where mail == other: hasDN || names > 0
      case (_?, _?): hasDN && hasNames
      default: hasNames || (hasDN && names > 0)
      }
    return isSame ? 1 + (hasDN ? 2 : 0) + (hasMail ? 1 : 0) + names : 0
  }
}

extension PBXObject {
  fileprivate var names: [String] {
    switch self {
    case .extension(let user): [user.firstName, user.lastName].map { $0.lowercased() }
    case .contact(let contact): [contact.firstName, contact.lastName, contact.company].map { $0.lowercased() }
    }
  }
}

extension PlannerInput {
  /// Whether the holder of an object is disabled, or isn't found: then another entry may be the same person's.
  func hasLeft(_ entry: EntryID, _ kind: ObjectKind) -> Bool {
    switch reading.sighting(of: entry, as: kind) {
    case nil, .disabled: true
    case .mapped, .unmappable, .withoutNumber: false
    }
  }

  /// The entry that the holder's has become: who had the number keeps it under another immutable ID, if others claim it too.
  ///
  /// - Returns: nil if a holder is in the directory and not disabled, or if no claimant is like it.
  func successor(ofHolderOf key: ObjectKey, among wantedObjects: [WantedObject]) -> WantedObject? {
    guard wantedObjects.count > 1 else { return nil }
    let former = lost[key] ?? rest(of: key)
    guard let entry = present(key)?.entry ?? former?.entry, hasLeft(entry, key.kind) else { return nil }
    let alike = wantedObjects.map { wantedObject in
      let likeness =
        present(key).map(wantedObject.likeness(to:))
        ?? former.map { max(wantedObject.likeness(to: $0), wantedObject.dn == $0.dn ? 1 : 0) }
      return (wantedObject, likeness ?? 0)
    }
    return alike.filter { $0.1 > 0 }.max { ($0.1, $1.0.entry) < ($1.1, $0.0.entry) }?.0
  }

  /// The objects of missing entries whose DN a present entry has, which has no object of its own and doesn't claim this one: it can't be
  /// mapped, has no number, or claims one that it can't have. Probably it is the same, created again.
  func namesakes() -> [ObjectKey: [String]] {
    guard reading.isComplete else { return [:] }
    let missing = owned.values.filter { object in
      !object.dn.isEmpty && reading.sighting(of: object.entry, as: object.key.kind) == nil
    }
    if missing.isEmpty { return [:] }
    let claims = Set(wanted.map { Dispute($0.item.key, $0.entry) })
    var found: [ObjectKey: [String]] = [:]
    for (kind, objects) in Dictionary(grouping: missing, by: \.key.kind) {
      let present = reading.presentEntries(named: Set(objects.map(\.dn)), as: kind)
      let served = Set((Array(owned.values) + unproven.values).filter { $0.key.kind == kind }.map(\.entry))
      for object in objects {
        guard let entry = present[object.dn], !served.contains(entry), !claims.contains(Dispute(object.key, entry))
        else { continue }
        found[object.key] = [object.dn]
      }
    }
    return found
  }
}
