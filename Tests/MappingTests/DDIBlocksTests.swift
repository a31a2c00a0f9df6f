import Testing

@testable import Mapping

private func dialPlan(_ blocks: String..., area: String = "") throws -> DialPlan {
  let plain = try DialPlan(country: "DE", area: area, plus: true, site: "berlin")
  return plain.replacingDDIBlocks(with: DDIBlocks(try blocks.map { try DDIBlock($0, dialPlan: plain) }))
}

@Suite(.timeLimit(.minutes(15))) struct `A DDI block` {
  @Test(arguments: [
    ("+49 30 9018 0000-4999", "+49 30 9018 1234", "1234"),
    ("+49 30 9018 0000-4999", "030/90180000", "0000"),
    ("+49 30 9018 0000-4999", "0049 (30) 9018-4999", "4999"),
    ("030 9018-0000 - 4999", "+49 30 90180017", "0017"),
    ("+49 (0)30 9018 0000-4999", "+49 30 9018 1234 ext. 5", "1234"),
    ("+49 30 9018 0-0", "+49 30 90180", "0"),
    ("+49 30 9018 10-99", "+49 30 901817", "17"),
    ("+49 30 9018 0000-4999 = 70000-74999", "+49 30 9018 1234", "71234"),
    ("+49 30 9018 0000-4999=0000-4999", "+49 30 9018 1234", "1234"),
    ("+43 1 58858 100-199 = 00-99", "+43 1 58858 117", "17"),
    ("+1 212 555 0100-0199", "+1 (212) 555-0142", "0142"),
  ])
  func `gives the extension that a number reaches, which maps back to the number`(
    block: String, number: String, extension: String
  ) throws {
    let dialPlan = try dialPlan(block)
    #expect(try dialPlan.extension(of: number) == `extension`)
    #expect(dialPlan.number(reaching: `extension`) == (try dialPlan.parse(number).e164))
  }

  @Test(arguments: [
    "+49 30 9018 5000", "+49 30 9018 123", "+49 30 9018 12345", "+49 40 9018 1234", "+43 30 9018 1234", "030 1234567",
  ])
  func `names a number in no block, the site and the remedy`(number: String) throws {
    let dialPlan = try dialPlan("+49 30 9018 0000-4999", "+49 30 9020 7000-7999")
    let error = try #require(throws: PhoneNumberError.self) { try dialPlan.extension(of: number) }
    #expect(error.reason.contains("is in no DDI block of site \"berlin\""), "\(error.reason)")
    #expect(error.remedy.contains("ddi of site \"berlin\""))
    // A list of the site's own would replace the one that it has from there.
    let general = try DialPlan(country: "DE", area: "", plus: true).replacingDDIBlocks(with: dialPlan.ddiBlocks)
    let inheriting = try #require(throws: PhoneNumberError.self) {
      try dialPlan.inheritingDDIBlocks(of: general).extension(of: number)
    }
    #expect(inheriting.remedy.contains("ddi of [numbers]"))
  }

  @Test(arguments: [
    ("+49 30 9018 0-9", "030 9018-0 ext 99"), ("+49 30 9018 10-99", "030 9018-99 ext 1234"),
    ("+49 30 9018 1000-1999", "1234 1239"), ("+49 30 9018 1000-1999", "1234-1239"),
  ])
  func `gives none if the value is contradictory`(block: String, number: String) throws {
    let dialPlan = try dialPlan(block, area: "30")
    #expect(throws: PhoneNumberError.self) { try dialPlan.extension(of: number) }
  }

  @Test(arguments: ["+49 30 9018-DW 1234", "+49 30 9018 ext. 1234", "030 9018, Durchwahl 1234", "1234"])
  func `gives the whole number of an extension behind that of the building`(number: String) throws {
    #expect(try dialPlan("+49 30 9018 0000-4999").e164(of: number) == "+493090181234")
  }

  @Test(arguments: [
    "000-000-0000", "00000000", "+49 000 000 000", "+49 (00) 30 9018 1234", "+49 0049 30 9018 1234",
    "+48 (0-22) 123 45 67",
  ])
  func `accepts no number that begins with 0 behind the country code`(number: String) throws {
    #expect(throws: PhoneNumberError.self) { try dialPlan("+49 30 9018 0000-4999").e164(of: number) }
  }

  @Test func `refuses an extension that maps back to another number`() throws {
    let dialPlan = try dialPlan("+49 30 9018 0000-4999", "+49 30 9020 0000-4999")
    #expect(try dialPlan.extension(of: "+49 30 9018 1234") == "1234")
    let error = try #require(throws: PhoneNumberError.self) { try dialPlan.extension(of: "+49 30 9020 1234") }
    #expect(error.reason.contains("which +493090181234 reaches too"), "\(error.reason)")
  }

  @Test(arguments: [
    (["+49 30 9018 0000-4999", "+49 30 9018 4999-5999"], "numbers"),
    (["+49 30 9018 0000-4999", "+49 30 9020 0000-0999"], "extensions"),
    (["+49 30 9018 0000-4999", "+49 309018 1000-1000"], "numbers"),
    (["+49 30 9018 000-499", "+49 30 9018 0000-4999"], nil),
    (["+49 30 9018 0000-4999", "+49 30 9020 0000-0999 = 80000-80999"], nil),
    (["+49 30 9018 0000-4999", "+49 30 9018 5000-5999", "+49 40 1234 6000-6999"], nil),
  ])
  func `finds the overlap of two blocks`(blocks: [String], what: String?) throws {
    let plain = try DialPlan(country: "DE", area: "", plus: true)
    let ddiBlocks = DDIBlocks(try blocks.map { try DDIBlock($0, dialPlan: plain) })
    #expect(ddiBlocks.clash?.overlap.rawValue == what)
  }

  @Test(arguments: [
    ("+49 30 9018", "isn't a block of numbers"),
    ("0000 bis 4999", "isn't a block of numbers"),
    ("+49 30 9018 0000-x", "isn't a block of numbers"),
    ("+49 30 9018 0000-", "isn't a block of numbers"),
    ("+49 30 9018 0000-4999-", "isn't a block of numbers"),
    ("+49 30 9018 0000-4999 = 1 = 2", "isn't a block of numbers"),
    ("-4999", "isn't the first number of a block: it isn't a phone number"),
    ("+999 30 9018 0000-4999", "there is no such country code"),
    ("+49 30 9018 4999-0000", "ends before it begins"),
    ("+49 30 9018 0000-4999 = 0000-3999", "isn't as many extensions as the block has numbers (5000)"),
    ("+49 30 9018 0000-4999 = x", "isn't as many extensions"),
    ("+49 30 9018 0000-4999 =", "isn't as many extensions"),
  ])
  func `reports the error of a block`(block: String, message: String) throws {
    let error = try #require(throws: DDIBlockError.self) { _ = try dialPlan(block) }
    #expect(error.message.contains(message), "\(error.message)")
    #expect(!error.remedy.isEmpty)
  }

  /// Seeded: whatever number a block has, its extension leads back to it.
  @Test(arguments: ["+49 30 9018 0000-4999", "+49 30 9018 00-99 = 700-799", "+49 30 9018 0000-9999 = 50000-59999"])
  func `is the same in both directions`(block: String) throws {
    let dialPlan = try dialPlan(block)
    var state: UInt64 = 0x9E37_79B9
    for _ in 0..<300 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let digits = String(10_000 + state >> 33 % 10_000).suffix(block.contains("00-99 ") ? 2 : 4)
      let number = "+49309018\(digits)"
      guard let found = try? dialPlan.extension(of: number) else { continue }
      #expect(dialPlan.number(reaching: found) == number)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An area code` {
  @Test(arguments: [
    ("DE", "30", "9018-1234", "+493090181234"), ("DE", "30", "030 9018-1234", "+493090181234"),
    ("DE", "30", "040 123456", "+4940123456"), ("DE", "30", "0170 1234567", "+491701234567"),
    ("DE", "30", "+49 40 123456", "+4940123456"), ("DE", "30", "0043 1 58858", "+43158858"),
    ("DE", "30", "493090181234", "+493090181234"), ("AT", "1", "58858-0", "+431588580"),
    ("DE", "30", "12345", "+493012345"), ("DE", "30", "9018 1234 ext. 17", "+493090181234"),
    ("GB", "20", "7946 0018", "+442079460018"), ("GB", "20", "0121 234 5678", "+441212345678"),
    ("US", "212", "555-0142", "+12125550142"), ("US", "212", "(650) 253-0000", "+16502530000"),
    ("US", "212", "1 650 253 0000", "+16502530000"), ("RU", "495", "123-45-67", "+74951234567"),
    ("CH", "44", "668 18 00", "+41446681800"), ("CH", "44", "446681800", "+41446681800"),
    ("FR", "1", "42 68 53 00", "+33142685300"), ("IT", "06", "06 698 12345", "+390669812345"),
    ("HU", "1", "234 5678", "+3612345678"), ("JP", "3", "1234-5678", "+81312345678"),
    ("BR", "11", "2345-6789", "+551123456789"), ("BR", "11", "21 2345-6789", "+552123456789"),
  ])
  func `is given to a number without one`(country: String, area: String, text: String, e164: String) throws {
    #expect(try DialPlan(country: country, area: area, plus: true).parse(text).e164 == e164)
  }

  @Test(arguments: [
    ("NO", "22", DialPlanError.noAreaCodes), ("ES", "91", .noAreaCodes), ("SG", "6", .noAreaCodes),
    ("DE", "030", .trunkPrefix), ("HU", "061", .trunkPrefix), ("XX", "1", .unknownCountry),
  ])
  func `must be one of its country`(country: String, area: String, flaw: DialPlanError) throws {
    #expect(throws: flaw) { try DialPlan(country: country, area: area, plus: true) }
  }
}
