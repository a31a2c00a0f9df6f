/// How an intent ended, for the ledger.
public enum Outcome: Hashable, Sendable {
  /// The PBX holds this object now; `replacing` is the number it was known by before, if another.
  case holds(ManagedObject, replacing: ObjectKey?)
  /// The PBX no longer holds such an object.
  case gone(ObjectKey)
  /// The PBX holds an object under the number, and nothing proves that it is managed.
  case unproven(ManagedObject)
  /// The PBX refused the call; nothing changed.
  case refused(Refusal)
  /// Nothing was done, as the PBX's answer proves.
  case undone
  /// The result is unknown. A later run settles it.
  case inDoubt
}
