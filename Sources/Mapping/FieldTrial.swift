public import Domain
public import LDAP

/// A text that may be sent in a field, and the value that it comes from.
public struct FieldValue: Sendable, Hashable {
  public let attribute: String
  public let value: String
  /// As it would be sent.
  public let text: String
  /// Whether the entry is named by the value.
  public let isNaming: Bool
  /// What the value is to the telephone network, with its `+`; nil where the field is no number, where the template takes only a
  /// part of it, or where it isn't a phone number.
  public let e164: String?
  /// What `last` leaves of the value, where it cuts an extension off a phone number.
  public let cut: Cut?

  /// What `last` does to a phone number.
  public enum Cut: Sendable, Hashable {
    /// It leaves the last digits of the number, and cuts these off.
    case off(String)
    /// What it leaves isn't the end of a number.
    case elsewhere
  }
}

/// A value that was passed over for others, or for none.
public struct UnusableValue: Sendable, Hashable {
  public let attribute: String
  public let value: String
  public let reason: String
}

/// All that may be sent in a field of an entry, the one first that is taken where none is in use; and what can't be.
public struct FieldTrial: Sendable, Hashable {
  public let values: [FieldValue]
  public let unusable: [UnusableValue]
  /// Whether every value counts, and not the one alone that is taken.
  public let takesAll: Bool

  public init(values: [FieldValue] = [], unusable: [UnusableValue] = [], takesAll: Bool = false) {
    self.values = values
    self.unusable = unusable
    self.takesAll = takesAll
  }

  /// The values of the first one's attribute that would be sent in its place: which of them is decided by their bytes alone, and by
  /// which the entry has already.
  public var rivals: [FieldValue] {
    guard !takesAll, let taken = values.first, !taken.isNaming else { return [] }
    return values.dropFirst().filter { $0.text != taken.text }
  }
}

extension Template {
  /// What each value of its attributes makes of a field, for an explanation.
  public func trial(
    of entry: borrowing Entry, dialPlan: DialPlan, names: NamePolicy, _ field: ObjectField, of kind: ObjectKind
  ) -> FieldTrial {
    do throws(FieldProblem) {
      let found = try values(of: entry, dialPlan: dialPlan, names: names, field, as: FieldFormat(field, of: kind))
      let sent = found.texts.filter { !$0.text.isEmpty }.map { rendered in
        FieldValue(
          attribute: rendered.source.attribute, value: rendered.source.value, text: rendered.text,
          isNaming: rendered.source.isNaming,
          e164: field == .number && keepsNumber(as: kind) ? try? dialPlan.e164(of: rendered.source.value) : nil,
          cut: field == .number && cutsDigits ? cut(rendered, dialPlan) : nil)
      }
      return FieldTrial(values: sent, unusable: found.problems.map(UnusableValue.init), takesAll: takesAll)
    } catch {
      return FieldTrial(values: [], unusable: [UnusableValue(error)], takesAll: takesAll)
    }
  }

  /// Whether it takes the last digits of a value.
  private var cutsDigits: Bool {
    let filters = expressions.first?.filters ?? []
    let isLast = filters.contains { if case .last = $0 { true } else { false } }
    return parts.count == 1 && isLast && filters.contains(.digits)
  }

  private func cut(_ rendered: RenderedField, _ dialPlan: DialPlan) -> FieldValue.Cut {
    guard let number = try? dialPlan.e164(of: rendered.source.value), number.hasSuffix(rendered.text) else {
      return .elsewhere
    }
    return .off(String(number.dropLast(rendered.text.utf8.count)))
  }

  /// Whether what it makes of a phone number is that number, in whatever form. An extension is one only where a filter
  /// says so: `{employeeNumber}` isn't.
  private func keepsNumber(as kind: ObjectKind) -> Bool {
    guard parts.count == 1, let expression = expressions.first else { return false }
    let filters = expression.filters
    return filters.allSatisfy { $0 == .trim || $0.makesNumber || $0.keepsText }
      && (kind == .contact || filters.contains(where: \.makesNumber))
  }
}

extension UnusableValue {
  fileprivate init(_ problem: FieldProblem) {
    self.init(attribute: problem.attribute, value: problem.value, reason: problem.reason)
  }
}

extension FieldFormat {
  /// How a field of a kind is read.
  init(_ field: ObjectField, of kind: ObjectKind) {
    self =
      switch field {
      case .number: kind == .extension ? .extensionNumber : .contactNumber
      case .callerID: .callerID
      case .email: .email
      case .firstName, .lastName, .company: .text
      }
  }
}
