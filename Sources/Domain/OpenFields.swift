/// The fields of a wanted object whose value depends on the object that the entry already has.
public struct OpenFields: Hashable, Sendable {
  /// Fields that may have any of several values; the first one applies if the entry's object has none of them.
  public var choices: [ObjectField: [String]]
  /// Fields whose value can't be used: they stay as they are on the PBX.
  public var kept: Set<ObjectField>

  public init(choices: [ObjectField: [String]] = [:], kept: Set<ObjectField> = []) {
    self.choices = choices
    self.kept = kept
  }

  public var isEmpty: Bool { choices.isEmpty && kept.isEmpty }
}

/// A field with several values in the directory, of which none is in use.
public struct ArbitraryValue: Hashable, Sendable {
  public let key: ObjectKey
  public let dn: String
  public let field: ObjectField
  public let chosen: String
  public let others: [String]
}

extension WantedObject {
  /// The fields with several values of which the entry's objects have none, so that the order of the values decides. A value in the
  /// entry's RDN comes first by right.
  ///
  /// - Parameter present: as for `decided`.
  public func arbitraryValues(by present: [ManagedObject]) -> [ArbitraryValue] {
    guard let open, !open.choices.isEmpty else { return [] }
    let inUse = present.flatMap(\.item.fields)
    return open.choices.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { field, choices in
      guard let chosen = item.fields.first(where: { $0.field == field })?.value,
        !inUse.contains(where: { $0.field == field && choices.contains($0.value) }),
        !dn.prefix(while: { $0 != "," }).contains(chosen)
      else { return nil }
      return ArbitraryValue(
        key: item.key, dn: dn, field: field, chosen: chosen, others: choices.filter { $0 != chosen })
    }
  }

  /// The same wanted object with every field decided. Of several values, an existing one stays while the directory lists
  /// it. A field without a usable value keeps its existing value.
  ///
  /// - Parameter present: the entry's objects of the kind, those that are wanted before those that are about to be removed.
  public func decided(by present: [ManagedObject]) -> WantedObject {
    guard let open else { return self }
    let numbers = open.choices[.number] ?? [item.number]
    let ordered = present.filter { $0.absence == nil } + present.filter { $0.absence != nil }
    let same = ordered.first { numbers.contains($0.key.number) }
    let model = (same ?? ordered.first).map {
      Dictionary(uniqueKeysWithValues: $0.item.fields.map { ($0.field, $0.value) })
    }
    var values = Dictionary(uniqueKeysWithValues: item.fields.map { ($0.field, $0.value) })
    for (field, choices) in open.choices where field != .number {
      if let value = model?[field], choices.contains(value) { values[field] = value }
    }
    for field in open.kept { values[field] = model?[field] ?? "" }
    let number = same?.key.number ?? item.number
    return WantedObject(item.kind.item(number: number, fields: values) ?? item, entry: entry, dn: dn, source: source)
  }
}

extension PBXObject {
  /// The same object with its e-mail address as it is compared: the case of a domain makes no difference (RFC 5321, section 2.4).
  public var comparable: PBXObject {
    guard case .extension(var user) = self, let at = user.email.utf8.lastIndex(of: UInt8(ascii: "@")),
      user.email.utf8[at...].contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
    else { return self }
    user.email = user.email[..<at] + user.email[at...].lowercased()
    return .extension(user)
  }
}
