import CallControl
import Domain
import TestSupport
import Testing

/// What comes back from adding one extension.
private func answer(_ body: String, status: Int = 200, type: String? = "application/json") async throws -> CallResult {
  let server = try ScriptedServer { _ in .reply(body, status: status, type: type) }
  defer { server.stop() }
  return await api(server).make(.addExtension(ada))
}

@Suite(.timeLimit(.minutes(15))) struct `A reply` {
  @Test(arguments: [
    #"{"status":"Extension Created","errorMessage":"","errorCode":""}"#,
    "\u{feff}{\"status\":\"Extension Created\"}",
    "\r\n { \"status\" : \"Extension Created\" ,\t\"errorCode\" : \"\" } \r\n",
    #"{"Status":"Extension Created","ErrorMessage":null,"ErrorCode":null}"#,
    #"{"STATUS":" extension created ","ERRORCODE":"  "}"#,
    #"{"status":"Extension\u0020Cre\u0061ted","errorCode":""}"#,
    #"{"id":17,"more":{"a":[1,-2.5e3,true,null,{}],"b":[]},"status":"Extension Created","errorCode":""}"#,
  ])
  func `is a success in many forms`(body: String) async throws {
    for (status, type) in [(200, "application/json"), (201, "text/html"), (200, nil), (500, "text/plain")] {
      #expect(try await answer(body, status: status, type: type) == CallResult(.accepted))
    }
  }

  @Test(arguments: [
    #"{"status":"Extension Created","errorCode":"SOMETHING"}"#,
    #"{"status":"Extension Created","errorCode":1}"#,
    #"{"status":"Extension Updated","errorCode":""}"#,
    #"{"status":"All Extension Created","errorCode":""}"#,
    #"{"status":"Extension Created: no","errorCode":""}"#,
    #"{"status":"","errorCode":""}"#,
    #"{"status":null,"errorCode":null}"#,
    #"{"status":true}"#,
    #"{"status":{"status":"Extension Created"}}"#,
    #"{"status":"Failed","Status":"Extension Created"}"#,
    #"[{"status":"Extension Created","errorCode":""}]"#,
    #"{"result":{"status":"Extension Created","errorCode":""}}"#,
    #""Extension Created""#,
    "Extension Created",
    #"{"status":"Extension Created","errorCode":"""#,
    #"{"status":"Extension Created","errorCode":""}}"#,
    #"{"status":"Extension Created" "errorCode":""}"#,
    #"{"status":"Extension Created",}"#,
    #"{"status":"Extension Created","a":+-1}"#,
    #"{"status":"Extension Created","a":"\x"}"#,
    #"{"status":"Extension Created","a":\#(String(repeating: "[", count: 100_000))"#,
    "{}", "[]", "null", "true", "", " ", "\u{0}",
    "<html><body>Extension Created</body></html>",
  ])
  func `is never a success in any other`(body: String) async throws {
    #expect(try await answer(body).status == .notUnderstood)
  }

  @Test func `may give its code as a number`() async throws {
    #expect(
      try await answer(#"{"message":"Internal Server error","errorCode":500}"#)
        == CallResult(.failed, errorCode: "500", message: "Internal Server error"))
  }

  @Test func `may have its text under another name, with line breaks and escapes`() async throws {
    let body =
      "{\"ERRORCODE\":\"WEBSERVICE_ERROR\",\"ErrorMessage\":\" a\r\nb \\\"c\\\" \\u00fc \\ud83c\\udf89 \\\\ \"}"
    #expect(
      try await answer(body) == CallResult(.failed, errorCode: "WEBSERVICE_ERROR", message: #"a b "c" ü 🎉 \"#))
  }

  @Test(arguments: [
    (502, CallResult.Status.failed), (500, .failed), (404, .notSent), (401, .notSent), (414, .notSent),
    (403, .notUnderstood), (302, .notUnderstood), (400, .notUnderstood),
  ])
  func `in another form than the API's is judged by its HTTP status`(status: Int, verdict: CallResult.Status)
    async throws
  {
    let page = "<html>\r\n  <title>No</title>\u{7}\u{1b}[31m\u{202e}\r\n</html>"
    let who = verdict == .notSent ? "the web server refused it (check [pbx] url and max_query_bytes): " : ""
    let answer = try await answer(page, status: status, type: "text/html")
    #expect(answer == CallResult(verdict, message: "\(who)HTTP \(status): <html> <title>No</title> [31m </html>"))
    let empty = try await CallControlTests.answer("", status: status)
    #expect(empty == CallResult(verdict, message: "\(who)HTTP \(status): empty answer"))
    let other = try await CallControlTests.answer(#"{"error":"No"}"#, status: status)
    #expect(other == CallResult(verdict, message: who + #"HTTP \#(status): {"error":"No"}"#))
  }

  @Test func `is quoted in part when it's long`() async throws {
    for body in [
      String(repeating: "x", count: 5000),
      #"{"errorCode":"\#(String(repeating: "x", count: 5000))","message":"\#(String(repeating: "y", count: 5000))"}"#,
    ] {
      let answer = try await answer(body)
      #expect(answer.message.count == 200)
      #expect(answer.errorCode.count <= 200)
    }
  }

  @Test(arguments: Asked.allCases)
  func `is a success only for what was asked`(asked: Asked) async throws {
    for other in Asked.allCases {
      let server = try ScriptedServer { _ in .status(other.success) }
      defer { server.stop() }
      #expect(await asked.ask(api(server)).status == (asked == other ? .accepted : .notUnderstood))
    }
  }
}
