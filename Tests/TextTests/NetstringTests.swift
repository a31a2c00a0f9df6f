import Testing
import Text

@Suite(.timeLimit(.minutes(15))) struct `Netstrings` {
  @Test(arguments: [[], [""], ["a"], ["a:b", "1:x,", "ü\0"], Array(repeating: "1", count: 1000)] as [[String]])
  func `hold any texts`(several: [String]) { #expect(texts(ofNetstrings: netstrings(several)) == several) }

  @Test(arguments: ["a", "1", "1:", "1:a", "2:a,", "1:ab", "-1:,", "1:ä,"])
  func `are refused where they are none`(joined: String) { #expect(texts(ofNetstrings: joined) == nil) }
}
