import Platform
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A GeneralizedTime` {
  @Test(arguments: [
    ("20261124143814Z", 1_795_531_094), ("20261124143814.0Z", 1_795_531_094), ("19700101000000Z", 0),
    ("20240229120000.123456Z", 1_709_208_000),
  ]) func `is a moment`(text: String, seconds: Int64) {
    #expect(Platform.seconds(ofGeneralizedTime: text) == seconds)
  }

  @Test(arguments: ["", "Z", "20261124", "2026112414381Z", "20261124143814+0100", "20261124x43814Z"])
  func `isn't anything else`(text: String) {
    #expect(Platform.seconds(ofGeneralizedTime: text) == nil)
  }
}
