/// How an intent ended, for the ledger.
public enum Outcome: Hashable, Sendable {
  /// The PBX holds this object now; `replacing` is the number it was known by before, if another.
  case holds(ManagedObject, replacing: ObjectKey?)
  /// The PBX holds no such object any more.
  case gone(ObjectKey)
  /// The PBX holds an object under the number, and nothing proves that it is ours.
  case unproven(ManagedObject)
  /// The PBX refused the wish; nothing changed.
  case refused(Refusal)
  /// Nothing was done, for certain.
  case undone
  /// Not known. A later run settles it.
  case inDoubt
}
