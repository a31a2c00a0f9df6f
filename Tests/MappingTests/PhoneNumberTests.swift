import CPhoneNumber
import Testing

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `The libraries of the mapping` {
  @Test(arguments: zip(mappingLibraries, ["libphonenumber", "libicu", "libre2"]))
  func `are known by their files, sizes and times`(library: String, name: String) {
    let parts = library.split(separator: " ")
    #expect(parts.count == 3 && parts[0].contains(name), "\(library)")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Phone numbers` {
  @Test(arguments: [
    ("DE", "030 9018-1234", "+493090181234", "03090181234"),
    ("DE", "+49 (0)30 9018 1234", "+493090181234", "03090181234"),
    ("DE", "0049 30 90181234", "+493090181234", "03090181234"),
    ("DE", "tel:+49-30-90181234", "+493090181234", "03090181234"),
    ("DE", "+49 30 90181234 ext. 17", "+493090181234", "03090181234"),
    ("DE", "０３０ ９０１８１２３４", "+493090181234", "03090181234"),
    ("DE", "+43 1 58858-0", "+431588580", "00431588580"),
    ("DE", "+44 20 7946 0018", "+442079460018", "00442079460018"),
    ("AT", "01 588580", "+431588580", "01588580"),
    ("CH", "044 668 18 00", "+41446681800", "0446681800"),
    ("FR", "01 42 68 53 00", "+33142685300", "0142685300"),
    ("IT", "06 698 12345", "+390669812345", "0669812345"),
    ("ES", "912 345 678", "+34912345678", "912345678"),
    ("GB", "020 7946 0018", "+442079460018", "02079460018"),
    ("PL", "22 123 45 67", "+48221234567", "221234567"),
    ("TR", "0212 345 67 89", "+902123456789", "02123456789"),
    ("NO", "22 12 34 56", "+4722123456", "22123456"),
    ("SE", "08-123 456 78", "+46812345678", "0812345678"),
    ("US", "(650) 253-0000", "+16502530000", "6502530000"),
    ("US", "1-800-FLOWERS", "+18003569377", "8003569377"),
    ("US", "+49 30 90181234", "+493090181234", "011493090181234"),
    ("CA", "416 555 0100", "+14165550100", "4165550100"),
    ("RU", "8 (495) 123-45-67", "+74951234567", "84951234567"),
    ("JP", "03-1234-5678", "+81312345678", "0312345678"),
    ("AU", "(02) 9876 5432", "+61298765432", "0298765432"),
    ("IN", "022 1234 5678", "+912212345678", "02212345678"),
    ("BR", "(11) 2345-6789", "+551123456789", "1123456789"),
    ("BR", "+49 30 90181234", "+493090181234", "+493090181234"),
  ])
  func `are parsed by their country's conventions`(country: String, text: String, e164: String, dialled: String) throws
  {
    let number = try dialPlan(country).parse(text)
    #expect(number == PhoneNumber(e164: e164, dialled: dialled))
  }

  @Test(arguments: [
    ("n/a", "it isn't a phone number"),
    ("-", "it isn't a phone number"),
    ("Anna Berg", "it isn't a phone number"),
    ("ext. x", "it isn't a phone number"),
    ("☎", "it isn't a phone number"),
    ("1", "it isn't a phone number"),
    ("+49", "it isn't a phone number"),
    ("+999 123456", "it isn't a phone number: there is no such country code"),
    ("+1 650 253 00000000", "it is too long for a phone number"),
    (String(repeating: "1", count: 200), "it is too long for a phone number"),
    (String(repeating: "1", count: 100_000), "it is too long for a phone number"),
    ("+1 253 0000", "it has the wrong length for its country, or the area code is missing"),
    ("+1 650 25", "it is too short for a phone number"),
  ])
  func `are refused with a reason`(text: String, reason: String) throws {
    let dialPlan = try dialPlan()
    #expect(try #require(throws: PhoneNumberError.self) { try dialPlan.parse(text) }.reason == reason)
  }

  @Test(arguments: ["", "de", "D", "XX", "DEU", "49", "Germany", "🇩🇪", "001", "ZZ"])
  func `need a known country`(country: String) {
    #expect(DialPlan(country: country, plus: true) == nil)
  }

  /// The library must be able to parse numbers there.
  @Test func `can be parsed in each known country`() throws {
    let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(UnicodeScalar($0)) }
    var known = 0
    for country in letters.flatMap({ first in letters.map { first + $0 } }) {
      guard let dialPlan = DialPlan(country: country, plus: true) else { continue }
      known += 1
      do {
        _ = try dialPlan.parse("1234567")
      } catch {
        #expect(error.reason != PhoneNumberError(CPHONENUMBER_BAD_REGION, "", dialPlan).reason, "\(country)")
      }
    }
    #expect(known > 200)
  }

  @Test(arguments: ["", "D", "D ", " A", "de", "XX", "DEU", "DE AT"])
  func `belong to no unknown country`(country: String) {
    #expect(DialPlan(country: country, plus: false) == nil)
  }

  @Test func `may belong to small countries too`() {
    for country in ["LI", "SM", "VA", "AX", "XK"] { #expect(DialPlan(country: country, plus: false) != nil) }
  }
}
