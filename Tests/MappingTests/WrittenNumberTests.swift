import LDAP
import Testing

@testable import Mapping

private func plan(_ country: String = "DE", area: String = "") throws -> DialPlan {
  try DialPlan(country: country, area: area, plus: true)
}

@Suite(.timeLimit(.minutes(15))) struct `A written number` {
  @Test(arguments: [
    ("030 901840 Fax", "Fax"), ("0171 3920012 Mobil", "Mobil"), ("+49 30 901840 bis 29", "bis 29"),
    ("+49 30 901840 (Mo-Fr 8-16)", "(Mo-Fr 8-16)"), ("030 901840/41", "/41"), ("030 901840-20/21", "/21"),
    ("030-90 18 47 / 48", "/ 48"), ("+49 30 9018-1101 / 1102", "/ 1102"), ("030 9O184O", "O184O"),
    ("030 901840, 030 901841", ", 030 901841"), ("030 901840/030 901841", "/030 901841"),
    ("030 901840\n030 901841", ";030 901841"), ("030 901840;0171 3920012", ";0171 3920012"),
    ("030 901840 oder 0171 3920012", "oder 0171 3920012"), ("030 901840 + 49", "+ 49"),
    ("030 9018-(0)1104", "(0)1104"), ("030 901840 (20)", "(20)"), ("+49 30 90184x", "x"),
    ("Anna Berg 030 901840", "Anna Berg"), ("*31#0171 3920012", "*"), ("030 901840 & 41", "& 41"),
    ("+49 30 901840;verb=x", ";verb=x"), ("tel:+49-30-901840;isub=1", "isub=1"), ("030 901840 0800 FAX", "FAX"),
    ("0171 392 FAX", "FAX"), ("030 901840 App. 12 oder 13", "App. 12 oder 13"), ("Fax: 030 901840", "Fax:"),
    ("nicht anrufen: 030 901840", "nicht anrufen:"), ("DSN 312-555-0100", "DSN"),
    ("O30 901840", "O"), ("o 30 901840", "o"), ("B30 901840", "B"),
  ])
  func `is refused with its invalid part, and joins no digits`(text: String, part: String) throws {
    let dialPlan = try plan()
    let error = try #require(throws: PhoneNumberError.self) { try dialPlan.e164(of: text) }
    #expect(error.reason == "\"\(part)\" doesn't belong to the phone number")
  }

  @Test(arguments: ["O30 901840", "o 30 901840", "+49 3O 9O1840", "O711 123456"])
  func `is to be written with a zero for the letter O`(text: String) throws {
    let dialPlan = try plan()
    let error = try #require(throws: PhoneNumberError.self) { try dialPlan.e164(of: text) }
    #expect(error.remedy == "Write the digit 0 in place of the letter O.", "\(error)")
  }

  @Test(arguments: [
    "x 12", "x12", "ext 12", "ext. 12", "Ext: 12", "extension 12", "App. 12", "Apparat 12", "Durchwahl 12", "DW 12",
    "DW12", "-DW 12", "Nst. 12", "Klappe 12", "Kl. 12", ";ext=12", ",,12", ",,12#", "#12", "(App. 12)", "poste 12",
    "interno 12", "доб. 12", "wew. 12", "toestel 12", "内線12", "ｅｘｔ．１２", ", ext. 12", "- App. 12",
  ])
  func `has the extension behind it separately`(tail: String) throws {
    let written = try WrittenNumber("+49 30 901840 " + tail)
    #expect(written.text == "+4930901840" && written.extension == "12")
    #expect(try plan().e164(of: "+49 30 901840" + tail) == "+4930901840")
  }

  @Test(arguments: [
    ("DE", "Tel.: 030 901840", "+4930901840"), ("DE", "T +49 30 901840", "+4930901840"),
    ("DE", "(Büro) 030/901840", "+4930901840"), ("DE", "Tel. Büro: (030) 9018-40", "+4930901840"),
    ("DE", "☎ 030 901840", "+4930901840"), ("DE", "030 / 90 18 40", "+4930901840"),
    ("DE", "(030 901840)", "+4930901840"), ("DE", "+49(0)30 901840", "+4930901840"),
    ("DE", "+49/30/901840", "+4930901840"), ("DE", "[030] 901840", "+4930901840"),
    ("DE", "\u{202A}+49 30 901840\u{202C}", "+4930901840"), ("DE", "+49\u{A0}30\u{2011}901840", "+4930901840"),
    ("DE", "٠٣٠ ٩٠١٨٤٠", "+4930901840"), ("DE", "०३० ९०१८४०", "+4930901840"), ("DE", "030 901840;", "+4930901840"),
    ("DE", "0800 FLOWERS", "+498003569377"), ("US", "1-800-GO-FEDEX", "+18004633339"),
    ("US", "(212) 555-HOME", "+12125554663"), ("GB", "0800 REVERSE", "+448007383773"),
    ("DE", "tel:901840;phone-context=+4930", "+4930901840"), ("IT", "+39 (0)6 698 12345", "+390669812345"),
    ("RU", "8/495/123-45-67", "+74951234567"), ("BE", "02/555.12.12", "+3225551212"),
    ("IT", "06/69812345", "+390669812345"),
    ("GB", "20 7946 0018", "+442079460018"), ("FR", "1 42 68 53 00", "+33142685300"),
    ("CH", "041 410 12 34", "+41414101234"),
  ])
  func `is parsed with any text around it`(country: String, text: String, e164: String) throws {
    #expect(try plan(country).e164(of: text) == e164)
  }

  @Test(arguments: [
    ("DE", "", "1014", "1014 has only as many digits as an internal number"),
    ("DE", "", "9018-1104", "the area code is missing, or the trunk prefix of DE"),
    ("DE", "", "901840", "the area code is missing, or the trunk prefix of DE"),
    ("DE", "", "030 12", "it has the wrong length for its country, or the area code is missing"),
    ("DE", "", "+49 89 12", "it has the wrong length for its country, or the area code is missing"),
    ("DE", "30", "112", "112 is an emergency number"), ("DE", "", "110", "110 is an emergency number"),
    ("US", "", "911", "911 is an emergency number"), ("IT", "", "113", "113 is an emergency number"),
    ("DE", "30", "1234", "1234 has only as many digits as an internal number"),
    ("DE", "30", "1101/1102", "\"/1102\" doesn't belong to the phone number"),
    ("NO", "", "1014", "1014 has only as many digits as an internal number"),
    ("DE", "", "ext. 17", "it is the extension 17, not a phone number"),
    ("DE", "", "0 49 30 901840", "the 0 at its beginning is before a complete number"),
    ("DE", "", "0 030 901840", "the 0 at its beginning is before a complete number"),
    ("DE", "", "0-49-30-901840", "the 0 at its beginning is before a complete number"),
    ("DE", "", "+49 30 9018 1101 1102 1", "it is too long for a phone number"),
  ])
  func `isn't one if it can't be dialled from outside`(
    country: String, area: String, text: String, reason: String
  ) throws {
    let dialPlan = try plan(country, area: area)
    let error = try #require(throws: PhoneNumberError.self) { try dialPlan.e164(of: text) }
    #expect(error.reason == reason)
    #expect(error.remedy.hasSuffix("."))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A written extension` {
  private func dialPlan(_ block: String = "+49 30 9018 0000-4999") throws -> DialPlan {
    let plain = try DialPlan(country: "DE", area: "", plus: true)
    return plain.replacingDDIBlocks(with: DDIBlocks([try DDIBlock(block, dialPlan: plain)]))
  }

  @Test(arguments: [
    ("1107", "1107"), (" 11 07 ", "1107"), ("0017", "0017"), ("ext. 1107", "1107"), ("DW 1107", "1107"),
    ("+49 30 9018-0 ext. 1234", "1234"), ("+49 30 9018 DW 1234", "1234"), ("030/9018-0,,1234#", "1234"),
    ("tel:+49-30-9018-0;ext=1234", "1234"), ("+49 30 9018-1234 ext. 1234", "1234"),
  ])
  func `is the extension, alone or behind the number of its building`(text: String, expected: String) throws {
    #expect(try dialPlan().extension(of: text) == expected)
  }

  @Test func `may be the one that is dialled outside`() throws {
    let dialPlan = try dialPlan("+49 30 9018 0000-4999 = 70000-74999")
    #expect(try dialPlan.extension(of: "+49 30 9018-0 ext. 1234") == "71234")
    #expect(try dialPlan.extension(of: "71234") == "71234")
  }

  @Test(arguments: ["5107", "+49 40 9018-0 ext. 1234", "+49 30 9018-1016 ext. 1234", "ext. 5107", "+49 171 3920012"])
  func `is none if no block has it, or if the number before it is another's`(text: String) throws {
    let dialPlan = try dialPlan()
    #expect(throws: PhoneNumberError.self) { try dialPlan.extension(of: text) }
  }

  @Test func `is dialled from outside by the number that reaches it`() throws {
    #expect(try dialPlan().e164(of: "1107") == "+493090181107")
    #expect(try dialPlan().parse("1107").dialled == "03090181107")
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The extensions that a value may mean` {
  @Test(arguments: [
    ("+49 30 9018 1000-1099", "+49 30 9018-100 1 oder so", "1001"), ("+49 30 9018 1000-1099", "30901 81002", "1002"),
    ("+49 30 9018 1000-1099", "+49 30 9018-10 06 x", "1006"),
    ("+49 30 9018 0000-0099 = 70000-70099", "Zi. 5 / 0004", "70004"),
    ("+49 30 9018 0000-0099 = 70000-70099", "+49 30 9018-0005 u. 0006", "70006"),
  ])
  func `are those at the end of its digits, however they are separated`(block: String, value: String, number: String)
    throws
  {
    let plain = try plan()
    #expect(
      plain.replacingDDIBlocks(with: DDIBlocks([try DDIBlock(block, dialPlan: plain)])).extensionsMeant(by: value)
        .contains(number))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The number that a value means` {
  private func dialPlan() throws -> DialPlan {
    let plain = try plan()
    return plain.replacingDDIBlocks(with: DDIBlocks([try DDIBlock("+49 30 9018 0000-4999", dialPlan: plain)]))
  }

  @Test(arguments: [
    ("+49 30 9018 1003", "+493090181003", "+49 30 9018 1003", ""),
    ("+49 30 9018 １００３", "+493090181003", "+49 30 9018 1003", ""),
    ("+49 30 90180 Durchwahl 1003", "+493090181003", "+493090181003", ""), ("1107", "+493090181107", "1107", ""),
    ("+49 30 9018 1128 / 1129", "+493090181128", "+49 30 9018 1128", "/ 1129"),
    ("030 901840/41", "+4930901840", "030 901840", "/41"),
    ("0 49 30 9018 1003", "+493090181003", "+493090181003", ""),
    ("0 030 9018 1003", "+493090181003", "+493090181003", ""),
    ("0171 3920012", "+491713920012", "0171 3920012", ""),
  ])
  func `is that of its digits`(value: String, e164: String, text: String, rest: String) throws {
    let meant = try #require(try dialPlan().meantNumber(in: value))
    #expect(meant.e164 == e164 && meant.text == text && meant.rest == rest, "\(meant)")
    #expect(meant.isMobile == (value == "0171 3920012"))
  }

  @Test(arguments: [
    "030 901840 Fax", "+49 30 9018 1003 ext. 5", "+49 30 9018 1001 ext. 1002", "n/a", "112", "9107", "",
    "+49 30 901811011102", "030 9O184O", "1128 oder 1129",
  ])
  func `is none if it isn't certain`(value: String) throws {
    #expect(try dialPlan().meantNumber(in: value) == nil)
  }
}

/// Whatever of Unicode's digits a number is written in.
@Suite(.timeLimit(.minutes(15))) struct `Digits of another script` {
  /// The ten digits of each script that counts by tens.
  private static let scripts: [[Unicode.Scalar]] = {
    let digits = (0...0x10FFFF).compactMap(Unicode.Scalar.init).filter {
      $0.properties.generalCategory == .decimalNumber
    }
    return stride(from: 0, to: digits.count, by: 10).map { Array(digits[$0..<min($0 + 10, digits.count)]) }
  }()

  private func dialPlan() throws -> DialPlan {
    let plain = try plan()
    return plain.replacingDDIBlocks(with: DDIBlocks([try DDIBlock("+49 30 9018 0000-4999", dialPlan: plain)]))
  }

  @Test func `are those that Unicode has`() {
    #expect(Self.scripts.count >= 68, "as many as Unicode 15 has")
    for script in Self.scripts {
      #expect(script.map(\.properties.numericValue) == (0...9).map(Double.init), "\(script)")
    }
  }

  @Test func `are parsed by their value, alone and among others`() throws {
    let dialPlan = try dialPlan()
    for script in Self.scripts {
      func write(_ text: String) -> String {
        String(
          String.UnicodeScalarView(text.unicodeScalars.map { $0.isASCIIDigit ? script[Int($0.value - 0x30)] : $0 }))
      }
      for number in [
        "+49 30 9018-1234", "030 / 9018 1234", "\(write("030 9018")) 1234", "0049 30 9018\(write("-1234"))",
      ] {
        #expect(try dialPlan.e164(of: write(number)) == "+493090181234", "\(write(number))")
        #expect(try dialPlan.extension(of: write(number)) == "1234", "\(write(number))")
        let last = try Template("{telephoneNumber | digits | last 4}")
        let entry = person(["telephoneNumber": [write(number)]])
        #expect(try last.render(entry, dialPlan: dialPlan).text == "1234", "\(write(number))")
      }
      #expect(try dialPlan.extension(of: write("1107")) == "1107", "\(write("1107"))")
      #expect(try dialPlan.extension(of: write("+49 30 9018-0 ext. 1107")) == "1107", "\(write("1107"))")
      #expect(try dialPlan.parse(write("+49 (0)30 9018 1107")).dialled == "03090181107")
      #expect(throws: (any Error).self) { try dialPlan.e164(of: write("030 901840/41")) }
    }
  }

  /// Digits that no script counts by tens with: circled, raised, Ethiopic, Roman, Han.
  @Test func `that can't be dialled are reported, and never removed from a number`() throws {
    let dialPlan = try dialPlan()
    let others = (0x80...0x10FFFF).compactMap(Unicode.Scalar.init).filter { $0.properties.numericType == .digit }
    #expect(others.count > 100)
    for digit in others {
      for text in ["+49 30 9018 1234\(digit)", "+49 30 9018 \(digit)1234", "\(digit)+49 30 9018 1234", "123\(digit)"] {
        #expect(throws: PhoneNumberError.self, "\(text)") { try dialPlan.e164(of: text) }
        #expect(throws: PhoneNumberError.self, "\(text)") { try dialPlan.extension(of: text) }
        let entry = person(["telephoneNumber": [text]])
        #expect(throws: FieldProblem.self, "\(text)") {
          try Template("{telephoneNumber | digits | last 4}").render(entry, dialPlan: dialPlan)
        }
      }
    }
    for text in ["030 九〇一八 1234", "030 9018 Ⅷ234", "030 9018 ፲1234"] {
      #expect(throws: PhoneNumberError.self, "\(text)") { try dialPlan.e164(of: text) }
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
