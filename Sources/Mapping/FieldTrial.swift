public import Domain
public import LDAP

/// A possible value of a field, with its source value.
public struct FieldValue: Sendable, Hashable {
  public let attribute: String
  public let value: String
  /// The text to send.
  public let text: String
  /// Whether the value is in the entry's RDN.
  public let isNaming: Bool
  /// The value as a phone number, with its `+`; nil if the field isn't a number, the template uses only a part of it, or it isn't a
  /// phone number.
  public let e164: String?
  /// The digits that `last` keeps, if it removes an extension's part of a phone number.
  public let cut: Cut?

  /// The effect of `last` on a phone number.
  public enum Cut: Sendable, Hashable {
    /// It keeps the last digits of the number, and removes these.
    case off(String)
    /// The digits that it keeps aren't the end of a number.
    case elsewhere
  }
}

/// A skipped value.
public struct UnusableValue: Sendable, Hashable {
  public let value: String
  public let reason: String
}

/// The possible values of a field of an entry, the default one first; and the skipped ones.
public struct FieldTrial: Sendable, Hashable {
  public let values: [FieldValue]
  public let unusable: [UnusableValue]
  /// Whether every value is used, and not only one.
  public let takesAll: Bool

  public init(values: [FieldValue] = [], unusable: [UnusableValue] = [], takesAll: Bool = false) {
    self.values = values
    self.unusable = unusable
    self.takesAll = takesAll
  }

  /// The alternatives to the first value from the same attribute: only byte order, or the present value, decides between them.
  public var rivals: [FieldValue] {
    guard !takesAll, let taken = values.first, !taken.isNaming else { return [] }
    return values.dropFirst().filter { $0.text != taken.text }
  }
}

extension Template {
  /// The result of each value of its attributes for a field, to explain it.
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

  /// Whether it keeps the last digits of a value.
  public var cutsDigits: Bool {
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

  /// Whether its result for a phone number is that number, in any format. An extension is one only with a filter for it:
  /// `{employeeNumber}` isn't.
  private func keepsNumber(as kind: ObjectKind) -> Bool {
    guard parts.count == 1, let expression = expressions.first else { return false }
    let filters = expression.filters
    return filters.allSatisfy { $0 == .trim || $0.makesNumber || $0.keepsText }
      && (kind == .contact || filters.contains(where: \.makesNumber))
  }
}

extension UnusableValue {
  fileprivate init(_ problem: FieldProblem) {
    self.init(value: problem.value, reason: problem.reason)
  }
}

extension FieldFormat {
  /// The reading of a field by its kind.
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
