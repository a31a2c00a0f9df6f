import Domain

/// A value by which an entry is probably one of before that was created again, with another immutable ID.
enum EntrySign: Hashable {
  case mail(String), dn(String), names(String)

  /// The signs of an object's entry, the strongest first.
  static func all(of item: PBXObject, _ dn: String) -> [EntrySign] {
    let names =
      switch item {
      case .extension(let user): "\(user.firstName)\n\(user.lastName)"
      case .contact(let contact): "\(contact.firstName)\n\(contact.lastName)\n\(contact.company)"
      }
    return (item.mail.map { [.mail($0.lowercased())] } ?? []) + (dn.isEmpty ? [] : [.dn(dn)])
      + (names.contains { $0 != "\n" } ? [.names(names.lowercased())] : [])
  }

  /// Whether it identifies an entry. Names don't where both have a mail address, which then differs.
  func identifies(_ item: PBXObject, like other: PBXObject) -> Bool {
    if case .names = self { return item.mail == nil || other.mail == nil }
    return true
  }
}

extension PlannerInput {
  /// The entry that the holder's has become: who had the number keeps it under another immutable ID, if others claim it too.
  ///
  /// - Returns: nil if a holder is in the directory, or if no claimant is like it.
  func successor(ofHolderOf key: ObjectKey, among wantedObjects: [WantedObject]) -> WantedObject? {
    guard wantedObjects.count > 1 else { return nil }
    let former = lost[key] ?? rest(of: key)
    guard let entry = present(key)?.entry ?? former?.entry, reading.sighting(of: entry, as: key.kind) == nil else {
      return nil
    }
    let signs = present(key).map { EntrySign.all(of: $0.item, $0.dn) } ?? former.map { [.dn($0.dn)] } ?? []
    return signs.lazy.compactMap { sign in
      wantedObjects.filter { wantedObject in
        EntrySign.all(of: wantedObject.item, wantedObject.dn).contains(sign)
          && (present(key).map { sign.identifies(wantedObject.item, like: $0.item) } ?? true)
      }.min { $0.entry < $1.entry }
    }.first
  }
}
