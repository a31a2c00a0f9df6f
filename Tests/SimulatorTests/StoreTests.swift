import PBXSimulator
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The objects of the PBX` {
  @Test func `an add keeps every field, an update replaces every field`() throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    _ = pbx.call(
      "addExt",
      #"{"sExtension":[{"ExtentionNumber":"7","EmailAddress":"a@b.de","FirstName":" Zoë ","LastName":"Ö'\"<","#
        + #""OutboundCallerID":"+49"}]}"#)
    #expect(
      try pbx.held("extensions") == [
        [
          "ExtentionNumber": "7", "EmailAddress": "a@b.de", "FirstName": " Zoë ", "LastName": "Ö'\"<",
          "OutboundCallerID": "+49",
        ]
      ])
    _ = pbx.call("updateExt", #"{"uExtension":[{"ExtentionNumber":"7","FirstName":"Z"}]}"#)
    #expect(
      try pbx.held("extensions") == [
        ["ExtentionNumber": "7", "EmailAddress": "", "FirstName": "Z", "LastName": "", "OutboundCallerID": ""]
      ])
  }

  @Test func `a contact added twice is there twice, and each delete takes one`() throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    let contact = #"{"FirstName":"A","LastName":"B","PhoneNumber":"5","CompanyName":"C"}"#
    for _ in 1...2 {
      #expect(pbx.call("addPhonebook", "{\"sContact\":[\(contact)]}") == Vendor.success("Contact Created"))
    }
    #expect(try pbx.held("contacts").count == 2)
    for left in [1, 0] {
      #expect(pbx.call("deletePhonebook", #"{"dContact":[{"PhoneNumber":"5"}]}"#) == Vendor.success("Contact Deleted"))
      #expect(try pbx.held("contacts").count == left)
    }
    #expect(pbx.call("deletePhonebook", #"{"dContact":[{"PhoneNumber":"5"}]}"#) == Vendor.noContact)
  }

  @Test func `an update of a contact can give it another number`() throws {
    var pbx = SimulatedPBX.furnished()
    let update =
      #"{"FirstName":"A","LastName":"B","PhoneNumber":"5","CompanyName":"","RegisteredPhoneNumber":"4930111"}"#
    #expect(pbx.call("updatePhonebook", "{\"uContact\":[\(update)]}") == Vendor.success("Contact Updated"))
    #expect(
      try pbx.held("contacts") == [["FirstName": "A", "LastName": "B", "PhoneNumber": "5", "CompanyName": ""]])
    #expect(pbx.call("updatePhonebook", "{\"uContact\":[\(update)]}") == Vendor.noContact)
  }

  @Test func `an add or update of an extension mails its address, and nothing else does`() throws {
    var pbx = SimulatedPBX.furnished()
    _ = pbx.call(
      "addExt",
      #"{"mExtension":[{"ExtentionNumber":"2","FirstName":"A","EmailAddress":"a@x.de"},"#
        + #"{"ExtentionNumber":"3","FirstName":"B"},{"ExtentionNumber":"4","FirstName":"C","EmailAddress":"c@x.de"}]}"#)
    _ = pbx.call("updateExt", #"{"uExtension":[{"ExtentionNumber":"2","FirstName":"A","EmailAddress":"z@x.de"}]}"#)
    _ = pbx.call("updateExt", #"{"uExtension":[{"ExtentionNumber":"2","FirstName":"","EmailAddress":"no@x.de"}]}"#)
    _ = pbx.call("updateExt", #"{"uExtension":[{"ExtentionNumber":"4","FirstName":"C"}]}"#)
    _ = pbx.call("deleteExt", #"{"dExtension":[{"ExtentionNumber":"2"}]}"#)
    #expect(try pbx.state("mails") == ["a@x.de", "c@x.de", "z@x.de"])
  }

  @Test func `each deleted extension is backed up, once`() throws {
    var pbx = SimulatedPBX.furnished()
    for _ in 1...2 { _ = pbx.call("deleteExt", #"{"dExtension":[{"ExtentionNumber":"1001"}]}"#) }
    #expect(try pbx.state("backups") == ["1001"])
  }

  private static let batch =
    #"{"mExtension":[{"ExtentionNumber":"2","FirstName":"A","EmailAddress":"a@x.de"},"#
    + #"{"ExtentionNumber":"1001","FirstName":"B"},{"ExtentionNumber":"3","FirstName":"C"}]}"#

  @Test(arguments: [("in-order", ["2", "1001"], ["a@x.de"]), ("atomic", ["1001"], [])])
  func `a batch stops at its first bad object`(mode: String, numbers: [String], mails: [String]) throws {
    var pbx = SimulatedPBX.furnished()
    pbx.control("/control/settings", #"{"batch":"\#(mode)"}"#)
    #expect(pbx.call("addExt", Self.batch) == Vendor.extensionExists)
    #expect(try pbx.held("extensions").compactMap { $0["ExtentionNumber"] } == numbers)
    #expect(try pbx.state("mails") == mails)
  }

  @Test func `a number that comes twice in a batch is taken the second time`() throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    let one = #"{"ExtentionNumber":"2","FirstName":"A"}"#
    #expect(pbx.call("addExt", "{\"mExtension\":[\(one),\(one)]}") == Vendor.extensionExists)
    #expect(try pbx.held("extensions").count == 1)
  }
}
