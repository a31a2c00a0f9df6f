package import Domain

/// The PBX: its objects and their origin, and what the vendor's page leaves open.
package struct PBXModel: Hashable {
  /// An object of the PBX.
  package struct Object: Hashable {
    package var item: PBXObject
    package var origin: Origin
  }

  /// Who made an object.
  package enum Origin: Hashable {
    case program
    /// Somebody by hand, under a number that was free: never to be touched.
    case foreign
    /// Unknowable: made by hand in place of a managed one, back with a restored PBX, or named by an admin for adoption.
    case unknown
  }

  /// The order of the checks of an add.
  package enum Behaviour: String, Hashable, CaseIterable {
    /// "Taken" comes before bad values: a probe reveals taken numbers.
    case takenFirst = "taken first"
    /// Bad values come before "taken": no probe reveals anything.
    case valuesFirst = "values first"
    /// First names aren't checked: the first form of a probe creates an extension.
    case unchecked
  }

  /// By number, the oldest first.
  package var objects: [ObjectKey: [Object]] = [:]
  /// An earlier state, to which the PBX may be restored.
  package var backup: [ObjectKey: [Object]]?
  /// Numbers under which somebody edited the PBX, or a restore changed it: the ledger may be wrong about them until a request is
  /// answered.
  package var edited: Set<ObjectKey> = []

  package static let refusedName = "!"

  package init() {}

  /// The effect of a request on the PBX, and its answer.
  package struct Effect {
    package var answer: CallResult
    /// The object that was changed or deleted, before.
    package var touched: Object?
    package var mails = 0
  }

  package mutating func process(_ call: Call, _ behaviour: Behaviour) -> Effect {
    switch call.action {
    case .add: add(call, behaviour)
    case .update: update(call, behaviour)
    case .delete: delete(call)
    }
  }

  private mutating func add(_ call: Call, _ behaviour: Behaviour) -> Effect {
    guard let item = call.item else { return Effect(answer: CallResult(.notUnderstood)) }
    let refusal = Self.refusal(of: item, behaviour)
    if case .extension = item {
      let taken = objects[item.key] != nil ? CallResult(.taken, errorCode: "EXTENSION_EXIST") : nil
      let first = behaviour == .valuesFirst ? refusal ?? taken : taken ?? refusal
      if let first { return Effect(answer: first) }
    } else if let refusal {
      return Effect(answer: refusal)
    }
    objects[item.key, default: []].append(Object(item: item, origin: .program))
    return Effect(answer: CallResult(.accepted), mails: item.isMailed ? 1 : 0)
  }

  private mutating func update(_ call: Call, _ behaviour: Behaviour) -> Effect {
    guard let item = call.item else { return Effect(answer: CallResult(.notUnderstood)) }
    var known = item.key
    if case .updateContact(_, let registered) = call { known = ObjectKey(.contact, registered) }
    if let refusal = Self.refusal(of: item, behaviour), behaviour == .valuesFirst { return Effect(answer: refusal) }
    guard let before = objects[known]?.first else { return Effect(answer: Self.absent(known.kind)) }
    if let refusal = Self.refusal(of: item, behaviour) { return Effect(answer: refusal) }
    // Of two contacts with one number it may be the other's.
    let isOther = before.origin == .unknown && (objects[known]?.count ?? 0) > 1
    remove(known)
    objects[item.key, default: []].insert(Object(item: item, origin: isOther ? .unknown : .program), at: 0)
    return Effect(answer: CallResult(.accepted), touched: before, mails: item.isMailed ? 1 : 0)
  }

  private mutating func delete(_ call: Call) -> Effect {
    guard let before = objects[call.key]?.first else { return Effect(answer: Self.absent(call.key.kind)) }
    remove(call.key)
    return Effect(answer: CallResult(.accepted), touched: before)
  }

  /// Removes the oldest object under a number.
  package mutating func remove(_ key: ObjectKey) {
    objects[key]?.removeFirst()
    if objects[key]?.isEmpty == true { objects[key] = nil }
  }

  private static func absent(_ kind: ObjectKind) -> CallResult {
    CallResult(.absent, errorCode: kind == .extension ? "INVALID_EXTENSION" : "PHONE_NUMBER_INVALID")
  }

  private static func refusal(of item: PBXObject, _ behaviour: Behaviour) -> CallResult? {
    switch item {
    case .extension(let user):
      if !user.email.isEmpty, !user.email.utf8.contains(UInt8(ascii: "@")) {
        return CallResult(.refused, errorCode: "INVALID_EMAIL")
      }
      if user.firstName.isEmpty, behaviour == .unchecked { return nil }
      return ["", refusedName].contains(user.firstName) ? CallResult(.refused, errorCode: "FNAME_INVALID") : nil
    case .contact(let contact):
      return contact.firstName == refusedName ? CallResult(.refused, errorCode: "FNAME_INVALID") : nil
    }
  }
}
