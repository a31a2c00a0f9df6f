import CPhoneNumber
public import Domain

/// Why a dial plan is invalid.
public enum DialPlanError: Error, Hashable, Sendable {
  case unknownCountry
  /// Numbers of that country have no area codes.
  case noAreaCodes
  /// The area code is given with the digits before it that are only dialled within the country.
  case trunkPrefix
}

/// The dial plan of one site: how its phone numbers are parsed and formatted.
public struct DialPlan: Sendable, Hashable {
  let country: String
  let includesPlus: Bool
  /// The area code of numbers without one; empty if each number must have one.
  let area: String
  /// The site's name in the configuration; nil for entries without a site.
  public let site: String?
  /// The numbers that reach extensions directly.
  public let ddiBlocks: DDIBlocks
  /// The section of the configuration that they are from, for messages.
  let ddiPlace: String
  /// Emergency numbers that an admin uses as extensions.
  let emergencyExtensions: [NumberRange]

  /// - Parameters:
  ///   - country: the country of numbers without a country code, as two capital letters (ISO 3166).
  ///     The result is nil for an unknown numbering plan.
  ///   - plus: whether numbers are sent with the `+` before their country code.
  public init?(country: String, plus: Bool) {
    do throws(DialPlanError) { try self.init(country: country, area: "", plus: plus) } catch { return nil }
  }

  /// - Parameters:
  ///   - area: digits, or empty.
  ///   - emergencyExtensions: emergency numbers that may be extensions.
  public init(
    country: String, area: String, plus: Bool, site: String? = nil, ddiBlocks: DDIBlocks = DDIBlocks(),
    emergencyExtensions: [NumberRange] = []
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
    ddiPlace = Self.place(of: site)
    self.emergencyExtensions = emergencyExtensions
  }

  /// The section of the configuration that it is from, for messages.
  var place: String { Self.place(of: site) }

  private static func place(of site: String?) -> String { site.map { "site \"\($0)\"" } ?? "[numbers]" }

  /// The same dial plan with these blocks.
  public func replacingDDIBlocks(with ddiBlocks: DDIBlocks) -> DialPlan { DialPlan(self, ddiBlocks, of: place) }

  /// The same dial plan with the blocks of another one: a site without blocks of its own has those of `[numbers]`.
  public func inheritingDDIBlocks(of other: DialPlan) -> DialPlan {
    DialPlan(self, other.ddiBlocks, of: other.ddiPlace)
  }

  private init(_ other: DialPlan, _ ddiBlocks: DDIBlocks, of ddiPlace: String) {
    self.ddiPlace = ddiPlace
    (country, includesPlus, area, site) = (other.country, other.includesPlus, other.area, other.site)
    emergencyExtensions = other.emergencyExtensions
    self.ddiBlocks = ddiBlocks
  }

  /// Parses a number in any common format, with `+` and country code as the result; an extension behind it is removed. An internal
  /// number of a block becomes the phone number that reaches it.
  func e164(of text: String) throws(PhoneNumberError) -> String { try e164(of: try WrittenNumber(text)) }

  /// The same, and how it is dialled.
  func parse(_ text: String) throws(PhoneNumberError) -> PhoneNumber {
    let room = Int(CPHONENUMBER_ROOM)
    let number = try e164(of: text)
    var e164 = [CChar](repeating: 0, count: room)
    var dialled = e164
    let status = unsafe cphonenumber_parse(number, number.utf8.count, country, area, &e164, &dialled, nil)
    guard status == CPHONENUMBER_OK else { throw PhoneNumberError(status, number, self) }
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
  /// As it is dialled in the dial plan's country.
  let dialled: String
}

func string(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
