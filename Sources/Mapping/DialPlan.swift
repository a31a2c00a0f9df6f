import CPhoneNumber

/// What keeps rules from being ones.
public enum DialPlanError: Error, Hashable, Sendable {
  case unknownCountry
  /// Numbers of that country have no area codes.
  case noAreaCodes
  /// The area code is given with the digits before it that are only dialled within the country.
  case trunkPrefix
}

/// How phone numbers are read and written, of one site.
public struct DialPlan: Sendable, Hashable {
  let country: String
  let includesPlus: Bool
  /// The area code of a number that is written without one; empty where each must have its own.
  let area: String
  /// The site that they are of, as the configuration names it; nil where they hold for all that has no site.
  public let site: String?
  /// The numbers that reach extensions directly.
  public let ddiBlocks: DDIBlocks

  /// - Parameters:
  ///   - country: where a number without a country code belongs, as two capital letters (ISO 3166).
  ///     Nil for one whose numbering plan isn't known.
  ///   - plus: whether numbers that are sent keep the `+` before their country code.
  public init?(country: String, plus: Bool) {
    do throws(DialPlanError) { try self.init(country: country, area: "", plus: plus) } catch { return nil }
  }

  /// - Parameter area: digits, or empty.
  public init(
    country: String, area: String, plus: Bool, site: String? = nil, ddiBlocks: DDIBlocks = DDIBlocks()
  ) throws(DialPlanError) {
    guard unsafe cphonenumber_knows_region(country) else { throw .unknownCountry }
    switch area.isEmpty ? CPHONENUMBER_AREA_OK : unsafe cphonenumber_check_area(country, area) {
    case CPHONENUMBER_NO_AREAS: throw .noAreaCodes
    case CPHONENUMBER_TRUNK_PREFIX: throw .trunkPrefix
    default: break
    }
    self.country = country
    self.includesPlus = plus
    self.area = area
    self.site = site
    self.ddiBlocks = ddiBlocks
  }

  /// The same rules with these blocks.
  public func replacingDDIBlocks(with ddiBlocks: DDIBlocks) -> DialPlan {
    DialPlan(country: country, plus: includesPlus, area: area, site: site, ddiBlocks: ddiBlocks)
  }

  private init(country: String, plus: Bool, area: String, site: String?, ddiBlocks: DDIBlocks) {
    (self.country, self.includesPlus, self.area, self.site, self.ddiBlocks) = (country, plus, area, site, ddiBlocks)
  }

  /// Reads any customary way of writing a number into its form with `+` and country code; an extension behind it is left
  /// off. An internal number that a block has is the one that reaches it from outside.
  func e164(of text: String) throws(PhoneNumberError) -> String { try e164(of: try WrittenNumber(text)) }

  /// The same, and how it is dialled.
  func parse(_ text: String) throws(PhoneNumberError) -> PhoneNumber {
    let room = Int(CPHONENUMBER_ROOM)
    let number = try e164(of: text)
    var e164 = [CChar](repeating: 0, count: room)
    var dialled = e164
    let status = unsafe cphonenumber_parse(number, number.utf8.count, country, area, &e164, &dialled, nil)
    guard status == CPHONENUMBER_OK else { throw PhoneNumberError(status, number, country) }
    return PhoneNumber(e164: string(e164), dialled: string(dialled))
  }

  /// A number as it is sent.
  func written(_ number: String) -> String {
    !includesPlus && number.hasPrefix("+") ? String(number.dropFirst()) : number
  }
}

struct PhoneNumber: Hashable {
  /// With its `+` and country code.
  let e164: String
  /// As one dials it in the country of the rules.
  let dialled: String
}

func string(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
