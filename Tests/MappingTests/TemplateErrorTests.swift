import Testing

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `Template errors` {
  /// Patterns with a large compiled form; some took gigabytes in another library.
  @Test(arguments: [
    ("x" + String(repeating: "+", count: 40), "bad repetition operator: ++"),
    ("[]+]" + String(repeating: "+", count: 40), "bad repetition operator: ++"),
    ("(((a{99}){99}){99}){99}", "invalid repetition size: {99}"),
    ("a{1,32767}", "invalid repetition size: {1,32767}"),
    (String(repeating: "(\\\\pL{999})", count: 40), "pattern too large - compile failed"),
  ])
  func `report a pattern that repeats too much`(pattern: String, reason: String) throws {
    let error = try #require(throws: TemplateError.self) { try Template("{sn | match \"\(pattern)\"}") }
    #expect(error.message == "the pattern can't be used: \(reason)")
  }

  @Test(arguments: [
    "^[^@]+", "-([0-9]+)$", "[0-9]{3,20}", "(a|b)+c*(d{2})?", "[]a]+x", "(([a-z]+)-)+[0-9]{4}",
    "(((((((((((a+)+)+)+)+)+)+)+)+)+)+)+",
  ])
  func `accept usual patterns`(pattern: String) throws {
    _ = try Template("{sn | match \"\(pattern)\"}")
  }

  @Test(arguments: [
    ("{", 1, "never closed"),
    ("{}", 1, "nothing between"),
    ("ab {  }", 4, "nothing between"),
    ("ab {mail", 4, "never closed"),
    ("{mail | trim", 1, "never closed"),
    ("a } b", 3, "no { before"),
    ("{mail}}", 7, "no { before"),
    ("{mail | trimm}", 9, "no filter trimm"),
    ("ü{mail | Digits}", 10, "no filter Digits"),
    ("{mail | }", 9, "filter is missing"),
    ("{mail |", 8, "filter is missing"),
    ("{mail || trim}", 8, "filter is missing"),
    ("{mail | first}", 14, "needs a number"),
    ("{mail | first x}", 15, "x isn't a number"),
    ("{mail | last 0}", 14, "0 isn't a number"),
    ("{mail | last -1}", 14, "-1 isn't a number"),
    ("{mail | word 0}", 14, "0 isn't a number"),
    ("{mail | word 99999999999999999999}", 14, "isn't a number"),
    ("{mail | word -9223372036854775808}", 14, "isn't a number"),
    ("{mail | first 4 5}", 17, "5 isn't allowed here"),
    ("{mail | replace \"a\"}", 20, "needs text"),
    ("{mail | replace}", 16, "needs text"),
    ("{mail | replace \"\" \"a\"}", 17, "a text to replace"),
    ("{mail | match}", 14, "needs text"),
    ("{mail | match \"(\"}", 15, "can't be used"),
    ("{mail | match \"[a\"}", 15, "can't be used"),
    ("{mail | match \"(a*)\\\\1\"}", 15, "invalid escape sequence: \\1"),
    ("{mail | match \"a(?=b)\"}", 15, "invalid perl operator: (?="),
    ("{mail | match \"[[.-.]]\"}", 15, "it has [[., which isn't"),
    ("{mail | match \"\\\\<a\"}", 15, "it has \\<, which"),
    ("{mail | match \"a{,3}\"}", 15, "it has {,, which"),
    ("{mail | default x}", 17, "needs text"),
    ("{mail | default \"x}", 17, "never closed"),
    ("{\"x}", 2, "never closed"),
    ("{\"a\\nb\"}", 4, "isn't an escape"),
    ("{mail | match \"\\d\"}", 16, "isn't an escape"),
    ("{mail trim}", 7, "trim isn't allowed here"),
    ("{a | trim ?? b}", 11, "isn't allowed here"),
    ("{a ?? }", 7, "isn't an attribute"),
    ("{a ?? | trim}", 7, "isn't an attribute"),
    ("{a ??", 6, "missing at the end"),
    ("{a ? b}", 4, "isn't allowed here"),
    ("{?? b}", 2, "isn't an attribute"),
    ("{ümlaut}", 2, "isn't an attribute"),
    ("{-x}", 2, "isn't an attribute's name"),
    ("{cn;}", 2, "isn't an attribute's name"),
    ("{a {b}}", 4, "isn't allowed here"),
    ("a\0b", 2, "NUL"),
    ("{\"a\0b\"}", 4, "NUL"),
  ])
  func `have the column and the error`(text: String, column: Int, message: String) throws {
    let error = try #require(throws: TemplateError.self) { try Template(text) }
    #expect(error.column == column)
    #expect(error.message.contains(message), "\(error.message)")
    #expect(error.remedy.hasSuffix("."))
    #expect(!error.message.hasSuffix("."))
  }

  @Test(arguments: [
    ("{a | digit}", "digits"), ("{a | trimm}", "trim"), ("{a | e146}", "e164"), ("{a | Lower}", "lower"),
    ("{a | lowercase}", "lower"), ("{a | titel}", "title"),
  ])
  func `name the nearest filter`(text: String, nearest: String) throws {
    let error = try #require(throws: TemplateError.self) { try Template(text) }
    #expect(error.remedy.hasPrefix("Did you mean \(nearest)? "), "\(error.remedy)")
  }

  @Test func `name no filter if none is near`() throws {
    let error = try #require(throws: TemplateError.self) { try Template("{a | xyzzy}") }
    #expect(error.remedy.hasPrefix("The filters are: all, ascii, "))
  }

  /// Seeded, so that a failure comes back.
  @Test(arguments: 0..<8)
  func `are thrown instead of a crash, whatever the text`(seed: Int) throws {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func random(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    let pieces = [
      "{", "}", "{{", "}}", "|", "??", "\"", "\\", " ", "mail", "dn", "first 3", "word -1", "match \"(a|b)+\"",
      "match \"[\"",
      "replace \"a\" \"\"", "default \"x\"", "trim", "e164", "national", "rdn", "title", "ascii", "ü", "👩‍👩‍👧", "\u{301}",
      "-", "9", ";", "\n",
    ]
    let entry = person(["mail": ["anna@example.com"]])
    let dialPlan = try dialPlan()
    var read = 0
    for _ in 0..<2000 {
      // Half of them between braces, so that many get as far as being rendered.
      let middle = (0..<random(9)).map { _ in pieces[random(pieces.count)] }.joined()
      let text = random(2) == 0 ? middle : "{mail | trim\(middle)}"
      do {
        let template = try Template(text)
        read += 1
        _ = try? template.render(entry, dialPlan: dialPlan)
      } catch {
        #expect((1...(text.unicodeScalars.count + 1)).contains(error.column), "\(text)")
      }
    }
    #expect(read > 0)
  }
}
