import TestSupport
import Testing

@testable import CallControl

@Suite(.timeLimit(.minutes(15))) struct `A key that text quotes` {
  @Test(
    arguments: [
      ("k3y&secret=%/+", "bad: qsSecuritykey=k3y&secret=%/+ end", "bad: qsSecuritykey=*** end"),
      ("k3y&secret=%/+", "bad: qsSecuritykey=k3y&sec and so on", "bad: qsSecuritykey=*** and so on"),
      ("k3y&secret=%/+", "qsSecuritykey=k3y%26secret&action=addExt", "qsSecuritykey=***&action=addExt"),
      ("k3y secret'\"<>", "key k3y secret'\"<>!", "key ***!"), ("k3ysecret", "a k3y\r\nsec<br/>ret b", "a *** b"),
      ("k3ysecret", "cut: k3ysec", "cut: ***"), ("k3ysecret", "only k3yse", "only k3yse"), ("", "no key", "no key"),
      ("k3ysecret&", "a k3ysecret&amp; b", "a *** b"), ("k3ysecret", "a k3y \tsecret b", "a *** b"),
      ("tab\tin it", "%74%61%62%09%69%6e, \\u0074\\u0061\\u0062\\u0009\\u0069\\u006e", "***, ***"),
      ("k3ysecret", "cut: 3ysecret.", "cut: ***."),
      ("k3ysecret", "&#x6b;&#x33;&#x79;&#x0073;&#101;&#099; or \\x6b\\x33\\x79\\x73\\x65\\x63", "*** or ***"),
      ("ab", "abacus", "***acus"),
      ("schlüssel", "schl\u{FFFD}ssel", "***"), ("%25%41%25", "it is %25%41%25", "it is ***"),
    ])
  func `isn't left in any part`(key: String, text: String, scrubbed: String) {
    #expect(SecretRedactor(SecurityKey(key)).redact(text) == scrubbed)
  }

  @Test(arguments: 0..<40)
  func `isn't left in any encoding, complete or shortened`(seed: Int) {
    var random = SplitMix64(state: UInt64(seed))
    let alphabet = Array("abcXYZ019&=%/+'\"<>\\ ;#?üß€🎉:,.-_~".unicodeScalars)
    for _ in 0..<25 {
      let scalars = (0..<Int.random(in: 6...40, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? "a"
      }
      let key = String(String.UnicodeScalarView(scalars)).split(separator: " ").joined()
      guard key.unicodeScalars.count >= 6 else { continue }
      var written = key.unicodeScalars.map { mutilated($0, &random) }
      if Bool.random(using: &random) { written.removeLast(Int.random(in: 0...(written.count - 6), using: &random)) }
      for place in written.indices.dropFirst().reversed() where Int.random(in: 0..<10, using: &random) == 0 {
        written.insert(["\n", "\r\n", "<br>", "  "].randomElement(using: &random) ?? "", at: place)
      }
      let text = "@@ \(written.joined()) @@"
      let scrubbed = SecretRedactor(SecurityKey(key)).redact(text)
      #expect(scrubbed == "@@ *** @@", "\(key) in \(text)")
    }
  }

  private func mutilated(_ scalar: Unicode.Scalar, _ random: inout SplitMix64) -> String {
    let plain = String(scalar)
    let percent = plain.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    let named = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"][plain] ?? plain
    let units = plain.utf16.map { "\\u" + String(UInt32(0x10000) + UInt32($0), radix: 16).dropFirst() }.joined()
    return [plain, plain, percent, percent.lowercased(), named, "&#\(scalar.value);", units]
      .randomElement(using: &random) ?? plain
  }
}
