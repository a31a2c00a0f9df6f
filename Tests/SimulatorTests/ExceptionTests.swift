import PBXSimulator
import Testing

/// What would be an exception in the vendor's program is `WEBSERVICE_ERROR`, printed for some operations with blanks.
@Suite(.timeLimit(.minutes(15))) struct `Exceptions` {
  @Test(arguments: [
    "", "{", "[]", "null", "\"x\"", "{}", #"{"sExtension":{}}"#, #"{"sExtension":[]}"#, #"{"sExtension":["x"]}"#,
    #"{"sExtension":null}"#, #"{"sExtension":[{"ExtentionNumber":1002,"FirstName":"Bo"}]}"#,
    #"{"sExtension":[{"ExtentionNumber":null,"FirstName":"Bo"}]}"#,
    #"{"uExtension":[{"ExtentionNumber":"1002","FirstName":"Bo"}]}"#,
    #"{"sextension":[{"ExtentionNumber":"1002","FirstName":"Bo"}]}"#,
    #"{"sExtension":[{"ExtentionNumber":"1002","FirstName":"Bo"},{"ExtentionNumber":"1003","FirstName":"Bo"}]}"#,
    #"{"sExtension":[{"ExtentionNumber":"1002","FirstName":"Bo"}],"mExtension":[]}"#,
    #"{“sExtension”:[{“ExtentionNumber”:”1002”}]}"#,
    String(repeating: "[", count: 100_000),
  ])
  func `follow any value other than the envelope`(value: String) throws {
    var pbx = SimulatedPBX.furnished()
    let before = try pbx.held()
    // In the body: the worst of them would be too long for a query.
    let body = form(["action": "addExt", "qstype": "1", "qsSecuritykey": SimulatedPBX.key, "qsValue": value])
    let reply = pbx.receive(
      Request(
        method: "POST", target: "/api.aspx", contentType: "application/x-www-form-urlencoded", body: Array(body.utf8)))
    let text = String(decoding: reply.body, as: UTF8.self)
    #expect(text.hasPrefix(#"{"message":""#) && text.hasSuffix(#", "errorCode":"WEBSERVICE_ERROR"}"#))
    #expect(reply.status == 200)
    #expect(try pbx.held() == before)
  }

  @Test(arguments: [("", "1"), ("AddExt", "1"), ("readExt", "1"), ("addExt", ""), ("addExt", "2")])
  func `follow an unknown action or type`(action: String, qstype: String) {
    var pbx = SimulatedPBX.furnished()
    let value = #"{"sExtension":[{"ExtentionNumber":"1002","FirstName":"Bo"}]}"#
    #expect(pbx.call(action, value, qstype: qstype).hasSuffix(#""errorCode":"WEBSERVICE_ERROR"}"#))
  }

  @Test(arguments: [
    ("addExt", "sExtension", "WEBSERVICE_ERROR"), ("addExt", "mExtension", " WEBSERVICE_ERROR "),
    ("updateExt", "uExtension", "WEBSERVICE_ERROR"), ("deleteExt", "dExtension", " WEBSERVICE_ERROR "),
    ("addPhonebook", "sContact", " WEBSERVICE_ERROR "), ("updatePhonebook", "uContact", "WEBSERVICE_ERROR"),
    ("deletePhonebook", "dContact", "WEBSERVICE_ERROR"),
  ])
  func `have the code with the spaces of the page`(action: String, envelope: String, code: String) {
    var pbx = SimulatedPBX.furnished()
    #expect(pbx.call(action, #"{"\#(envelope)":[]}"#).hasSuffix(#""errorCode":"\#(code)"}"#))
  }

  @Test func `answer the delete of a missing extension if configured`() {
    var pbx = SimulatedPBX.furnished()
    let value = #"{"dExtension":[{"ExtentionNumber":"1002"}]}"#
    #expect(pbx.call("deleteExt", value) == Vendor.invalidExtension)
    pbx.control("/control/settings", #"{"deleteMissing":"WEBSERVICE_ERROR"}"#)
    let expected = #"{"message":"Extension number does not exit", "errorCode":" WEBSERVICE_ERROR "}"#
    #expect(pbx.call("deleteExt", value) == expected)
    #expect(pbx.call("deleteExt", #"{"dExtension":[{"ExtentionNumber":""}]}"#) == Vendor.invalidExtension)
  }
}
