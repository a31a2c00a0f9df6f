import Testing

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `E-mail addresses` {
  @Test(arguments: [
    "a@example.com", "anna.berg+pbx@mail.example.co.uk", "o'brien@example.com", "a@xn--mnchen-3ya.de",
    "jürgen@münchen.de",
    "1@2.de", "a@b-c.d", String(repeating: "a", count: 242) + "@example.com",
  ])
  func `are taken`(text: String) { #expect(isEmailAddress(text)) }

  @Test(arguments: [
    "", "a", "@", "a@", "@example.com", "a@b", "a@@example.com", "a@b@example.com", "a b@example.com", "a@exam ple.com",
    "a@example..com", "a@.example.com", "a@example.com.", "a@-x.com", "a@x-.com", "a@ex_ample.com", "a@[192.0.2.1]",
    "a@example.com, b@example.com", "Anna <a@example.com>", "a@example.com\n", "a\u{7}@example.com",
    String(repeating: "a", count: 243) + "@example.com", "a@" + String(repeating: "b", count: 64) + ".com",
  ])
  func `are refused by their form`(text: String) { #expect(!isEmailAddress(text)) }
}
