import Testing

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `E-mail addresses` {
  @Test(arguments: [
    "a@example.com", "anna.berg+pbx@mail.example.co.uk", "o'brien@example.com", "a@xn--mnchen-3ya.de",
    "1@2.de", "a@b-c.d", String(repeating: "a", count: 64) + "@" + String(repeating: "b.", count: 93) + "de",
  ])
  func `are accepted`(text: String) { #expect(isEmailAddress(text)) }

  @Test(arguments: [
    "", "a", "@", "a@", "@example.com", "a@b", "a@@example.com", "a@b@example.com", "a b@example.com", "a@exam ple.com",
    "a@example..com", "a@.example.com", "a@example.com.", "a@-x.com", "a@x-.com", "a@ex_ample.com", "a@[192.0.2.1]",
    "a@example.com, b@example.com", "Anna <a@example.com>", "jürgen@muenchen.de", "a@münchen.de", "a.@example.com",
    ".a@example.com", "a..b@example.com", "mailto:a@example.com", "a;b@example.com", "\u{200B}a@example.com",
    "a@192.0.2.1", "a@example.com\n", "a\u{7}@example.com",
    String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "b.", count: 126) + "de",
    "a@" + String(repeating: "b", count: 64) + ".com",
  ])
  func `are refused by their form`(text: String) { #expect(!isEmailAddress(text)) }
}

@Suite(.timeLimit(.minutes(15))) struct `A written e-mail address` {
  @Test(arguments: [
    ("mailto:b@example.com", "b@example.com"), ("MailTo: b@example.com?subject=x", "b@example.com"),
    ("Ina Berg <ina@example.com>", "ina@example.com"), ("<ina@example.com>", "ina@example.com"),
    ("\"Berg, Ina\" <mailto:ina@example.com>", "ina@example.com"), (" ina@example.com ", "ina@example.com"),
    ("ina @ example.com", "ina@example.com"), ("ina@example.com;", "ina@example.com"),
    ("Ina <ina@example.com>,", "ina@example.com"), ("\u{200B}c@example.com", "c@example.com"),
    ("ina@EXAMPLE.com", "ina@example.com"), ("Ina.Berg@Example.COM", "Ina.Berg@example.com"),
    ("ina@müller.example", "ina@xn--mller-kva.example"), ("ina@MÜLLER.example", "ina@xn--mller-kva.example"),
  ])
  func `is parsed, and its domain normalized`(text: String, address: String) {
    #expect(mailAddress(in: fieldText(text)) == address)
  }

  @Test(arguments: [
    "ina", "-", "n/a", "ina@localhost", "a@example.com;b@example.com", "a@example.com b@example.com",
    "ina.@example.com",
    "Ina <ina@example.com> <b@example.com>", "SMTP:bo@example.com", "jürgen@example.com", "ina@mü ller.example", "<>",
    "@",
  ])
  func `stays unchanged if it is none, or several`(text: String) {
    #expect(mailAddress(in: text) == text && !isEmailAddress(text))
  }
}
