import PBXSimulator
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Faults` {
  private static let add = #"{"sExtension":[{"ExtentionNumber":"2","FirstName":"A"}]}"#
  private static let bad = #"{"sExtension":[{"ExtentionNumber":"","FirstName":"A"}]}"#

  @Test(arguments: [
    ("error-500", false, 200, Vendor.internalError),
    ("webservice-error", false, 200, #"{"message":"Exception Detail", "errorCode":"WEBSERVICE_ERROR"}"#),
    ("unknown-code", false, 200, #"{"message":"Something new", "errorCode":"SOMETHING_NEW"}"#),
    ("key-expired", false, 200, Vendor.expiredKey),
    ("empty", false, 200, ""),
    ("wrong-json", false, 200, #"[{"d":null}]"#),
    ("bom", true, 200, "\u{FEFF}" + Vendor.success("Extension Created")),
    ("http-status", true, 200, Vendor.success("Extension Created")),
    ("refuse", false, 200, #"{"message":"Refused", "errorCode":"REFUSED"}"#),
  ])
  func `change the answer`(kind: String, done: Bool, status: Int, body: String) throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"\#(kind)"}]"#)
    let reply = pbx.reply(to: "addExt", Self.add)
    #expect(reply.status == status)
    #expect(reply.body == Array(body.utf8))
    #expect(try pbx.held("extensions").count == (done ? 1 : 0))
  }

  @Test(arguments: [("http-500", 500, "Server Error"), ("html", 200, "Sign in")])
  func `replace the answer with a web page`(kind: String, status: Int, text: String) throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"\#(kind)"}]"#)
    let reply = pbx.reply(to: "addExt", Self.add)
    #expect(reply.status == status)
    #expect(reply.contentType.hasPrefix("text/html"))
    #expect(String(decoding: reply.body, as: UTF8.self).contains(text))
    #expect(try pbx.held("extensions").isEmpty)
  }

  @Test(arguments: [
    ("cut-before", Response.Extent.nothing, false), ("cut-after", .nothing, true), ("cut-reply", .half, true),
  ])
  func `cut the connection before or after the call is processed`(kind: String, extent: Response.Extent, done: Bool)
    throws
  {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"\#(kind)"}]"#)
    #expect(pbx.reply(to: "addExt", Self.add).extent == extent)
    #expect(try pbx.held("extensions").count == (done ? 1 : 0))
    let log = pbx.read("/log.json")
    #expect(log.contains(#""answer":null"#) && log.contains(#""fault":"\#(kind)""#))
    #expect(log.contains(#""done":\#(done ? 1 : 0)"#), "the log tells what was done, whatever the caller was told")
  }

  @Test(arguments: [
    "cut-before", "error-500", "http-500", "webservice-error", "html", "empty", "wrong-json", "unknown-code",
  ])
  func `can come after the call is executed`(kind: String) throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"\#(kind)","processed":true}]"#)
    #expect(pbx.call("addExt", Self.add) != Vendor.success("Extension Created") || kind == "cut-before")
    #expect(try pbx.held("extensions").count == 1)
  }

  @Test(arguments: [(nil, 400), (503, 503)])
  func `give failures an HTTP status of their own`(stated: Int?, status: Int) {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    let parameter = stated.map { #","status":\#($0)"# } ?? ""
    pbx.control("/control/faults", #"[{"kind":"http-status"\#(parameter)}]"#)
    let reply = pbx.reply(to: "addExt", Self.bad)
    #expect(reply.status == status)
    #expect(reply.body == Array(Vendor.invalidExtension.utf8))
  }

  @Test func `have the given message and code`() {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control(
      "/control/faults",
      #"[{"kind":"webservice-error","message":"Disk \"C\" full\n","times":1},{"kind":"refuse","code":"INVALID_EMAIL","message":"Invalid Email Address","number":"2"}]"#
    )
    #expect(pbx.call("addExt", Self.add) == #"{"message":"Disk \"C\" full\u000a", "errorCode":"WEBSERVICE_ERROR"}"#)
    #expect(pbx.call("addExt", Self.add) == Vendor.invalidEmail)
  }

  @Test func `skip so many calls, come so often, then end`() {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"error-500","after":1,"times":2}]"#)
    let answers = (1...4).map { _ in pbx.call("addExt", Self.bad) }
    #expect(answers == [Vendor.invalidExtension, Vendor.internalError, Vendor.internalError, Vendor.invalidExtension])
  }

  @Test func `apply only to their action and number`() {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"error-500","action":"updateExt"},{"kind":"unknown-code","number":"2"}]"#)
    #expect(pbx.call("updateExt", #"{"uExtension":[{"ExtentionNumber":"9","FirstName":"A"}]}"#) == Vendor.internalError)
    #expect(pbx.call("addExt", Self.bad) == Vendor.invalidExtension)
    #expect(pbx.call("addExt", Self.add).contains("SOMETHING_NEW"))
  }

  @Test func `end when cleared`() {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"key-expired","after":1}]"#)
    #expect(pbx.call("addExt", Self.bad) == Vendor.invalidExtension)
    for _ in 1...3 { #expect(pbx.call("addExt", Self.bad) == Vendor.expiredKey) }
    #expect(pbx.call("addExt", Self.bad, key: "other") == Vendor.invalidKey)
    pbx.control("/control/faults", method: "DELETE")
    #expect(pbx.call("addExt", Self.bad) == Vendor.invalidExtension)
  }

  @Test func `refuse one object of a batch, in order`() throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/faults", #"[{"kind":"refuse","number":"3","code":"X","message":"no"}]"#)
    let batch = ["2", "3", "4"].map { #"{"ExtentionNumber":"\#($0)","FirstName":"A"}"# }.joined(separator: ",")
    #expect(pbx.call("addExt", "{\"mExtension\":[\(batch)]}") == #"{"message":"no", "errorCode":"X"}"#)
    #expect(try pbx.held("extensions").compactMap { $0["ExtentionNumber"] } == ["2"])
  }

  @Test(arguments: [
    (String?.none, String?.some(Vendor.internalError), Response.Extent.whole),
    ("key-expired", Vendor.expiredKey, .whole),
    ("cut-after", nil, .nothing),
  ])
  func `make half of a batch`(then: String?, body: String?, extent: Response.Extent) throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    let parameter = then.map { #","then":"\#($0)""# } ?? ""
    pbx.control("/control/faults", #"[{"kind":"half-batch"\#(parameter)}]"#)
    #expect(pbx.call("addExt", Self.bad) == Vendor.invalidExtension, "a single add is no batch")
    let batch = (2...5).map { #"{"ExtentionNumber":"\#($0)","FirstName":"A"}"# }.joined(separator: ",")
    let reply = pbx.reply(to: "addExt", "{\"mExtension\":[\(batch)]}")
    #expect(reply.extent == extent)
    if let body { #expect(reply.body == Array(body.utf8)) }
    #expect(try pbx.held("extensions").compactMap { $0["ExtentionNumber"] } == ["2", "3"])
    #expect(pbx.read("/log.json").contains(#""done":2"#))
  }

  @Test func `delay an answer besides another fault`() throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control(
      "/control/faults", #"[{"kind":"delay","ms":70},{"kind":"cut-after"},{"kind":"delay","ms":100,"times":1}]"#)
    let first = pbx.reply(to: "addExt", Self.add)
    #expect(first.delay == 100 && first.extent == .nothing)
    #expect(pbx.reply(to: "addExt", Self.add).delay == 70)
    #expect(try pbx.held("extensions").count == 1)
  }
}
