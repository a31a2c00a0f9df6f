import Testing
import Text

@Suite(.timeLimit(.minutes(15))) struct `Text from elsewhere` {
  @Test(
    arguments: [
      ("Jürgen 日本 🎉", "Jürgen 日本 🎉"), (#"cn=a\, b"#, #"cn=a\, b"#), ("a\nb\r\t\0", #"a\nb\r\t\0"#),
      ("\u{1B}]0;title\u{7}\u{9B}31m", #"\u{1B}]0;title\u{7}\u{9B}31m"#),
      ("\u{202E}\u{2066}\u{200B}\u{200F}\u{FEFF}\u{AD}", #"\u{202E}\u{2066}\u{200B}\u{200F}\u{FEFF}\u{AD}"#),
      ("\u{2028}\u{2029}\u{E0041}", #"\u{2028}\u{2029}\u{E0041}"#), ("e\u{301}", "e\u{301}"),
    ])
  func `is shown with control characters escaped`(text: String, shown: String) {
    #expect(visible(text) == shown)
    #expect(visible(text, keepingLines: true) == shown.replacing(#"\n"#, with: "\n"))
  }
}
