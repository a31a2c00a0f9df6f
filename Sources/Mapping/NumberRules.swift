import CPhoneNumber

/// How phone numbers are read and written.
public struct NumberRules: Sendable, Hashable {
  let country: String
  let plus: Bool

  /// - Parameters:
  ///   - country: where a number without a country code belongs, as two capital letters (ISO 3166).
  ///     Nil for one whose numbering plan isn't known.
  ///   - plus: whether numbers that are sent keep the `+` before their country code.
  public init?(country: String, plus: Bool) {
    guard unsafe cphonenumber_knows_region(country) else { return nil }
    self.country = country
    self.plus = plus
  }

  /// Reads any customary way of writing a number; an extension behind it is left off.
  func parse(_ text: String) throws(PhoneNumberError) -> PhoneNumber {
    let room = Int(CPHONENUMBER_ROOM)
    var e164 = [CChar](repeating: 0, count: room)
    var dialled = e164
    let status = unsafe cphonenumber_parse(text, text.utf8.count, country, &e164, &dialled)
    guard status == CPHONENUMBER_OK else { throw PhoneNumberError(status) }
    return PhoneNumber(e164: string(e164), dialled: string(dialled))
  }

  /// A number as it is sent.
  func written(_ number: String) -> String { !plus && number.hasPrefix("+") ? String(number.dropFirst()) : number }
}

struct PhoneNumber: Hashable {
  /// With its `+` and country code.
  let e164: String
  /// As one dials it in the country of the rules.
  let dialled: String
}

/// Why a text isn't a phone number.
struct PhoneNumberError: Error, Hashable {
  let reason: String

  init(_ status: cphonenumber_status) {
    reason =
      switch status {
      case CPHONENUMBER_TOO_SHORT: "it is too short for a phone number"
      case CPHONENUMBER_TOO_LONG: "it is too long for a phone number"
      case CPHONENUMBER_BAD_REGION: "it isn't a phone number: there is no such country code"
      case CPHONENUMBER_NOT_VALID: "no phone number has that many digits there, or the area code is missing"
      case CPHONENUMBER_FAILED: "the phone number library failed on it"
      default: "it isn't a phone number"
      }
  }
}

private func string(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
