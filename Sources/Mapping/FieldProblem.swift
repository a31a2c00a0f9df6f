import Domain

/// A problem of one field, before its entry is known.
struct FieldProblem: Error, Hashable {
  let attribute: String
  /// An excerpt that can be shown.
  let value: String
  let reason: String
  let remedy: String
  /// Whether the entry has no number at all.
  let isMissingNumber: Bool
  /// The only field that stays as it is on the PBX because of it; nil if the entry, or a number of it, is skipped.
  let keptField: ObjectField?

  init(
    attribute: String, value: String, reason: String, remedy: String, isMissingNumber: Bool = false,
    keptField: ObjectField? = nil
  ) {
    self.isMissingNumber = isMissingNumber
    self.keptField = keptField
    self.attribute = attribute
    self.value = value
    self.reason = reason
    self.remedy = remedy
  }

  init(_ source: Provenance, reason: String, remedy: String, isMissingNumber: Bool = false) {
    self.init(
      attribute: source.attribute, value: excerpt(source.value), reason: reason, remedy: remedy,
      isMissingNumber: isMissingNumber)
  }

  init(_ error: PhoneNumberError, in source: Provenance) {
    self.init(source, reason: error.reason, remedy: error.remedy)
  }

  /// The same, affecting only the field.
  func keeping(_ field: ObjectField) -> FieldProblem {
    FieldProblem(
      attribute: attribute, value: value,
      reason: "\(reason); the entry keeps the \(field.words) that it has on the PBX, if any",
      remedy: remedy, keptField: field)
  }

  func problem(dn: String, entry: EntryID) -> MappingProblem {
    MappingProblem(
      dn: dn, entry: entry, attribute: attribute, value: value, reason: reason, remedy: remedy,
      isMissingNumber: isMissingNumber, keptField: keptField)
  }
}
