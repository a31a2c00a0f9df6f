import Testing

@testable import CallControl

@Suite(.timeLimit(.minutes(15))) struct `A JSON object` {
  private func members(_ text: String) -> [String: String]? { JSONReader.members(of: Array(text.utf8)[...]) }

  @Test(
    arguments: [
      ("{}", [:]), (" {\t}\r\n", [:]), (#"{"A":"b"}"#, ["a": "b"]),
      (#"{"a":[ ],"b":{ },"c":[[],{}],"d":null}"#, ["a": "", "b": "", "c": "", "d": ""]),
      (#"{"a":[1,"]",{"b":[2]}],"c":"d"}"#, ["a": "", "c": "d"]),
      (#"{"a":0,"b":-1.5,"c":2E+3,"d":1e-2}"#, ["a": "0", "b": "-1.5", "c": "2E+3", "d": "1e-2"]),
      ("{\"a\":1 ,\"b\":2\t,\"c\":3\n,\"d\":4\r}", ["a": "1", "b": "2", "c": "3", "d": "4"]),
      (#"{"a":true,"b":false}"#, ["a": "true", "b": "false"]),
      (#"{"a":"\"\\\/\b\f\n\r\t"}"#, ["a": "\"\\/\u{8}\u{c}\n\r\t"]),
      ("{\"a\":\"b\r\nc\"}", ["a": "b\r\nc"]),
      (#"{"a":"\u0041\ud83c\udf89\u00FC"}"#, ["a": "A🎉ü"]), (#"{"a":"\uD83C\uDF89"}"#, ["a": "🎉"]),
      (#"{"a":"\ud83c"}"#, ["a": "\u{FFFD}"]), (#"{"a":"\ud83cx"}"#, ["a": "\u{FFFD}x"]),
    ] as [(String, [String: String])])
  func `is read as the text of its members`(text: String, members: [String: String]) {
    #expect(self.members(text) == members)
  }

  @Test(arguments: [
    "", "{", "{}}", "{}x", "[]", "\"a\"", "null", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}", "{\"a\":1,}", "{\"a\" 1}",
    "{\"a\":1 \"b\":2}", "{,}", "{\"a\":1,\"A\":2}", "{\"a\":[1,]}", "{\"a\":[}", "{\"a\":[1}", "{\"a\":{]}",
    "{\"a\":\"b}", "{\"a\":\"\\", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12", "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\u+123\"}", "{\"a\":\"\\ud83c\\u", "{\"a\":nan}", "{\"a\":inf}", "{\"a\":0x1}", "{\"a\":1e}",
    "{\"a\":--1}", "{\"a\":.}", "{\"a\":True}", "{\"a\":nul}", "{\"a\":1 2}",
  ])
  func `is refused in any other form`(text: String) {
    #expect(members(text) == nil)
  }

  @Test(arguments: [("{\"a\":", "}"), ("[", "]")])
  func `is read up to a limit of nested values`(opening: String, closing: String) {
    func nested(_ depth: Int) -> String {
      "{\"a\":" + String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth) + "}"
    }
    #expect(members(nested(30)) == ["a": ""])
    #expect(members(nested(31)) == nil)
  }
}
