public import Domain
public import LDAP

/// One value of an entry, and the number that a template makes of it.
public struct NumberValue: Sendable, Hashable {
  public let attribute: String
  public let value: String
  /// As it would be sent.
  public let number: String
  /// What the value is to the telephone network, with its `+`; nil where the template takes only a part of it, or where it
  /// isn't a phone number.
  public let e164: String?
}

extension Template {
  /// What each value of its attributes would make of the entry if it were the attribute's only one: the values that count
  /// first, those that make nothing left out.
  public func numbers(of entry: borrowing Entry, rules: NumberRules, as kind: Kind) -> [NumberValue] {
    var found: [NumberValue] = []
    for attribute in attributes.sorted() {
      for value in entry.values(attribute).sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
        guard let text = value.text,
          let rendered = try? field(of: entry.with(attribute, [value]), rules: rules, as: kind.numberForm),
          !rendered.text.isEmpty, rendered.source.attribute == attribute
        else { continue }
        let number = keepsNumber(as: kind) ? try? rules.e164(of: text) : nil
        found.append(NumberValue(attribute: attribute, value: text, number: rendered.text, e164: number))
      }
    }
    return found
  }

  /// Whether what it makes of a phone number is that number, in whatever form. An extension is one only where a filter
  /// says so: `{employeeNumber}` isn't.
  private func keepsNumber(as kind: Kind) -> Bool {
    guard parts.count == 1, let expression = expressions.first else { return false }
    let filters = expression.filters
    return filters.allSatisfy { $0 == .trim || $0.makesNumber }
      && (kind == .contact || filters.contains(where: \.makesNumber))
  }
}

extension Kind {
  fileprivate var numberForm: FieldForm {
    switch self {
    case .extension: .extensionNumber
    case .contact: .contactNumber
    }
  }
}
