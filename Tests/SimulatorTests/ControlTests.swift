import PBXSimulator
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Control routes` {
  @Test func `create and remove foreign objects, without a mail, a backup or a count`() throws {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control("/control/extensions", #"[{"ExtentionNumber":"10","EmailAddress":"a@b.de"},{"ExtentionNumber":"9"}]"#)
    pbx.control("/control/contacts", #"[{"PhoneNumber":"5"},{"PhoneNumber":"5"}]"#)
    #expect(try pbx.held("extensions").compactMap { $0["ExtentionNumber"] } == ["9", "10"])
    #expect(try pbx.held("contacts").count == 2)
    pbx.control("/control/extensions", #"["9","10"]"#, method: "DELETE")
    pbx.control("/control/contacts", #"["5"]"#, method: "DELETE")
    #expect(
      pbx.read("/state.json") == #"{"backups":[],"calls":{},"contacts":[],"extensions":[],"mails":[],"requests":0}"#)
  }

  @Test func `log each call with its action and outcome`() throws {
    var pbx = SimulatedPBX.furnished()
    _ = pbx.call("deleteExt", #"{"dExtension":[{"ExtentionNumber":"1001"}]}"#)
    _ = pbx.call("nonsense", "{")
    #expect(
      pbx.read("/log.json")
        == #"[{"action":"deleteExt","answer":{"errorCode":"","errorMessage":"","status":"Extension Deleted"},"#
        + #""done":1,"envelope":"dExtension","items":[{"ExtentionNumber":"1001"}],"n":1},"#
        + #"{"action":"nonsense","answer":{"errorCode":"WEBSERVICE_ERROR","message":"Unknown action"},"#
        + #""done":0,"envelope":null,"items":[],"n":2}]"#)
    #expect(try pbx.state("requests") == 2)
    #expect(try pbx.state("calls") == ["deleteExt": 1, "nonsense": 1])
  }

  @Test func `forget the log and the counts, not the objects`() throws {
    var pbx = SimulatedPBX.furnished()
    _ = pbx.call("updateExt", #"{"uExtension":[{"ExtentionNumber":"1001","FirstName":"A","EmailAddress":"a@b.de"}]}"#)
    let before = try pbx.held()
    pbx.control("/control/reset-log")
    #expect(try pbx.held() == before)
    #expect(pbx.read("/log.json") == "[]")
    #expect(try pbx.state("requests") == 0)
    #expect(try pbx.state("mails") == [String]())
  }

  @Test(arguments: [
    ("/control/faults", #"[{"kind":"nonsense"}]"#), ("/control/faults", "{}"), ("/control/settings", #"{"batch":"x"}"#),
    ("/control/extensions", #"[{"ExtentionNumber":9}]"#), ("/control/contacts", "x"),
  ])
  func `refuse invalid requests`(path: String, body: String) {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    #expect(pbx.control(path, body).status == 400)
  }

  @Test func `are the only routes`() {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    #expect(pbx.control("/control/nonsense").status == 404)
    #expect(pbx.control("/favicon.ico", method: "GET").status == 404)
  }

  @Test func `show a page that escapes its text and loads nothing from elsewhere`() {
    var pbx = SimulatedPBX(key: SimulatedPBX.key)
    pbx.control(
      "/control/extensions", #"[{"ExtentionNumber":"1","FirstName":"<script>alert('x')</script>","LastName":"Ö&\"co"}]"#
    )
    pbx.control("/control/contacts", #"[{"PhoneNumber":"5","CompanyName":"<img src=x>"}]"#)
    _ = pbx.call("<i>", "")
    let page = pbx.read("/")
    #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") && page.contains("Ö&amp;&quot;co"))
    #expect(page.contains("&lt;img src=x&gt;") && page.contains("<td>&lt;i&gt;</td>"))
    #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<i>"))
    #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("url("))
    #expect(page.contains("requests 1") && page.contains("<meta charset=\"utf-8\">"))
  }
}
