import Domain

/// A problem of one field, before it is known whose.
struct Fault: Error, Hashable {
  let attribute: String
  /// An excerpt that can be shown.
  let value: String
  let reason: String
  let remedy: String
  /// Whether it is that the entry shows no number at all.
  let isMissingNumber: Bool

  init(attribute: String, value: String, reason: String, remedy: String, isMissingNumber: Bool = false) {
    self.isMissingNumber = isMissingNumber
    self.attribute = attribute
    self.value = value
    self.reason = reason
    self.remedy = remedy
  }

  init(_ source: Source, reason: String, remedy: String, isMissingNumber: Bool = false) {
    self.init(
      attribute: source.attribute, value: excerpt(source.value), reason: reason, remedy: remedy,
      isMissingNumber: isMissingNumber)
  }

  init(_ error: PhoneNumberError, in source: Source) {
    self.init(source, reason: error.reason, remedy: error.remedy)
  }

  func problem(dn: String, entry: EntryID) -> Problem {
    Problem(
      dn: dn, entry: entry, attribute: attribute, value: value, reason: reason, remedy: remedy,
      isMissingNumber: isMissingNumber)
  }
}
