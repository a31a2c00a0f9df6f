import Domain
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `Every form of TOML` {
  private static let source = "[[users]]\nbase = \"dc=a\"\nfilter = \"(uid=*)\"\n"

  @Test(arguments: [
    source + "extension.number = \"{n}\"\nextension.first_name = \"{f}\"",
    source + "extension = { number = \"{n}\", first_name = \"{f}\" }",
    source + "[users.extension]\nnumber = \"{n}\"\nfirst_name = \"{f}\"",
    source + "extension . \"number\" = '{n}'\n'extension'.first_name = '''{f}'''",
    "users = [{ base = \"dc=a\", filter = \"(uid=*)\", extension.number = \"{n}\", extension.first_name = \"{f}\" }]",
    source.replacing("\n", with: "\r\n") + "extension = { number = \"\"\"\r\n{n}\"\"\", first_name = \"\\u007bf}\" }",
  ])
  func `makes the same source`(text: String) throws {
    let sources = try read(configuration("users", text)).users
    #expect(sources.map(\.base) == ["dc=a"])
    #expect(sources.map(\.number.text) == ["{n}"])
    #expect(sources.map(\.firstName.text) == ["{f}"])
    #expect(sources.map(\.number.key) == ["users[0].extension.number"])
    #expect(sources.map(\.line) == [1])
  }

  @Test(arguments: [
    #"pbx.url = "https://a/""# + "\npbx.security_key_file = \"k\"\npbx.protocol.add_contact_key = \"x\"",
    #"pbx = { url = "https://a/", security_key_file = "k", protocol = { add_contact_key = "x" } }"#,
    "[pbx.protocol]\nadd_contact_key = \"x\"\n[pbx]\nurl = \"https://a/\"\nsecurity_key_file = \"k\"",
  ])
  func `makes the same section`(text: String) throws {
    let pbx = try read(configuration("pbx", text)).pbx
    #expect(pbx.url == "https://a/")
    #expect(pbx.protocol.addContactKey == "x" && pbx.protocol.addExtensionKey == CallProtocol.default.addExtensionKey)
  }

  @Test(arguments: ["auto", "1.1"])
  func `keeps a key that no longer has an effect`(version: String) throws {
    let text = "[pbx]\nurl = \"https://a/\"\nsecurity_key_file = \"k\"\n"
    #expect(try read(configuration("pbx", text + "http_version = \"\(version)\"")).pbx.hasHTTPVersion)
    #expect(try !read(configuration("pbx", text)).pbx.hasHTTPVersion)
  }

  @Test(arguments: [
    "extension.number = \"‸{n}\"\nextension.first_name = \"f\"",
    "extension = { first_name = \"ä\", number = '‸{n}' }",
    "extension.first_name = \"f\"\n\textension.number = \"\"\"‸{n}\"\"\"",
    "extension.first_name = \"f\"\nextension.number = '''\n‸{n}'''",
    "extension.first_name = \"f\"\r\nextension.number = \"\"\"\r\n‸{n}\"\"\"",
  ])
  func `has the position of a template's text`(text: String) throws {
    let (text, place) = unmarked(Self.source + text)
    let number = try #require(try read(configuration("users", text)).users.first?.number)
    #expect("\(number.line):\(number.column)" == place)
  }

  @Test func `has the position of each template of a list`() throws {
    let text = """
      [[contacts]]
      base = "dc=a"
      filter = "(a=b)"
      contact = { numbers = ["{a}", "{b}"], first_name = "f", last_name = "l" }
      """
    let numbers = try #require(try read(configuration("contacts", text)).contacts.first?.numbers)
    #expect(numbers.map(\.line) == [4, 4])
    #expect(numbers.map(\.column) == [25, 32])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Durations` {
  @Test(arguments: [
    ("60s", 60), ("5m", 300), ("6h", 21_600), ("30d", 2_592_000), ("0s", 0), ("007s", 7),
  ])
  func `have a unit`(text: String, seconds: Int) throws {
    #expect(try Duration(reading: text) == .seconds(seconds))
  }

  @Test(arguments: [(0, "0s"), (1, "1s"), (60, "1m"), (90, "90s"), (21_600, "6h"), (86_400, "1d")])
  func `are written in the largest unit that fits`(seconds: Int, text: String) {
    #expect(Duration.seconds(seconds).written == text)
  }
}
