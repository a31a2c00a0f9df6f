import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct Addresses {
  @Test(arguments: [
    ("https://192.0.2.4:8000/api.aspx", "192.0.2.4"), ("HTTPS://pbx.example.com", "pbx.example.com"),
    ("https://[2001:db8::4]:8000/api.aspx", "2001:db8::4"), ("http://localhost/", "localhost"),
  ])
  func `name a host`(text: String, host: String) throws {
    #expect(try Address(text, schemes: [.https, .http]).host == host)
  }

  @Test(arguments: [
    "", "pbx.example.com", "ftp://a", "https:/a", "https://", "https:///api", "https://:8000", "https://a:0",
    "https://a:99999",
    "https://a:", "https://a:80:80", "https://a:x", "https://user:secret@a/", "https://a/?x=1", "https://a/#x",
    "https://a b",
    "https://ä.example", "https://[::1", "https://[::1]x", "https://[]", "https://[a]", "https://a]", "https://[::1]:",
    "https://a\\b", "https://a%2fb",
  ])
  func `are refused if curl would parse them differently`(text: String) {
    #expect(throws: ValueError.self) { try Address(text, schemes: [.https, .http]) }
  }

  @Test func `of a directory server have no path`() throws {
    #expect(throws: ValueError.self) { try Address("ldap://a/dc=example", schemes: [.ldap]) }
    #expect(try Address("ldap://a/", schemes: [.ldap]).host == "a")
  }

  @Test func `never repeat a password`() throws {
    let error = #expect(throws: ValueError.self) { try Address("https://user:hunter2@a/", schemes: [.https]) }
    #expect(try #require(error).message == "the URL has a user")
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.255.1.2", true), ("localhost", true), ("LocalHost", true), ("[::1]", true),
    ("127.0.0.1.example.com", false), ("127.1", false), ("127.0.0.256", false), ("127.0.0.x", false),
    ("128.0.0.1", false),
    ("localhost.example.com", false), ("[::2]", false), ("0.0.0.0", false), ("127.0.0.", false),
  ])
  func `distinguish this machine from others`(host: String, isLoopback: Bool) throws {
    #expect(try Address("http://\(host):80/", schemes: [.http]).isLoopback == isLoopback)
  }
}
